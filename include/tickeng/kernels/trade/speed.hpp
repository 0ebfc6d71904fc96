// C-02: trade speed, signed volume per root second.
//   spec   v / (sqrt(dt) + 0.001)        engine  v / sqrt(max(dt, 0.001))
// Trap: at dt = 0 spec gives 1000 v, engine 31.6 v; the 0.001 is added to root seconds, it is not 1
// ms.
#pragma once

#include <cmath>

#include "tickeng/kernel/kernel.hpp"

namespace tickeng {

class Speed {
 public:
  static constexpr ParamSpec kParams[] = {kModeParam};
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "speed", .unit = "base/s^0.5", .range = "R"}};
  static constexpr KernelSpec spec{
      .id = "C-02", .name = "speed", .aliases = "trade_speed",
      .summary = "signed volume per root second",
      .formula = "spec v/(sqrt(dt)+0.001); engine v/sqrt(max(dt,0.001))",
      .source = "S0 section 1", .params = kParams, .outputs = kOutputSpecs,
      .memory = Memory::kCarry};

  explicit Speed(Mode mode) : mode_(mode) {}
  explicit Speed(const Params& p) : Speed(p.choice<Mode>("mode")) {}

  /// NaN at the first trade, which has no dt.
  [[nodiscard]] double value(const TradeStep& t) const noexcept {
    if (mode_ == Mode::kSpec) return t.signed_qty / (std::sqrt(t.dt_s) + 0.001);
    return t.signed_qty / std::sqrt(t.dt_s < 0.001 ? 0.001 : t.dt_s);
  }
  [[nodiscard]] Values<1> on(const TradeStep& t) noexcept { return {value(t)}; }
  [[nodiscard]] static std::uint64_t warmup(const Params&, std::size_t, WarmupInputs) { return 1; }
  void reset() noexcept {}
  template <class Visitor>
  void state(Visitor&) {}

 private:
  Mode mode_;
};

}  // namespace tickeng
