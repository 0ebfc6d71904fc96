// Time is int64 nanoseconds since 1970 UTC inside; durations in formulas are seconds (double).
#pragma once

#include <cstdint>

namespace tickeng {

using TimeNs = std::int64_t;

inline constexpr TimeNs kNoTime = INT64_MIN, kNever = INT64_MAX;

/// The last multiple of the period at or before ts_ns.
[[nodiscard]] constexpr TimeNs floor_to(TimeNs ts_ns, TimeNs period_ns) noexcept {
  const TimeNs rest = ts_ns % period_ns;
  return ts_ns - (rest < 0 ? rest + period_ns : rest);
}

/// Seconds from `from` to `to`. The difference is taken in integers: subtracting nanoseconds as
/// doubles moves sqrt(dt) by 1e-5 near zero. It wraps for stamps that only damaged state can hold.
[[nodiscard]] inline double seconds_between(TimeNs from, TimeNs to) noexcept {
  const auto ns = static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
  return static_cast<double>(static_cast<TimeNs>(ns)) / 1e9;
}

}  // namespace tickeng
