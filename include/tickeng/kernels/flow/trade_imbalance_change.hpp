// C-18: change of the trade imbalance over a time.
//   TI(t) - TI(t - lag), TI = sum v / sum q over (t - D, t] and over (t - lag - D, t - lag]
// No volume gives a TI of 0; a side that is not known counts in sum q alone. Source: S2, which
// gives no formula.
// Trap: the second window ends at t - lag, between two trades; it is not the value that the last
// trade before t - lag had. More than max_rows trades in both windows and between give NaN.
#pragma once

#include "tickeng/kernel/kernel.hpp"
#include "tickeng/stat/lagged_time_window.hpp"

namespace tickeng {

class TradeImbalanceChange {
 public:
  static constexpr ParamSpec kParams[] = {
      duration_param("window", 300'000'000, "trades taken in"),
      duration_param("lag", 300'000'000, "how long before the other window ends"), kMaxRowsParam,
      kWarmupParam};
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "trade_imbalance_change", .range = "[-2, 2]"}};
  static constexpr KernelSpec spec{.id = "C-18",
                                   .name = "trade_imbalance_change",
                                   .aliases = "dti",
                                   .summary = "change of the trade imbalance over a time",
                                   .formula = "TI(t) - TI(t - lag)",
                                   .source = "S2 section 1",
                                   .params = kParams,
                                   .outputs = kOutputSpecs};

  explicit TradeImbalanceChange(const Params& p)
      : rows_(ns(p, "window"), ns(p, "lag"), p.size("max_rows")),
        reach_(ns(p, "window") + ns(p, "lag")),
        strict_(p.choice<Warmup>("warmup") == Warmup::kStrict) {}

  [[nodiscard]] Values<1> on(const TradeStep& t) noexcept {
    if (first_ns_ == kNoTime) [[unlikely]]
      first_ns_ = t.ts_ns;
    ++health_.ticks;
    rows_.push(t.ts_ns, {t.signed_qty, t.qty});
    if (rows_.overflows()) {
      ++health_.overflow;
      return {kNaN};
    }
    if (strict_ && t.ts_ns - first_ns_ < reach_) return {kNaN};
    return {imbalance(rows_.now()) - imbalance(rows_.then())};
  }
  [[nodiscard]] Health health() const noexcept { return health_; }
  void forget_health() noexcept { health_ = {}; }
  void follow(const TradeImbalanceChange& before) noexcept {
    health_.ticks += before.health_.ticks;
    health_.overflow += before.health_.overflow;
  }
  [[nodiscard]] static std::uint64_t warmup(const Params&, std::size_t, WarmupInputs) { return 0; }
  [[nodiscard]] static std::uint64_t warmup_ns(const Params& p) {
    return p.choice<Warmup>("warmup") == Warmup::kStrict ? memory_ns(p) : 0;
  }
  [[nodiscard]] static std::uint64_t memory(const Params&) { return 0; }
  [[nodiscard]] static std::uint64_t memory_ns(const Params& p) {
    return static_cast<std::uint64_t>(ns(p, "window") + ns(p, "lag"));
  }
  void reset() noexcept {
    rows_.reset();
    first_ns_ = kNoTime;
    health_ = {};
  }
  template <class Visitor>
  void state(Visitor& v) {
    v.number("first_ns", first_ns_);
    v.number("ticks", health_.ticks);
    v.number("overflow", health_.overflow);
    v.part(rows_);
  }

 private:
  [[nodiscard]] static std::int64_t ns(const Params& p, std::string_view name) {
    return static_cast<std::int64_t>(p.real(name));
  }
  [[nodiscard]] static double imbalance(const stat::TimeRow<2>& sum) noexcept {
    const double ratio = sum[1] > 0.0 ? sum[0] / sum[1] : 0.0;
    return ratio > 1.0 ? 1.0 : (ratio < -1.0 ? -1.0 : ratio);
  }

  stat::LaggedTimeWindow<2> rows_;
  std::int64_t reach_;
  bool strict_;
  TimeNs first_ns_ = kNoTime;
  Health health_;
};

}  // namespace tickeng
