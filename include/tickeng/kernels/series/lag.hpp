// B-16: the value some rows before, x_{n-k}; B-15: or as of a time before, the last one at or
// before t - D. Bound to positions, not to defined values: NaN where that row had none.
#pragma once

#include <algorithm>
#include <variant>

#include "tickeng/base/error.hpp"
#include "tickeng/kernels/parts/over_window.hpp"
#include "tickeng/stat/ring.hpp"
#include "tickeng/stat/time_lag.hpp"

namespace tickeng {

class Lag {
 public:
  static constexpr ParamSpec kParams[] = {{.name = "rows",
                                           .kind = ParamKind::kInteger,
                                           .low = 0,
                                           .high = 1 << 24,
                                           .unit = "rows",
                                           .doc = "how many rows before; 0: by time, or one row"},
                                          {.name = "time",
                                           .kind = ParamKind::kDuration,
                                           .low = 0,
                                           .high = kLongestNs,
                                           .unit = "time",
                                           .doc = "how long before; 0: by rows"},
                                          kMaxRowsParam};
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "lag", .unit = "of x", .range = "in the data"}};
  static constexpr KernelSpec spec{.id = "B-16",
                                   .name = "lag",
                                   .aliases = "shift",
                                   .summary = "the value some rows or a time before",
                                   .formula = "x_{n-k}, or x as of t - D",
                                   .source = "S0 r; S1; S3",
                                   .params = kParams,
                                   .outputs = kOutputSpecs,
                                   .inputs = parts::kOneInput,
                                   .sees_undefined = true,
                                   .reads_any = true};

  static void check(const Params& p) {
    if (p.size("rows") == 0 || p.real("time") == 0.0) return;
    throw ConfigError("lag and diff take rows= or time=, not both");
  }
  explicit Lag(const Params& p) : kept_(made(p)) {}

  /// NaN while there is none.
  [[nodiscard]] double push(double x, TimeNs ts_ns) noexcept {
    if (auto* const lag = std::get_if<stat::TimeLag>(&kept_)) return lag->push(ts_ns, x);
    auto& values = std::get<stat::Ring>(kept_);
    const bool there = values.full();
    const double before = values.push(x);
    return there ? before : kNaN;
  }
  [[nodiscard]] Values<1> on(const Values<1>& in, TimeNs ts_ns) noexcept {
    return {push(in[0], ts_ns)};
  }
  /// By time: there is no value from then on.
  void lapse(TimeNs at_ns) noexcept {
    if (auto* const lag = std::get_if<stat::TimeLag>(&kept_)) (void)lag->push(at_ns, kNaN);
  }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs inputs) {
    return inputs[0] + rows(p);
  }
  [[nodiscard]] static std::uint64_t warmup_ns(const Params& p) { return span(p); }
  /// By time: the rows since, and the one before them.
  [[nodiscard]] static std::uint64_t memory(const Params& p) { return rows(p) + 1; }
  [[nodiscard]] static std::uint64_t memory_ns(const Params& p) { return span(p); }
  void reset() noexcept {
    std::visit([](auto& kept) { kept.reset(); }, kept_);
  }
  template <class Visitor>
  void state(Visitor& v) {
    std::visit([&v](auto& kept) { v.part(kept); }, kept_);
  }

 private:
  [[nodiscard]] static std::uint64_t span(const Params& p) {
    return static_cast<std::uint64_t>(p.real("time"));
  }
  [[nodiscard]] static std::size_t rows(const Params& p) {
    return span(p) > 0 ? 0 : std::max<std::size_t>(p.size("rows"), 1);
  }
  static std::variant<stat::Ring, stat::TimeLag> made(const Params& p) {
    if (span(p) == 0) return stat::Ring(rows(p));
    return stat::TimeLag(static_cast<std::int64_t>(span(p)), p.size("max_rows"));
  }

  std::variant<stat::Ring, stat::TimeLag> kept_;
};

}  // namespace tickeng
