// I-03 (first half): 1 once everything the gate relies on is warm: K1, K3 and K4.
#pragma once

#include <algorithm>

#include "tickeng/kernel/kernel.hpp"

namespace tickeng {

class Ready {
 public:
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "ready", .range = "{0, 1}", .type = OutputType::kFlag}};
  static constexpr std::string_view kInputNames[] = {"k1", "k3", "k4"};
  static constexpr KernelSpec spec{.id = "I-03",
                                   .name = "ready",
                                   .aliases = "warm",
                                   .summary = "1 when all required kernels are warm",
                                   .formula = "K1, K3, K4 not NaN",
                                   .source = "S2 warm signal state",
                                   .params = {},
                                   .outputs = kOutputSpecs,
                                   .inputs = kInputNames,
                                   .sees_undefined = true};

  explicit Ready(const Params&) {}

  [[nodiscard]] Values<1> on(const TradeStep&, const Values<3>& in) noexcept {
    return {in[0] == in[0] && in[1] == in[1] && in[2] == in[2] ? 1.0 : 0.0};
  }
  [[nodiscard]] static std::uint64_t warmup(const Params&, std::size_t, WarmupInputs inputs) {
    return *std::max_element(inputs.begin(), inputs.end());
  }
  void reset() noexcept {}
  template <class Visitor>
  void state(Visitor&) {}
};

}  // namespace tickeng
