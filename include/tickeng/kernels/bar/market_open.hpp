// N-37: whether the market is open at a trade, and how long still: one span a day in a zone's local
// time, [start, end), over midnight where the end is not behind the start.
//
// A time of day that local clocks show twice is its first one; one that they leave out is when they
// are put forward. So spans are an hour shorter or longer on days with a shift inside.
#pragma once

#include "tickeng/kernel/stateless.hpp"
#include "tickeng/kernels/parts/local_days.hpp"

namespace tickeng {

class MarketOpen : public Stateless {
 public:
  static constexpr ParamSpec kParams[] = {
      time_of_day_param("start", "local time of day at which it opens"),
      time_of_day_param("end", "local time of day at which it closes"), kZoneParam, kDaysParam};
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "market_open", .range = "{0, 1}", .type = OutputType::kFlag},
      {.name = "time_to_close_s", .unit = "s", .range = ">0"}};
  static constexpr KernelSpec spec{.id = "N-37",
                                   .name = "market_open",
                                   .aliases = "in_session",
                                   .summary = "whether a daily session is open, and for how long",
                                   .formula = "start <= local time of day < end",
                                   .source = "S3 6.1; S1 time_to_close",
                                   .params = kParams,
                                   .outputs = kOutputSpecs};

  explicit MarketOpen(const Params& p)
      : Stateless(p), days_(p.zone(), 0, p.choice<Days>("days")),
        start_ns_(whole_ns(p.real("start"))), end_ns_(whole_ns(p.real("end"))) {
    if (end_ns_ <= start_ns_) end_ns_ += LocalDays::kDayNs;
  }

  [[nodiscard]] Values<2> on(const TradeStep& t) noexcept {
    if (t.ts_ns < from_ns_ || t.ts_ns >= until_ns_) look(t.ts_ns);
    return {open_ ? 1.0 : 0.0, open_ ? seconds_between(t.ts_ns, until_ns_) : kNaN};
  }

 private:
  /// Finds the span of that time, or the time between two.
  void look(TimeNs ts_ns) noexcept {
    const std::int64_t day = days_.day(ts_ns, start_ns_);
    const TimeNs begin_ns = days_.at(day, start_ns_), end_ns = days_.at(day, end_ns_);
    open_ = days_.counts(day, start_ns_) && ts_ns < end_ns;
    from_ns_ = open_ ? begin_ns : ts_ns;
    until_ns_ = open_ ? end_ns : days_.next(ts_ns, start_ns_);
  }

  LocalDays days_;
  TimeNs start_ns_, end_ns_;
  TimeNs from_ns_ = kNever, until_ns_ = kNoTime;  // what it says holds from here to there
  bool open_ = false;
};

}  // namespace tickeng
