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
/// The last multiple of the period at or before ts_ns.
[[nodiscard]] constexpr TimeNs floor_to(TimeNs ts_ns, TimeNs period_ns) noexcept {
  const TimeNs rest = ts_ns % period_ns;
  return ts_ns - (rest < 0 ? rest + period_ns : rest);
}

}  // namespace tickeng
