// What a kernel of own fills sees: the fill, and the time since the one before. Spec: A-12.
#pragma once

#include <cstdint>

#include "tickeng/event/events.hpp"
#include "tickeng/kernel/row_series.hpp"

namespace tickeng {

struct OwnStep {
  std::uint64_t index = 0;  ///< 0-based number of the accepted fill of this symbol
  TimeNs ts_ns = 0;
  double price = 0.0;
  double qty = 0.0;
  double side = 0.0;   ///< +1 bought, -1 sold
  double dt_s = kNaN;  ///< seconds since the previous fill, >= 0; NaN at the first
};

}  // namespace tickeng
