// C-05: K3, toxicity and volatility.
//   spec   Z(mean_1024(toxicity), 10000)        engine  Z(toxicity, 10000)
// Higher means more two-sided large trading. First value (strict) at index 11023.
#pragma once

#include "tickeng/kernels/parts/windows.hpp"
#include "tickeng/kernels/trade/toxicity.hpp"

namespace tickeng {

class ToxicityZ {
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
      .outputs = kOutputSpecs};

  explicit ToxicityZ(const Params& p)
      : toxicity_(p.flag("carry")), mean_(p.size("mean_window"), p.choice<Warmup>("warmup")),
        z_(p.size("window"), p.choice<stat::Epsilon>("eps"), p.choice<Warmup>("warmup")),
        smooth_(p.choice<Mode>("mode") == Mode::kSpec),
        drops_first_(parts::drops_first(p.choice<Mode>("mode"), p.choice<Warmup>("warmup"))) {}

  [[nodiscard]] Values<1> on(const TradeStep& t) noexcept {
    double x = toxicity_.value(t);
    if (drops_first_ && t.index == 0) x = 0.0;
    if (x != x) return {kNaN};
    if (smooth_) x = mean_.push(x, t.index);
    if (x != x) return {kNaN};
    const double z = z_.push(x, t.index);
    if (z_.full()) {
      ++health_.ticks;
      health_.dominated += z_.dominated() ? 1 : 0;
    }
    return {z};
  }
  [[nodiscard]] bool run(const TradeBlock& t, const Columns<0>&, const Places<1>& out) noexcept {
    if (!((mean_.full() || !smooth_) && z_.full())) return false;
    TradeBlock::Column toxicity, mean, sigma;
    toxicity_.run(t, toxicity.data());
    if (smooth_) mean_.run(toxicity.data(), t.size, mean.data());
    z_.run(smooth_ ? mean.data() : toxicity.data(), t.size, out[0], sigma.data());
    health_.count(sigma.data(), t.size, z_);
    return true;
  }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs) {
    const bool spec_mode = p.choice<Mode>("mode") == Mode::kSpec;
    if (p.choice<Warmup>("warmup") == Warmup::kExpanding) return spec_mode ? 1 : 0;
    return p.size("window") + (spec_mode ? p.size("mean_window") - 1 : 0);
  }
  [[nodiscard]] const Health& health() const noexcept { return health_; }
  void reset() noexcept {
    toxicity_.reset();
    mean_.reset();
    z_.reset();
    health_ = {};
  }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(toxicity_);
    v.part(mean_);
    v.part(z_);
    v.part(health_);
  }

 private:
  Toxicity toxicity_;
  parts::MeanWindow mean_;
  parts::ZWindow z_;
  bool smooth_, drops_first_;
  Health health_;
};

}  // namespace tickeng
