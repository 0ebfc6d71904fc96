// D-09: imbalance of the sizes at the touch.
//   (B - A)/(B + A), from -1 (asks alone) to 1 (bids alone); 0 where both are 0
// A side that is empty has size 0, so that the other one gives -1 or 1. Source: S2 section 1.
#pragma once

#include "tickeng/kernel/stateless.hpp"

namespace tickeng {

class QuoteImbalance : public Stateless {
 public:
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "quote_imbalance", .range = "[-1, 1]"}};
  static constexpr KernelSpec spec{.id = "D-09",
                                   .name = "quote_imbalance",
                                   .aliases = "qi",
                                   .summary = "imbalance of the sizes at best bid and ask",
                                   .formula = "(B - A)/(B + A)",
                                   .source = "S2 section 1; S1 order imbalance",
                                   .params = {},
                                   .outputs = kOutputSpecs};

  using Stateless::Stateless;

  [[nodiscard]] static double value(const QuoteStep& q) noexcept {
    const double size = q.bid_qty + q.ask_qty;
    return size > 0.0 ? (q.bid_qty - q.ask_qty) / size : 0.0;
  }
  [[nodiscard]] Values<1> on(const QuoteStep& q) noexcept { return {value(q)}; }
};

}  // namespace tickeng
