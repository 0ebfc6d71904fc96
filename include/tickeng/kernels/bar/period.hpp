// The time between two rows of a builder.
#pragma once

#include <cmath>

#include "tickeng/base/time.hpp"
#include "tickeng/kernel/spec.hpp"

namespace tickeng {

[[nodiscard]] constexpr ParamSpec period_param(double fallback, std::string_view doc) {
  return {.name = "period",
          .fallback = fallback,
          .low = 1e-6,
          .high = 86'400.0,
          .unit = "s",
          .doc = doc};
}
[[nodiscard]] inline TimeNs whole_ns(double seconds) noexcept {
  return static_cast<TimeNs>(std::llround(seconds * 1e9));
}

}  // namespace tickeng
