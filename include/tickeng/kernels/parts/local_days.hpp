// Days of a zone's local time: when the clocks there first show a time of day, and one span a day.
#pragma once

#include <memory>

#include "tickeng/base/zone.hpp"
#include "tickeng/kernel/kernel.hpp"
#include "tickeng/kernels/bar/period.hpp"

namespace tickeng {

enum class Days : int { kAll = 0, kWeekdays = 1 };

inline constexpr ParamSpec kDaysParam{
    .name = "days",
    .kind = ParamKind::kChoice,
    .low = 0,
    .high = 1,
    .choices = "all|weekdays",
    .doc = "local days on which one begins; weekdays: Monday to Friday"};

[[nodiscard]] constexpr ParamSpec time_of_day_param(std::string_view name, std::string_view doc) {
  return {.name = name, .low = 0.0, .high = 86'400.0, .unit = "s", .doc = doc};
}

class LocalDays {
 public:
  static constexpr TimeNs kDayNs = 86'400'000'000'000;

  /// `zone`: null for a fixed offset from UTC.
  LocalDays(std::shared_ptr<const Zone> zone, TimeNs offset_ns, Days days)
      : zone_(zone ? std::move(zone) : std::make_shared<const Zone>(offset_ns)), days_(days) {}

  /// The newest local day, counted from 1970, on which this time of day had come by ts_ns.
  [[nodiscard]] std::int64_t day(TimeNs ts_ns, TimeNs of_day_ns) const noexcept {
    std::int64_t day = floor_to(ts_ns + zone_->offset_ns(ts_ns) - of_day_ns, kDayNs) / kDayNs + 1;
    while (at(day, of_day_ns) > ts_ns) --day;
    return day;
  }
  /// When clocks first show this time of that day.
  [[nodiscard]] TimeNs at(std::int64_t day, TimeNs of_day_ns) const noexcept {
    return zone_->first_at(day * kDayNs + of_day_ns);
  }
  /// Whether it is one of those on which this time of day matters.
  [[nodiscard]] bool counts(std::int64_t day, TimeNs of_day_ns) const noexcept {
    const std::int64_t date = day + of_day_ns / kDayNs;     // 24 h are of the next one
    const std::int64_t weekday = ((date + 3) % 7 + 7) % 7;  // 0: Monday; 1970 began on a Thursday
    return days_ == Days::kAll || weekday < 5;
  }
  /// The first time at or behind ts_ns at which a day that counts begins.
  [[nodiscard]] TimeNs next(TimeNs ts_ns, TimeNs of_day_ns) const noexcept {
    for (std::int64_t day = this->day(ts_ns - 1, of_day_ns) + 1;; ++day) {
      const TimeNs begin_ns = at(day, of_day_ns);
      // A day that clocks leave out begins where the next one does, and counts as that.
      if (counts(this->day(begin_ns, of_day_ns), of_day_ns)) return begin_ns;
    }
  }

 private:
  std::shared_ptr<const Zone> zone_;
  Days days_;
};

/// One span a day, [start, end), over midnight where the end is not behind the start.
class DailySpan {
 public:
  static constexpr ParamSpec kStart =
      time_of_day_param("start", "local time of day at which it opens");
  static constexpr ParamSpec kEnd =
      time_of_day_param("end", "local time of day at which it closes");

  explicit DailySpan(const Params& p)
      : days_(p.zone(), 0, p.choice<Days>("days")), start_ns_(whole_ns(p.real("start"))),
        end_ns_(whole_ns(p.real("end"))) {
    if (end_ns_ <= start_ns_) end_ns_ += LocalDays::kDayNs;
  }

  /// What is true of a time holds for [from, until).
  struct Found {
    TimeNs from = kNever, until = kNoTime;
    bool open = false;
    [[nodiscard]] bool holds(TimeNs ts_ns) const noexcept { return from <= ts_ns && ts_ns < until; }
  };
  /// The span of that time, or where there is none the time until the next one.
  [[nodiscard]] Found find(TimeNs ts_ns) const noexcept {
    const std::int64_t day = days_.day(ts_ns, start_ns_);
    const TimeNs end_ns = days_.at(day, end_ns_);
    if (days_.counts(day, start_ns_) && ts_ns < end_ns) {
      return {.from = days_.at(day, start_ns_), .until = end_ns, .open = true};
    }
    return {.from = ts_ns, .until = days_.next(ts_ns, start_ns_)};
  }

 private:
  LocalDays days_;
  TimeNs start_ns_, end_ns_;
};

}  // namespace tickeng
