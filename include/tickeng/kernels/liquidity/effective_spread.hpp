// C-28: effective spread, twice the distance of a trade's price from the mid before it.
//   2 |p - m|/m, the same in bps, and signed 2 s (p - m)/m: below 0 where the taker met a better
//   price than the mid
// m is the last mid strictly before the trade; NaN while there is no market. The signed form is NaN
// where the side is not known. Source: S1.
#pragma once

#include <cmath>

#include "tickeng/kernel/stateless.hpp"
#include "tickeng/kernels/parts/finite.hpp"

namespace tickeng {

class EffectiveSpread : public Stateless {
 public:
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "effective_spread", .range = ">= 0"},
      {.name = "effective_spread_bps", .unit = "bps", .range = ">= 0"},
      {.name = "effective_spread_signed", .range = "R"}};
  static constexpr std::string_view kInputNames[] = {"mid"};
  static constexpr KernelSpec spec{.id = "C-28",
                                   .name = "effective_spread",
                                   .aliases = "",
                                   .summary = "twice the distance of a trade from the mid",
                                   .formula = "2 |p - m|/m; 1e4 of it; 2 s (p - m)/m",
                                   .source = "S1",
                                   .params = {},
                                   .outputs = kOutputSpecs,
                                   .inputs = kInputNames,
                                   .sees_undefined = true};

  using Stateless::Stateless;

  [[nodiscard]] Values<3> on(const TradeStep& t, const Values<1>& in) noexcept {
    return value(t.price, t.side, in[0]);
  }
  [[nodiscard]] bool run(const TradeBlock& t, const Columns<1>& in,
                         const OutColumns<3>& out) noexcept {
    for (std::size_t i = 0; i < t.size; ++i) {
      const Values<3> y = value(t.price[i], t.side[i], in[0][i]);
      for (std::size_t o = 0; o < y.size(); ++o) out[o][i] = y[o];
    }
    return true;
  }

 private:
  [[nodiscard]] static Values<3> value(double price, double side, double mid) noexcept {
    const double spread = 2.0 * (price - mid) / mid, size = std::fabs(spread);
    const double known = side == 0.0 ? kNaN : side * spread + 0.0;  // no -0
    return {parts::finite(size), parts::finite(1e4 * size), parts::finite(known)};
  }
};

}  // namespace tickeng
