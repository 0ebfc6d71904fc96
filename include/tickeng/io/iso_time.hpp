// Calendar text to nanoseconds: ISO-8601 in its extended and basic form, and the pieces that other
// patterns of time are read with. Proleptic Gregorian calendar; dates must exist.
// Fractions below one nanosecond are cut off; second 60 is the next minute's first second, because
// a leap second has no number of its own in Unix time.
// Trap: `Stamp::ns` is below 0 for years that int64 nanoseconds since 1970 do not hold.
#pragma once

#include <cstdint>

#include "tickeng/io/decimal.hpp"

namespace tickeng::io {

inline constexpr std::int64_t kSecondNs = 1'000'000'000;
inline constexpr std::int64_t kDayNs = 86'400 * kSecondNs;

struct Stamp {
  std::int64_t ns = 0;
  bool has_offset = false;  // the text says its distance to UTC
};

/// `width` digits at p, between low and high.
[[nodiscard]] inline bool read_field(const char*& p, const char* end, int width, int low, int high,
                                     int& out) noexcept {
  if (end - p < width) return false;
  out = 0;
  for (int i = 0; i < width; ++i, ++p) {
    if (!is_digit(*p)) return false;
    out = out * 10 + (*p - '0');
  }
  return out >= low && out <= high;
}

/// One digit or more, as the fraction of a second.
[[nodiscard]] inline bool read_fraction(const char*& p, const char* end,
                                        std::int64_t& ns) noexcept {
  const char* const first = p;
  std::int64_t digit_ns = kSecondNs / 10;
  for (ns = 0; p != end && is_digit(*p); ++p, digit_ns /= 10) ns += digit_ns * (*p - '0');
  return p != first;
}
/// Z, UTC, GMT, +hh, +hhmm or +hh:mm.
[[nodiscard]] bool read_offset(const char*& p, const char* end, std::int64_t& ns) noexcept;
/// Nanoseconds of midnight, -1 outside of 1970..2261; false for a date that does not exist.
[[nodiscard]] bool date_ns(int year, int month, int day, std::int64_t& ns) noexcept;

/// True for text that can only be a date of the year-month-day order.
[[nodiscard]] bool looks_iso(const char* begin, const char* end) noexcept;
/// 2024-01-01T00:00:00.123456789Z, also with D or a blank for T, points or slashes in the date,
/// another offset, shortened from the right, or without separators: 20240101T000000.5Z.
[[nodiscard]] bool parse_iso8601(const char* begin, const char* end, Stamp& out) noexcept;

}  // namespace tickeng::io
