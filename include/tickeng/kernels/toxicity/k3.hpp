// C-05: K3, toxicity and volatility.
//   spec   Z(mean_1024(toxicity), 10000)        engine  Z(toxicity, 10000)
// Higher means more two-sided large trading. First value (strict) at index 11023.
#pragma once

#include "tickeng/kernels/parts/windows.hpp"
#include "tickeng/kernels/toxicity/toxicity.hpp"

namespace tickeng {

class K3 {
 public:
  static constexpr ParamSpec kParams[] = {
      window_param("mean_window", 1024, "trades in the mean (spec mode)", 1),
      window_param("window", 10000, "trades in the z-score"),
      Toxicity::kParams[0],
      kModeParam,
      kWarmupParam,
      kEpsParam};
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "k3", .range = "[-99.995, 99.995]"}};
  static constexpr KernelSpec spec{
      .id = "C-05",
      .name = "k3",
      .aliases = "toxicity_z",
      .summary = "toxicity against its recent past; high: two-sided large trading",
      .formula = "spec Z(mean_1024(toxicity), 10000); engine Z(toxicity, 10000)",
      .source = "S0 section 3",
      .params = kParams,
      .outputs = kOutputSpecs,
      .memory = Memory::kAnchored,
      .state_version = 3,
      .oldest_state = 2};
  static constexpr std::size_t kScores = 1;

  explicit K3(const Params& p)
      : toxicity_(p.flag("carry")), mean_(p.size("mean_window"), p.choice<Warmup>("warmup")),
        smooth_(p.choice<Mode>("mode") == Mode::kSpec),
        drops_first_(parts::drops_first(p.choice<Mode>("mode"), p.choice<Warmup>("warmup"))) {}

  /// What is scored.
  [[nodiscard]] Values<1> series(const TradeStep& t) noexcept {
    double x = toxicity_.value(t);
    if (drops_first_ && t.index == 0) x = 0.0;
    return {smooth_ ? mean_.push(x) : x};
  }
  [[nodiscard]] bool series(const TradeBlock& t, const OutColumns<1>& x) noexcept {
    if (!((mean_.full() || !smooth_) && t.index > 0)) return false;
    TradeBlock::Column toxicity;
    toxicity_.run(t, smooth_ ? toxicity.data() : x[0]);
    if (smooth_) mean_.run(toxicity.data(), t.size, x[0]);
    return true;
  }
  /// Toxicity is exact; its mean is a sum of what is never negative, times a rounded 1/W.
  [[nodiscard]] static Values<1> rounding(const Params& p) {
    if (p.choice<Mode>("mode") == Mode::kEngine) return {0.0};
    return {kUnitRounding * (stat::sum_rounding(p.size("mean_window"), p.size("window")) + 2.0)};
  }
  [[nodiscard]] Values<1> on(const TradeStep&, const Values<1>& z) noexcept { return z; }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs) {
    const bool spec_mode = p.choice<Mode>("mode") == Mode::kSpec;
    if (p.choice<Warmup>("warmup") == Warmup::kExpanding) return spec_mode ? 1 : 0;
    return p.size("window") + (spec_mode ? p.size("mean_window") - 1 : 0);
  }
  [[nodiscard]] static bool anchors(const Params& p, const Trade& trade,
                                    const Trade& before) noexcept {
    return Toxicity::anchors(p, trade, before);
  }
  void skip(std::uint64_t n) noexcept {
    if (smooth_) mean_.skip(n);  // else it never sees a value
  }
  void reset() noexcept {
    toxicity_.reset();
    mean_.reset();
  }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(toxicity_);
    v.part(mean_);
  }

 private:
  Toxicity toxicity_;
  parts::MeanWindow mean_;
  bool smooth_, drops_first_;
};

}  // namespace tickeng
