// C-08: K4, liquidity; higher means cheaper to trade.
//   spec   -Z(mean_256(impact), 1024)        engine  -Z(impact, 1024)
// Trap: with absolute eps and large quantities sigma of the mean is ~1e-9, so eps = 1e-8 swamps it
// and the gate goes silent; health shows it, eps = relative mends it. First value (strict) at
// 11277.
#pragma once

#include "tickeng/kernels/liquidity/impact.hpp"
#include "tickeng/kernels/parts/windows.hpp"

namespace tickeng {

class K4 {
 public:
  static constexpr ParamSpec kParams[] = {
      Impact::kParams[0],
      window_param("mean_window", 256, "trades in the mean (spec mode)", 1),
      window_param("window", 1024, "trades in the z-score"),
      kModeParam,
      kWarmupParam,
      kEpsParam};
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "k4", .range = "[-31.985, 31.985]"}};
  static constexpr KernelSpec spec{
      .id = "C-08",
      .name = "k4",
      .aliases = "liquidity",
      .summary = "liquidity against its recent past; high: cheap to trade",
      .formula = "spec -Z(mean_256(impact), 1024); engine -Z(impact, 1024)",
      .source = "S0 section 4",
      .params = kParams,
      .outputs = kOutputSpecs,
      .state_version = 3,
      .oldest_state = 2};
  static constexpr std::size_t kScores = 1;

  explicit K4(const Params& p)
      : impact_(p.size("norm_window"), p.choice<Mode>("mode"), p.choice<Warmup>("warmup")),
        mean_(p.size("mean_window"), p.choice<Warmup>("warmup")),
        smooth_(p.choice<Mode>("mode") == Mode::kSpec),
        drops_first_(parts::drops_first(p.choice<Mode>("mode"), p.choice<Warmup>("warmup"))) {}

  /// What is scored.
  [[nodiscard]] Values<1> series(const TradeStep& t) noexcept {
    double x = impact_.value(t);
    if (drops_first_ && t.index == 0) x = 0.0;
    return {smooth_ ? mean_.push(x) : x};
  }
  [[nodiscard]] bool series(const TradeBlock& t, const OutColumns<1>& x) noexcept {
    if (!(impact_.full() && (mean_.full() || !smooth_) && t.index > 0)) return false;
    TradeBlock::Column impact;
    impact_.run(t, smooth_ ? impact.data() : x[0]);
    if (smooth_) mean_.run(impact.data(), t.size, x[0]);
    return true;
  }
  /// Of the mean as in K3; of impact: 5 of the logarithm, 7 of quantile, cushion, sum and quotient.
  [[nodiscard]] static Values<1> rounding(const Params& p) {
    if (p.choice<Mode>("mode") == Mode::kEngine) return {12.0 * kUnitRounding};
    return {kUnitRounding * (stat::sum_rounding(p.size("mean_window"), p.size("window")) + 14.0)};
  }
  [[nodiscard]] Values<1> on(const TradeStep&, const Values<1>& z) noexcept { return {0.0 - z[0]}; }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs) {
    const bool spec_mode = p.choice<Mode>("mode") == Mode::kSpec;
    if (p.choice<Warmup>("warmup") == Warmup::kExpanding) return spec_mode ? 1 : 0;
    const std::uint64_t first =
        spec_mode && p.size("norm_window") > 2 ? p.size("norm_window") - 1 : 1;
    return first + (spec_mode ? p.size("mean_window") - 1 : 0) + p.size("window") - 1;
  }
  void skip(std::uint64_t n) noexcept {
    StateSkipper(n).part(impact_);
    if (smooth_) mean_.skip(n);  // else it never sees a value
  }
  void reset() noexcept {
    impact_.reset();
    mean_.reset();
  }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(impact_);
    v.part(mean_);
  }

 private:
  Impact impact_;
  parts::MeanWindow mean_;
  bool smooth_, drops_first_;
};

}  // namespace tickeng
