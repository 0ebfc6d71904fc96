// C-15: Kyle's lambda of the mid: the slope of its changes on signed volume over intervals of M
// trades (parts/interval_impact.hpp). The mid just before a trade is that of the quote before it,
// so that the impact of an interval's last trade is inside. Intervals that begin or end without a
// valid quote are left out.
#pragma once

#include "tickeng/kernels/parts/interval_impact.hpp"

namespace tickeng {

class KyleLambdaMid : public parts::IntervalImpact {
 public:
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "kyle_lambda_mid", .unit = "price/base", .range = "R"},
      {.name = "kyle_lambda_mid_t", .range = "R"}};
  static constexpr std::string_view kInputNames[] = {"mid"};
  static constexpr KernelSpec spec{.id = "C-15",
                                   .name = "kyle_lambda_mid",
                                   .aliases = "",
                                   .summary = "mid change per signed volume, by regression",
                                   .formula = "cov(dm, Q)/var(Q)",
                                   .source = "S4 KylesLambda",
                                   .params = kParams,
                                   .outputs = kOutputSpecs,
                                   .inputs = kInputNames,
                                   .sees_undefined = true,
                                   .memory = Memory::kSerial};

  using IntervalImpact::IntervalImpact;

  [[nodiscard]] Values<2> on(const TradeStep& t, const Values<1>& in) noexcept {
    return push(in[0], t.signed_qty);
  }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs inputs) {
    return inputs[0] + p.size("window") * p.size("interval");
  }
};

}  // namespace tickeng
