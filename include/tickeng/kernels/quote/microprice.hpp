// D-02: microprice, the mid moved towards the side that has less.
//   (A b + B a)/(A + B) = m + I S/2,  I = (B - A)/(B + A); the mid where both sizes are 0
// It lies between bid and ask. NaN while a side is empty. Source: S1.
// Trap: each price is weighted by the size of the other side; by its own it leans the wrong way.
#pragma once

#include <algorithm>

#include "tickeng/kernels/quote/quote_imbalance.hpp"

namespace tickeng {

class Microprice : public Stateless {
 public:
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "microprice", .unit = "price", .range = "[bid, ask]"}};
  static constexpr KernelSpec spec{.id = "D-02",
                                   .name = "microprice",
                                   .aliases = "",
                                   .summary = "mid weighted by the sizes of the other sides",
                                   .formula = "(A b + B a)/(A + B)",
                                   .source = "S1 microprice; S2 MD",
                                   .params = {},
                                   .outputs = kOutputSpecs};

  using Stateless::Stateless;

  [[nodiscard]] Values<1> on(const QuoteStep& q) noexcept {
    const double x = q.mid() + QuoteImbalance::value(q) * (q.spread() / 2.0);
    return {x == x ? std::clamp(x, q.bid, q.ask) : kNaN};
  }
};

}  // namespace tickeng
