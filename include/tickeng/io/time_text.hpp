// Time text to int64 nanoseconds since 1970 UTC: decimal numbers in s, ms, us or ns, ISO-8601, a
// pattern, and times of a local day.
// An automatic unit is fixed by the first row that gives a time between 1990 and 2100, by its
// magnitude: s < 1e11 <= ms < 1e14 <= us < 1e17 <= ns. Later rows must keep it, because a file that
// changes its unit midway is two files glued together: Hint::kOtherUnit says so.
// Numbers are read exactly, exponents too; what is below one nanosecond is cut off. Calendar text
// without an offset is local time of the zone, UTC if there is none; where either all texts or none
// were seen to carry an offset, one that does otherwise is refused with Hint::kOtherOffset.
#pragma once

#include <cstdint>
#include <utility>

#include "tickeng/io/event_columns.hpp"
#include "tickeng/io/local_zone.hpp"
#include "tickeng/io/time_pattern.hpp"

namespace tickeng::io {

enum class TimeUnit : std::uint8_t { kAutomatic, kIso, kSecond, kMilli, kMicro, kNano, kPattern };

/// Which calendar texts are read: all, or only those with or without an offset from UTC.
enum class OffsetRule : std::uint8_t { kEither, kWithout, kWith };

/// A day's clock: time since midnight becomes UTC (local time, where there is a zone) by one base
/// before `switch_ms`, another from it on.
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
  TimeText(TimeUnit unit, bool any_range, LocalDay day = {}, LocalZone zone = {},
           TimePattern pattern = {}, OffsetRule offsets = OffsetRule::kEither)
      : unit_(unit), any_range_(any_range), offsets_(offsets), day_(day), zone_(std::move(zone)),
        pattern_(std::move(pattern)) {}

  [[nodiscard]] bool parse(const char* begin, const char* end, std::int64_t& ns,
                           Hint& hint) noexcept;
  [[nodiscard]] TimeUnit unit() const noexcept { return unit_; }
  /// True while what a row means may depend on the rows before it.
  [[nodiscard]] bool depends_on_rows() const noexcept {
    return unit_ == TimeUnit::kAutomatic || zone_.used();
  }

 private:
  [[nodiscard]] bool settled() const noexcept { return unit_ != TimeUnit::kAutomatic; }
  [[nodiscard]] bool parse_any(const char* begin, const char* end, std::int64_t& ns,
                               Hint& hint) noexcept;
  [[nodiscard]] bool parse_pattern(const char* begin, const char* end, std::int64_t& ns,
                                   Hint& hint) noexcept;
  [[nodiscard]] bool parse_number(const char* begin, const char* end, std::int64_t& ns,
                                  Hint& hint) noexcept;
  [[nodiscard]] bool to_utc(const Stamp& stamp, std::int64_t& ns, Hint& hint) noexcept;
  [[nodiscard]] bool accept(TimeUnit unit, std::int64_t ns, Hint& hint) noexcept;
  [[nodiscard]] bool since_midnight(std::int64_t since_ns, std::int64_t& ns, Hint& hint) noexcept;

  TimeUnit unit_ = TimeUnit::kAutomatic;
  std::int64_t scale_ns_ = 0;  // of a settled unit of digits, 0 otherwise
  bool any_range_ = false;
  OffsetRule offsets_ = OffsetRule::kEither;
  LocalDay day_;
  LocalZone zone_;
  TimePattern pattern_;
};

}  // namespace tickeng::io
