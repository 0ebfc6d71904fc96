// N-37: a clock of days: a row where a session begins, ahead of every event at or behind that time
// and behind the bars by time that end there. Without parameters the UTC day.
//
//   t = the first time at which local clocks show `start`
//
// So sample(trade.price, on=day) is the last price of the day before. Local time is that of a zone,
// with its shifts of the clock, or a fixed offset from UTC.
#pragma once

#include "tickeng/kernel/kernel.hpp"
#include "tickeng/kernels/parts/local_days.hpp"

namespace tickeng {

class Session {
 public:
  static constexpr ParamSpec kParams[] = {
      time_of_day_param("start", "local time of day at which a session begins"),
      {.name = "utc_offset",
       .low = -86'400.0,
       .high = 86'400.0,
       .unit = "s",
       .doc = "local time less UTC, the same all year; instead of a zone"},
      kDaysParam,
      kZoneParam};
  static constexpr KernelSpec spec{.id = "N-37",
                                   .name = "session",
                                   .aliases = "sessions",
                                   .summary = "a clock that ticks where a session begins",
                                   .formula = "t = first time of a local day at which it is start",
                                   .source = "S1, S3 sessions",
                                   .params = kParams,
                                   .outputs = std::span(kBarOutputs).first(0),
                                   .memory = Memory::kSerial,
                                   .state_version = 2,
                                   .oldest_state = 1};

  explicit Session(const Params& p)
      : days_(p.zone(), whole_ns(p.real("utc_offset")), p.choice<Days>("days")),
        start_ns_(whole_ns(p.real("start"))) {}

  static void check(const Params& p) {
    if (p.zone() && p.real("utc_offset") != 0.0) {
      throw ConfigError("session has the local time of a zone or an offset from UTC, not both");
    }
  }
  void feed(const TradeStep&) noexcept {}
  [[nodiscard]] TimeNs due() const noexcept { return next_ns_; }
  [[nodiscard]] Built next(TimeNs now, BarStep& row) noexcept {
    if (next_ns_ == kNoTime) next_ns_ = days_.next(now, start_ns_);
    if (next_ns_ > now) return Built::kNothing;
    row = {.ts_ns = now};
    if (static_cast<std::uint64_t>((now - next_ns_) / LocalDays::kDayNs) >= kMostBars)
      return Built::kRestart;
    row.ts_ns = next_ns_;
    next_ns_ = days_.next(next_ns_ + 1, start_ns_);
    return Built::kBar;
  }
  /// Longer than any bar's, which come first.
  [[nodiscard]] static TimeNs period_ns(const Params&) { return LocalDays::kDayNs + 1; }
  [[nodiscard]] static std::uint64_t warmup(const Params&, std::size_t, WarmupInputs) { return 0; }
  void reset() noexcept { next_ns_ = kNoTime; }
  template <class Visitor>
  void state(Visitor& v) {
    v.number("next_ns", next_ns_);
  }

 private:
  LocalDays days_;
  TimeNs start_ns_;
  TimeNs next_ns_ = kNoTime;
};

}  // namespace tickeng
