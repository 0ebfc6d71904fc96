// D-11: how far the microprice lies from the mid, in bps of the mid and in spreads.
//   1e4 (mp - m)/m = 1e4 I (S/2)/m        (mp - m)/S = I/2
// Below 0 where the ask is heavier; 0 where both sizes are 0. NaN while a side is empty.
// Trap: mp - m from rounded prices loses the digits that I S/2 keeps.
#pragma once

#include "tickeng/kernels/quote/quote_imbalance.hpp"

namespace tickeng {

class MicropriceDisplacement : public Stateless {
 public:
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "microprice_displacement", .unit = "bps", .range = "+-spread_bps/2"},
      {.name = "microprice_displacement_spreads", .unit = "spreads", .range = "[-0.5, 0.5]"}};
  static constexpr KernelSpec spec{.id = "D-11",
                                   .name = "microprice_displacement",
                                   .aliases = "md",
                                   .summary = "microprice against the mid, in bps and in spreads",
                                   .formula = "1e4 (mp - m)/m; (mp - m)/S",
                                   .source = "S2 section 1",
                                   .params = {},
                                   .outputs = kOutputSpecs};

  using Stateless::Stateless;

  [[nodiscard]] Values<2> on(const QuoteStep& q) noexcept {
    const double mid = q.mid(), imbalance = QuoteImbalance::value(q);
    if (!(mid == mid)) return {kNaN, kNaN};
    return {1e4 * (imbalance * (q.spread() / 2.0)) / mid, imbalance / 2.0};
  }
};

}  // namespace tickeng
