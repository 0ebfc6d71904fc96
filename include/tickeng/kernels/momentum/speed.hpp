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
      .id = "C-02",
      .name = "speed",
      .aliases = "trade_speed",
      .summary = "signed volume per root second",
      .formula = "spec v/(sqrt(dt)+0.001); engine v/sqrt(max(dt,0.001))",
      .source = "S0 section 1",
      .params = kParams,
      .outputs = kOutputSpecs};

  explicit Speed(Mode mode) : mode_(mode) {}
  explicit Speed(const Params& p) : Speed(p.choice<Mode>("mode")) {}

  /// NaN at the first trade, which has no dt.
  [[nodiscard]] double value(const TradeStep& t) const noexcept {
    return mode_ == Mode::kSpec ? as_specified(t.signed_qty, t.dt_s)
                                : as_in_engine(t.signed_qty, t.dt_s);
  }
  void run(const TradeBlock& t, double* __restrict y) const noexcept {
    if (mode_ == Mode::kSpec) {
      for (std::size_t i = 0; i < t.size; ++i) y[i] = as_specified(t.signed_qty[i], t.dt_s[i]);
    } else {
      for (std::size_t i = 0; i < t.size; ++i) y[i] = as_in_engine(t.signed_qty[i], t.dt_s[i]);
    }
  }
  [[nodiscard]] Values<1> on(const TradeStep& t) noexcept { return {value(t)}; }
  [[nodiscard]] bool run(const TradeBlock& t, const Columns<0>&,
                         const OutColumns<1>& out) noexcept {
    run(t, out[0]);
    return true;
  }
  [[nodiscard]] static std::uint64_t warmup(const Params&, std::size_t, WarmupInputs) { return 1; }
  void reset() noexcept {}
  template <class Visitor>
  void state(Visitor&) {}

 private:
  [[nodiscard]] static double as_specified(double v, double dt_s) noexcept {
    return v / (std::sqrt(dt_s) + 0.001);
  }
  [[nodiscard]] static double as_in_engine(double v, double dt_s) noexcept {
    return v / std::sqrt(dt_s < 0.001 ? 0.001 : dt_s);
  }

  Mode mode_;
};

}  // namespace tickeng
