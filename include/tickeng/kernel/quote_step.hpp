// What a quote kernel sees: the top of the book, and the time since the quote before. The engine
// makes one step per quote that is a market: neither locked nor crossed. A side that is empty has
// price NaN and quantity 0. Without a quote feed of its own a symbol's books give the quotes.
// Spec, conventions 9.
#pragma once

#include <cstdint>

#include "tickeng/base/time.hpp"
#include "tickeng/event/events.hpp"
#include "tickeng/kernel/row_series.hpp"

namespace tickeng {

struct QuoteStep {
  std::uint64_t index = 0;  ///< 0-based number of the accepted quote of this symbol
  TimeNs ts_ns = 0;
  double bid = kNaN, bid_qty = 0.0;
  double ask = kNaN, ask_qty = 0.0;
  double dt_s = kNaN;  ///< seconds since the previous quote, >= 0; NaN at the first

  [[nodiscard]] double mid() const noexcept { return (bid + ask) / 2.0; }
  [[nodiscard]] double spread() const noexcept { return ask - bid; }
};

}  // namespace tickeng
