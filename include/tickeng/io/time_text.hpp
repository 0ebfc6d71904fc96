// Time text to int64 nanoseconds since 1970 UTC: decimal numbers in s, ms, us or ns, ISO-8601, and
// milliseconds of a local day.
// An automatic unit is fixed by the first row that gives a time between 1990 and 2100, by its
// magnitude: s < 1e11 <= ms < 1e14 <= us < 1e17 <= ns. Later rows must keep it, because a file that
// changes its unit midway is two files glued together and half of it would be read as nonsense.
// Fractions below one nanosecond are cut off; ISO text without an offset is UTC.
#pragma once

#include <cstdint>

#include "tickeng/io/trade_columns.hpp"

namespace tickeng::io {

enum class TimeUnit : std::uint8_t { kAutomatic, kIso, kSecond, kMilli, kMicro, kNano };

/// A day's clock: ms since local midnight becomes UTC by one offset before `switch_ms`, another
/// from it on (the same one but on the two days a year when clocks change).
struct LocalDay {
  std::int64_t base_ns = 0;
  std::int64_t switch_ms = 0;
  std::int64_t base_after_switch_ns = 0;
  bool used = false;
};

inline constexpr std::int64_t kEarliestNs = 631'152'000'000'000'000;  // 1990-01-01
inline constexpr std::int64_t kLatestNs = 4'102'444'800'000'000'000;  // 2100-01-01

class TimeText {
 public:
  TimeText() = default;
  /// `any_range`: the unit was stated, so every 0 <= ts_ns < 2^63 is believed.
  TimeText(TimeUnit unit, bool any_range, LocalDay day = {}) noexcept
      : unit_(unit), any_range_(any_range), day_(day) {}

  [[nodiscard]] bool parse(const char* begin, const char* end, std::int64_t& ns,
                           Hint& hint) noexcept;
  [[nodiscard]] TimeUnit unit() const noexcept { return unit_; }
  [[nodiscard]] bool settled() const noexcept { return unit_ != TimeUnit::kAutomatic; }

 private:
  [[nodiscard]] bool parse_any(const char* begin, const char* end, std::int64_t& ns,
                               Hint& hint) noexcept;
  [[nodiscard]] bool accept(TimeUnit unit, std::int64_t ns, Hint& hint) noexcept;
  [[nodiscard]] bool local(std::int64_t since_midnight_ns, std::int64_t& ns) const noexcept;

  TimeUnit unit_ = TimeUnit::kAutomatic;
  std::int64_t scale_ns_ = 0;  // of a settled unit of digits, 0 otherwise
  bool any_range_ = false;
  LocalDay day_;
};

/// 2024-01-01T00:00:00.123456789Z, also with a blank for T, +hh:mm, or shortened from the right.
[[nodiscard]] bool parse_iso8601(const char* begin, const char* end, std::int64_t& ns) noexcept;

}  // namespace tickeng::io
