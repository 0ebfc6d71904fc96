// H-02: composite alpha = gate ? signal size : +0.0, never 0 NaN. A gate that is undefined is shut,
// a size that is undefined is 0.
#pragma once

#include "tickeng/kernel/kernel.hpp"

namespace tickeng {

class Alpha {
 public:
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "alpha", .range = "[-2, 2]", .absent = 0.0}};
  static constexpr std::string_view kInputNames[] = {"signal", "size", "gate"};
  static constexpr KernelSpec spec{
      .id = "H-02",
      .name = "alpha",
      .aliases = "composite_alpha",
      .summary = "the decision: signal times size where the gate is open",
      .formula = "gate ? signal size : +0.0",
      .source = "S0 summary and engine",
      .params = {},
      .outputs = kOutputSpecs,
      .inputs = kInputNames,
      .sees_undefined = true};

  explicit Alpha(const Params&) {}

  [[nodiscard]] Values<1> on(const TradeStep&, const Values<3>& in) noexcept {
    const auto [signal, size, gate] = in;
    const bool trades = (gate > 0.0) & (size == size);
    return {trades ? signal * size + 0.0 : 0.0};
  }
  [[nodiscard]] static std::uint64_t warmup(const Params&, std::size_t, WarmupInputs inputs) {
    return inputs[2];
  }
  void reset() noexcept {}
  template <class Visitor>
  void state(Visitor&) {}
};

}  // namespace tickeng
