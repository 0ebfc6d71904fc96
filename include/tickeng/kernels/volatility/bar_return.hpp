// What volatilities of bars share: the log return from close to close, and a year in bars.
#pragma once

#include "tickeng/base/log.hpp"
#include "tickeng/kernel/bar_step.hpp"
#include "tickeng/kernel/spec.hpp"

namespace tickeng {

inline constexpr ParamSpec kPeriodsParam{
    .name = "periods_per_year",
    .fallback = 365.0,
    .low = 0.0,
    .high = 1e12,
    .unit = "bars/year",
    .doc = "bars in a year, for the annual figure; 252 for business days"};

/// NaN at the first bar, and where a row has no price.
[[nodiscard]] inline double bar_return(const BarStep& b) noexcept {
  const bool is_known = b.close == b.close && b.previous == b.previous;
  return is_known ? log_ratio(b.close, b.previous) : kNaN;
}

}  // namespace tickeng
