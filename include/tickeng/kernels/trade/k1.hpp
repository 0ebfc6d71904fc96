// C-03: K1, micro flow impact. K1 = 0.75 Z(flow_64, 1024) + 0.25 Z(speed, 1024).
// The sign is the predicted direction. |K1| <= sqrt(1023). First value (strict) at index 1086.
#pragma once

#include "tickeng/kernels/trade/speed.hpp"
#include "tickeng/kernels/trade/trade_flow.hpp"

namespace tickeng {

class FlowImpact {
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
      .outputs = kOutputSpecs};

  explicit FlowImpact(const Params& p)
      : flow_(p.size("flow_window"), p.choice<Warmup>("warmup")), speed_(p.choice<Mode>("mode")),
        flow_z_(p.size("window"), p.choice<stat::Epsilon>("eps"), p.choice<Warmup>("warmup")),
        speed_z_(p.size("window"), p.choice<stat::Epsilon>("eps"), p.choice<Warmup>("warmup")),
        flow_weight_(p.real("flow_weight")), speed_weight_(p.real("speed_weight")),
        drops_first_(parts::drops_first(p.choice<Mode>("mode"), p.choice<Warmup>("warmup"))) {}

  [[nodiscard]] Values<1> on(const TradeStep& t) noexcept {
    const bool dropped = drops_first_ && t.index == 0;
    const double flow = flow_.push(dropped ? 0.0 : t.signed_qty, t.index);
    const double speed = dropped ? 0.0 : speed_.value(t);
    const double flow_z = flow == flow ? flow_z_.push(flow, t.index) : kNaN;
    const double speed_z = speed == speed ? speed_z_.push(speed, t.index) : kNaN;
    if (flow_z_.full() && speed_z_.full()) {
      ++health_.ticks;
      health_.dominated += flow_z_.dominated() || speed_z_.dominated() ? 1 : 0;
    }
    return {flow_weight_ * flow_z + speed_weight_ * speed_z};
  }
  [[nodiscard]] bool run(const TradeBlock& t, const Columns<0>&, const Places<1>& out) noexcept {
    if (!(flow_.full() && flow_z_.full() && speed_z_.full())) return false;
    TradeBlock::Column x, flow_z, speed_z, flow_sigma, speed_sigma;
    flow_.run(t.signed_qty.data(), t.size, x.data());
    flow_z_.run(x.data(), t.size, flow_z.data(), flow_sigma.data());
    speed_.run(t, x.data());
    speed_z_.run(x.data(), t.size, speed_z.data(), speed_sigma.data());
    std::uint64_t dominated = 0;
    double* __restrict const k1 = out[0];
    for (std::size_t i = 0; i < t.size; ++i) {
      k1[i] = flow_weight_ * flow_z[i] + speed_weight_ * speed_z[i];
      dominated += flow_z_.dominates(flow_sigma[i]) || speed_z_.dominates(speed_sigma[i]) ? 1 : 0;
    }
    health_.ticks += t.size;
    health_.dominated += dominated;
    return true;
  }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs) {
    if (p.choice<Warmup>("warmup") == Warmup::kExpanding) {
      return p.choice<Mode>("mode") == Mode::kEngine ? 0 : 1;
    }
    const std::size_t flow = p.size("flow_window") - 1;
    return (flow > 1 ? flow : 1) + p.size("window") - 1;
  }
  [[nodiscard]] const Health& health() const noexcept { return health_; }
  void reset() noexcept {
    flow_.reset();
    flow_z_.reset();
    speed_z_.reset();
    health_ = {};
  }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(flow_);
    v.part(flow_z_);
    v.part(speed_z_);
    v.part(health_);
  }

 private:
  TradeFlow flow_;
  Speed speed_;
  parts::ZWindow flow_z_, speed_z_;
  double flow_weight_, speed_weight_;
  bool drops_first_;
  Health health_;
};

}  // namespace tickeng
