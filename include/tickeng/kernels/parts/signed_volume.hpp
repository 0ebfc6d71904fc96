// Signed and whole volume of the last trades, by count or by time, and their quotient.
//   TI = sum v / sum q, 0 where nothing was traded; unknown sides count in q alone
// All of a kernel but its spec and what it makes of TI.
#pragma once

#include <cstdint>
#include <variant>

#include "tickeng/kernel/kernel.hpp"
#include "tickeng/stat/rolling_sum.hpp"
#include "tickeng/stat/time_window.hpp"

namespace tickeng::parts {

class SignedVolume {
 public:
  explicit SignedVolume(const Params& p)
      : window_(made(p)), span_(p.window("window").ns),
        strict_(p.choice<Warmup>("warmup") == Warmup::kStrict) {}

  [[nodiscard]] Health health() const noexcept { return health_; }
  void forget_health() noexcept { health_ = {}; }
  void follow(const SignedVolume& before) noexcept {
    health_.ticks += before.health_.ticks;
    health_.overflow += before.health_.overflow;
  }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs) {
    const Window window = p.window("window");
    return p.choice<Warmup>("warmup") == Warmup::kStrict && window.ns == 0 ? window.rows - 1 : 0;
  }
  [[nodiscard]] static std::uint64_t warmup_ns(const Params& p) {
    const bool strict = p.choice<Warmup>("warmup") == Warmup::kStrict;
    return strict ? static_cast<std::uint64_t>(p.window("window").ns) : 0;
  }
  [[nodiscard]] static std::uint64_t memory(const Params& p) { return p.window("window").rows; }
  [[nodiscard]] static std::uint64_t memory_ns(const Params& p) {
    return ByTime::memory_ns(p.window("window").ns);
  }
  void reset() noexcept {
    std::visit([](auto& window) { window.reset(); }, window_);
    first_ns_ = kNoTime;
    health_ = {};
  }
  template <class Visitor>
  void state(Visitor& v) {
    v.number("first_ns", first_ns_);
    v.number("ticks", health_.ticks);
    v.number("overflow", health_.overflow);
    std::visit([&v](auto& window) { v.part(window); }, window_);
  }

 protected:
  /// TI, or NaN: not warm, or more rows than may be.
  [[nodiscard]] double imbalance(const TradeStep& t) noexcept {
    return imbalance(t.ts_ns, t.signed_qty, t.qty);
  }
  void imbalances(const TradeBlock& t, double* y) noexcept {
    for (std::size_t i = 0; i < t.size; ++i) {
      y[i] = imbalance(t.ts_ns[i], t.signed_qty[i], t.qty[i]);
    }
  }

 private:
  using ByTime = stat::TimeWindow<2>;
  /// Two sums of one length.
  struct ByCount {
    stat::RollingSum v, q;

    void reset() noexcept {
      v.reset();
      q.reset();
    }
    template <class Visitor>
    void state(Visitor& visitor) {
      visitor.part(v);
      visitor.part(q);
    }
  };

  static std::variant<ByTime, ByCount> made(const Params& p) {
    const Window window = p.window("window");
    if (window.ns > 0) return ByTime(window.ns, p.size("max_rows"));
    return ByCount{stat::RollingSum(window.rows), stat::RollingSum(window.rows)};
  }
  [[nodiscard]] double imbalance(TimeNs ts_ns, double v, double q) noexcept {
    if (first_ns_ == kNoTime) [[unlikely]]
      first_ns_ = ts_ns;
    ++health_.ticks;
    if (auto* const by_time = std::get_if<ByTime>(&window_)) {
      by_time->push(ts_ns, {v, q});
      if (by_time->overflows()) {
        ++health_.overflow;
        return kNaN;
      }
      const auto sum = by_time->sum();
      return strict_ && ts_ns - first_ns_ < span_ ? kNaN : quotient(sum[0], sum[1]);
    }
    auto& sums = std::get<ByCount>(window_);
    const double signed_sum = sums.v.push(v), sum = sums.q.push(q);
    return strict_ && !sums.q.full() ? kNaN : quotient(signed_sum, sum);
  }
  [[nodiscard]] static double quotient(double v, double q) noexcept {
    const double ratio = q > 0.0 ? v / q : 0.0;
    return ratio > 1.0 ? 1.0 : (ratio < -1.0 ? -1.0 : ratio);
  }

  std::variant<ByTime, ByCount> window_;
  std::int64_t span_;
  bool strict_;
  TimeNs first_ns_ = kNoTime;
  Health health_;
};

}  // namespace tickeng::parts
