// What a book kernel sees: the levels of both sides, best first, and the time since the book
// before. The engine makes one step per snapshot that is a market: its best prices neither equal
// nor crossed. Levels beyond `levels` are not there; a kernel that reads ten must do with three.
// Spec: A-03.
#pragma once

#include <cstdint>

#include "tickeng/event/events.hpp"
#include "tickeng/kernel/row_series.hpp"

namespace tickeng {

struct BookStep {
  std::uint64_t index = 0;  ///< 0-based number of the accepted book of this symbol
  TimeNs ts_ns = 0;
  BookSide bids, asks;
  double dt_s = kNaN;  ///< seconds since the previous book, >= 0; NaN at the first
};

}  // namespace tickeng
