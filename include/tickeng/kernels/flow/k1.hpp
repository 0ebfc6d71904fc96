// C-03: K1, micro flow impact. K1 = 0.75 Z(flow_64, 1024) + 0.25 Z(speed, 1024).
// The sign is the predicted direction. |K1| <= sqrt(1023). First value (strict) at index 1086.
// Trap: sides cancel in the flow, so its rounding follows the largest trade, not the flow's level.
#pragma once

#include <algorithm>

#include "tickeng/kernels/flow/trade_flow.hpp"
#include "tickeng/kernels/momentum/speed.hpp"
#include "tickeng/stat/recent_peak.hpp"
#include "tickeng/stat/rolling_z_score.hpp"

namespace tickeng {

class K1 {
 public:
  static constexpr ParamSpec kParams[] = {
      window_param("flow_window", 64, "trades in the flow sum", 1),
      window_param("window", 1024, "trades in both z-scores"),
      {.name = "flow_weight", .fallback = 0.75, .doc = "weight of the flow z-score"},
      {.name = "speed_weight", .fallback = 0.25, .doc = "weight of the speed z-score"},
      kModeParam,
      kWarmupParam,
      kEpsParam};
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "k1", .range = "[-31.985, 31.985]"}};
  static constexpr KernelSpec spec{
      .id = "C-03",
      .name = "k1",
      .aliases = "flow_impact",
      .summary = "micro flow impact; the sign is the predicted direction",
      .formula = "0.75 Z(trade_flow, 1024) + 0.25 Z(speed, 1024)",
      .source = "S0 section 1",
      .params = kParams,
      .outputs = kOutputSpecs,
      .state_version = 3,
      .oldest_state = 2};
  static constexpr std::size_t kScores = 2;

  explicit K1(const Params& p)
      : flow_(p.size("flow_window"), p.choice<Warmup>("warmup")), speed_(p.choice<Mode>("mode")),
        peak_(p.size("flow_window"), stat::RollingZScore<>::grid(p.size("window")),
              kUnitRounding * p.real("flow_window") *
                  stat::sum_rounding(p.size("flow_window"), p.size("window"))),
        flow_weight_(p.real("flow_weight")), speed_weight_(p.real("speed_weight")),
        drops_first_(parts::drops_first(p.choice<Mode>("mode"), p.choice<Warmup>("warmup"))) {}

  /// What is scored: flow and speed.
  [[nodiscard]] Values<2> series(const TradeStep& t) noexcept {
    const bool dropped = drops_first_ && t.index == 0;
    peak_.step(t.index, [this](std::size_t n) { return flow_.peak(n); });
    return {flow_.push(dropped ? 0.0 : t.signed_qty), dropped ? 0.0 : speed_.value(t)};
  }
  [[nodiscard]] bool series(const TradeBlock& t, const OutColumns<3>& x) noexcept {
    if (!flow_.full()) return false;
    peak_.run(t.index, t.signed_qty.data(), t.size, x[2],
              [this](std::size_t n) { return flow_.peak(n); });
    flow_.run(t.signed_qty.data(), t.size, x[0]);
    speed_.run(t, x[1]);
    return true;
  }
  /// Of the speed: a quotient, two sums, a root and a difference of times, each an ulp at most.
  [[nodiscard]] static Values<2> rounding(const Params&) noexcept {
    return {0.0, 4.0 * kUnitRounding};
  }
  /// Of the flow: its magnitudes are at most W times the largest trade.
  [[nodiscard]] double floor() const noexcept { return peak_.value(); }
  [[nodiscard]] Values<1> on(const TradeStep&, const Values<2>& z) noexcept {
    return {flow_weight_ * z[0] + speed_weight_ * z[1]};
  }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs) {
    if (p.choice<Warmup>("warmup") == Warmup::kExpanding) {
      return p.choice<Mode>("mode") == Mode::kEngine ? 0 : 1;
    }
    const std::size_t flow = p.size("flow_window") - 1;
    return (flow > 1 ? flow : 1) + p.size("window") - 1;
  }
  [[nodiscard]] static std::uint64_t memory(const Params& p) {
    const std::size_t flow = p.size("flow_window"), window = p.size("window");
    return std::max<std::uint64_t>(
        flow + window, stat::RecentPeak::memory(flow, stat::RollingZScore<>::grid(window)));
  }
  void reset() noexcept {
    flow_.reset();
    peak_.reset();
  }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(flow_);
    if (v.whole()) v.part(peak_);
  }

 private:
  TradeFlow flow_;
  Speed speed_;
  stat::RecentPeak peak_;
  double flow_weight_, speed_weight_;
  bool drops_first_;
};

}  // namespace tickeng
