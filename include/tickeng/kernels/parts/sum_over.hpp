// A sum or mean of the last defined values of one input, by count or by time, as kernels without a
// step. By time it is warm when that has passed since the first value, and NaN while more values
// than max_rows are inside.
#pragma once

#include <cstdint>
#include <utility>
#include <variant>

#include "tickeng/base/error.hpp"
#include "tickeng/kernels/parts/over_window.hpp"
#include "tickeng/kernels/parts/windows.hpp"
#include "tickeng/stat/time_window.hpp"

namespace tickeng::parts {

template <bool Mean>
class TimeSum {
 public:
  explicit TimeSum(const Params& p)
      : window_(p.window("window").ns, p.size("max_rows")), span_(p.window("window").ns),
        strict_(p.choice<Warmup>("warmup") == Warmup::kStrict) {}

  [[nodiscard]] double push(double x, TimeNs ts_ns) noexcept {
    if (first_ns_ == kNoTime) first_ns_ = ts_ns;
    ++health_.ticks;
    window_.push(ts_ns, {x});
    if (window_.overflows()) {
      ++health_.overflow;
      return kNaN;
    }
    if (strict_ && ts_ns - first_ns_ < span_) return kNaN;
    const double sum = window_.sum()[0];
    return Mean ? sum / static_cast<double>(window_.count()) : sum;
  }
  [[nodiscard]] Health health() const noexcept { return health_; }
  void reset() noexcept {
    window_.reset();
    first_ns_ = kNoTime;
    health_ = {};
  }
  template <class Visitor>
  void state(Visitor& v) {
    v.number("first_ns", first_ns_);
    v.number("ticks", health_.ticks);
    v.number("overflow", health_.overflow);
    v.part(window_);
  }

 private:
  stat::TimeWindow<1> window_;
  std::int64_t span_;
  bool strict_;
  TimeNs first_ns_ = kNoTime;
  Health health_;
};

template <bool Mean>
class SumOver {
 public:
  static constexpr ParamSpec kParams[] = {
      {.name = "window",
       .kind = ParamKind::kWindow,
       .fallback = 20,
       .low = 1,
       .high = 1 << 24,
       .unit = "rows or time",
       .doc = "newest values taken in, the current one included"},
      kMaxRowsParam,
      kExclParam,
      kWarmupParam};

  explicit SumOver(const Params& p) : kept_(made(p)) {}

  static void check(const Params& p) {
    if (p.window("window").ns == 0 || !p.flag("excl")) return;
    throw ConfigError("excl=true goes with a window in rows");
  }
  [[nodiscard]] Values<1> on(const Values<1>& in, TimeNs ts_ns) noexcept {
    if (auto* const rows = std::get_if<ByCount>(&kept_)) return rows->on(in);
    return {std::get<TimeSum<Mean>>(kept_).push(in[0], ts_ns)};
  }
  [[nodiscard]] bool run(const InputRows& rows, const Columns<1>& in,
                         const OutColumns<1>& out) noexcept {
    if (auto* const by_count = std::get_if<ByCount>(&kept_)) return by_count->run(rows, in, out);
    auto& by_time = std::get<TimeSum<Mean>>(kept_);
    for (std::size_t i = 0; i < rows.size; ++i) out[0][i] = by_time.push(in[0][i], rows.ts_ns[i]);
    return true;
  }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs inputs) {
    const std::size_t rows = p.window("window").rows;
    const bool strict = p.choice<Warmup>("warmup") == Warmup::kStrict;
    return inputs[0] + (strict && rows > 0 ? rows - 1 : 0) + (p.flag("excl") ? 1 : 0);
  }
  [[nodiscard]] static std::uint64_t warmup_ns(const Params& p) {
    const bool strict = p.choice<Warmup>("warmup") == Warmup::kStrict;
    return strict ? static_cast<std::uint64_t>(p.window("window").ns) : 0;
  }
  [[nodiscard]] Health health() const noexcept {
    const auto* const by_time = std::get_if<TimeSum<Mean>>(&kept_);
    return by_time == nullptr ? Health{} : by_time->health();
  }
  void reset() noexcept {
    std::visit([](auto& kept) { kept.reset(); }, kept_);
  }
  template <class Visitor>
  void state(Visitor& v) {
    std::visit([&v](auto& kept) { v.part(kept); }, kept_);
  }

 private:
  using Rolling = std::conditional_t<Mean, MeanWindow, SumWindow>;
  using ByCount = OverWindow<Rolling>;

  static std::variant<TimeSum<Mean>, ByCount> made(const Params& p) {
    const Window window = p.window("window");
    if (window.ns > 0) return TimeSum<Mean>(p);
    return ByCount(Rolling(window.rows, p.choice<Warmup>("warmup")), p);
  }

  std::variant<TimeSum<Mean>, ByCount> kept_;
};

}  // namespace tickeng::parts
