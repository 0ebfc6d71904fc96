// D-01: mid price and spread of the top of the book.
//   mid = (a + b) / 2, spread = a - b, spread_bps = 1e4 spread / mid
// NaN while a side is empty.
#pragma once

#include "tickeng/kernel/stateless.hpp"

namespace tickeng {

class MidSpread : public Stateless {
 public:
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "mid", .unit = "price", .range = "[bid, ask]"},
      {.name = "spread", .unit = "price", .range = "> 0"},
      {.name = "spread_bps", .unit = "bps", .range = "> 0"}};
  static constexpr KernelSpec spec{.id = "D-01",
                                   .name = "mid_spread",
                                   .aliases = "bid_ask_spread",
                                   .summary = "mid price and bid-ask spread",
                                   .formula = "(a + b)/2; a - b; 1e4 (a - b)/mid",
                                   .source = "S1; S2 spread gate",
                                   .params = {},
                                   .outputs = kOutputSpecs};

  using Stateless::Stateless;

  [[nodiscard]] Values<3> on(const QuoteStep& q) noexcept {
    const double mid = q.mid(), spread = q.spread();
    return {mid, spread, 1e4 * spread / mid};
  }
};

}  // namespace tickeng
