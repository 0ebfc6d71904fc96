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
  static constexpr ParamSpec kParams[] = {DailySpan::kStart, DailySpan::kEnd, kZoneParam,
                                          kDaysParam};
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

  explicit MarketOpen(const Params& p) : Stateless(p), span_(p) {}

  [[nodiscard]] Values<2> on(const TradeStep& t) noexcept {
    if (!found_.holds(t.ts_ns)) found_ = span_.find(t.ts_ns);
    return {found_.open ? 1.0 : 0.0, found_.open ? seconds_between(t.ts_ns, found_.until) : kNaN};
  }

 private:
  DailySpan span_;
  DailySpan::Found found_;
};

}  // namespace tickeng
