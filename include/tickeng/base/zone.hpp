// Local time of a zone: its offsets from UTC, and since when each holds. Where they come from is
// not known here.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "tickeng/base/time.hpp"

namespace tickeng {

class Zone {
 public:
  /// The same offset at all times.
  explicit Zone(TimeNs offset_ns) : from_{kNoTime}, offset_{offset_ns} {}
  /// Offsets, and the times from which on they hold, in order. The first one also held before.
  Zone(std::vector<TimeNs> from, std::vector<TimeNs> offset)
      : from_(std::move(from)), offset_(std::move(offset)) {}

  /// Local time less UTC.
  [[nodiscard]] TimeNs offset_ns(TimeNs ts_ns) const noexcept { return offset_[index(ts_ns)]; }
  /// The first time at which local clocks show this or more: where it comes twice the first one,
  /// where it is left out the one at which clocks were put forward.
  [[nodiscard]] TimeNs first_at(TimeNs local_ns) const noexcept {
    constexpr TimeNs kFarthest = 2 * 86'400'000'000'000;  // no offset is as large
    for (std::size_t i = index(local_ns - kFarthest);; ++i) {
      const TimeNs since = i == 0 ? kNoTime : from_[i];
      const TimeNs ts_ns = std::max(since, local_ns - offset_[i]);
      if (i + 1 == from_.size() || ts_ns < from_[i + 1]) return ts_ns;
    }
  }

  /// The first time behind ts_ns at which a span of local time begins, all as long as the period:
  /// clocks show a multiple of it, or were put forward over one.
  [[nodiscard]] TimeNs next_span(TimeNs ts_ns, TimeNs period_ns) const noexcept {
    const std::size_t first = index(ts_ns);
    for (std::size_t i = first;; ++i) {
      TimeNs from = ts_ns + 1;
      if (i > first) {
        from = from_[i];
        const TimeNs shown = from + offset_[i], span = floor_to(shown, period_ns);
        if (span == shown || span > floor_to(from - 1 + offset_[i - 1], period_ns)) return from;
      }
      const TimeNs next = floor_to(from - 1 + offset_[i], period_ns) + period_ns - offset_[i];
      if (i + 1 == from_.size() || next < from_[i + 1]) return next;
    }
  }

 private:
  [[nodiscard]] std::size_t index(TimeNs ts_ns) const noexcept {
    const auto behind = std::upper_bound(from_.begin() + 1, from_.end(), ts_ns);
    return static_cast<std::size_t>(behind - from_.begin()) - 1;
  }

  std::vector<TimeNs> from_, offset_;
};

}  // namespace tickeng
