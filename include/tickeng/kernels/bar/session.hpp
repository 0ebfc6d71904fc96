// N-37: a clock of days: a row where a session begins, ahead of every event at or behind that time
// and behind the bars by time that end there. Without parameters the UTC day.
//
//   t = k 24 h + start - utc_offset
//
// So sample(trade.price, on=day) is the last price of the day before. The offset from UTC is fixed:
// where clocks are put forward and back it holds for one half of the year.
#pragma once

#include "tickeng/kernel/kernel.hpp"
#include "tickeng/kernels/bar/period.hpp"

namespace tickeng {

class Session {
 public:
  enum class Days : int { kAll = 0, kWeekdays = 1 };

  static constexpr ParamSpec kParams[] = {
      {.name = "start",
       .low = 0.0,
       .high = 86'400.0,
       .unit = "s",
       .doc = "local time of day at which a session begins"},
      {.name = "utc_offset",
       .low = -86'400.0,
       .high = 86'400.0,
       .unit = "s",
       .doc = "local time less UTC, the same all year"},
      {.name = "days",
       .kind = ParamKind::kChoice,
       .low = 0,
       .high = 1,
       .choices = "all|weekdays",
       .doc = "local days on which one begins; weekdays: Monday to Friday"}};
  static constexpr KernelSpec spec{.id = "N-37",
                                   .name = "session",
                                   .aliases = "sessions",
                                   .summary = "a clock that ticks where a session begins",
                                   .formula = "t = k 24 h + start - utc_offset",
                                   .source = "S1, S3 sessions",
                                   .params = kParams,
                                   .outputs = std::span(kBarOutputs).first(0),
                                   .memory = Memory::kSerial};

  explicit Session(const Params& p)
      : offset_ns_(whole_ns(p.real("utc_offset"))), start_ns_(whole_ns(p.real("start"))),
        weekdays_(p.choice<Days>("days") == Days::kWeekdays) {}

  void feed(const TradeStep&) noexcept {}
  [[nodiscard]] TimeNs due() const noexcept { return next_ns_; }
  [[nodiscard]] Built next(TimeNs now, BarStep& row) noexcept {
    if (next_ns_ == kNoTime) next_ns_ = first_from(now);
    if (next_ns_ > now) return Built::kNothing;
    row = {.ts_ns = now};
    if (static_cast<std::uint64_t>((now - next_ns_) / kDayNs) >= kMostBars) return Built::kRestart;
    row.ts_ns = next_ns_;
    next_ns_ = on_a_session(next_ns_ + kDayNs);
    return Built::kBar;
  }
  /// Longer than any bar's, which come first.
  [[nodiscard]] static TimeNs period_ns(const Params&) { return kDayNs + 1; }
  [[nodiscard]] static std::uint64_t warmup(const Params&, std::size_t, WarmupInputs) { return 0; }
  void reset() noexcept { next_ns_ = kNoTime; }
  template <class Visitor>
  void state(Visitor& v) {
    v.number("next_ns", next_ns_);
  }

 private:
  static constexpr TimeNs kDayNs = 86'400'000'000'000;

  /// The first beginning at or behind a time.
  [[nodiscard]] TimeNs first_from(TimeNs ts_ns) const noexcept {
    const TimeNs shift_ns = offset_ns_ - start_ns_;
    return on_a_session(floor_to(ts_ns - 1 + shift_ns, kDayNs) + kDayNs - shift_ns);
  }
  /// The same time of the first day that has a session.
  [[nodiscard]] TimeNs on_a_session(TimeNs ts_ns) const noexcept {
    if (!weekdays_) return ts_ns;
    const TimeNs monday_ns = 4 * kDayNs;  // of the first week after 1970 began
    const TimeNs local_ns = ts_ns + offset_ns_ - monday_ns;
    const TimeNs day = (local_ns - floor_to(local_ns, 7 * kDayNs)) / kDayNs;
    return day < 5 ? ts_ns : ts_ns + (7 - day) * kDayNs;
  }

  TimeNs offset_ns_, start_ns_;
  bool weekdays_;
  TimeNs next_ns_ = kNoTime;
};

}  // namespace tickeng
