// Time is int64 nanoseconds since 1970 UTC inside; durations in formulas are seconds (double).
#pragma once

#include <cstdint>

namespace tickeng {

using TimeNs = std::int64_t;

inline constexpr TimeNs kNoTime = INT64_MIN, kNever = INT64_MAX;

/// Seconds from `from` to `to`. The difference is taken in integers: subtracting nanoseconds as
/// doubles moves sqrt(dt) by 1e-5 near zero. It wraps for stamps that only damaged state can hold.
[[nodiscard]] inline double seconds_between(TimeNs from, TimeNs to) noexcept {
  const auto ns = static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
  return static_cast<double>(static_cast<TimeNs>(ns)) / 1e9;
}

}  // namespace tickeng
