// One side of a quote or a book as files give it, to the one form that it has here: an empty level
// has the price NaN and the quantity 0, and no level stands behind an empty one.
// A level without a price is empty, and so is one with the price 0 and no quantity; prices lead
// away from the touch. What is NaN is not given.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace tickeng::io {

enum class SideFault : std::uint8_t { kNone, kPrice, kQty };

/// `step`: the sign of the way that prices go, -1 for bids and 1 for asks.
[[nodiscard]] inline SideFault to_one_form(double* price, double* qty, std::size_t levels,
                                           double step) noexcept {
  const auto is_empty = [=](std::size_t k) {
    return price[k] != price[k] || (price[k] == 0 && !(qty[k] > 0 || qty[k] < 0));
  };
  std::size_t k = 0;
  for (; k < levels && !is_empty(k); ++k) {
    if (!(price[k] > 0) || !std::isfinite(price[k])) return SideFault::kPrice;
    if (k > 0 && !(step * price[k] > step * price[k - 1])) return SideFault::kPrice;
    if (!(qty[k] >= 0) || !std::isfinite(qty[k])) return SideFault::kQty;
    qty[k] = std::fabs(qty[k]);  // -0 is 0
  }
  for (; k < levels; ++k) {
    if (!is_empty(k)) return SideFault::kPrice;
    price[k] = std::numeric_limits<double>::quiet_NaN();
    qty[k] = 0;
  }
  return SideFault::kNone;
}

}  // namespace tickeng::io
