// E-01: bars of equal time, [start, end) at absolute multiples of the period, in UTC or in the
// local time of a zone, where clocks that are shifted make one longer or shorter. With a daily
// span, start to end, there are bars while it is open: trades outside fill none, and where a bar
// would reach over the start or the end it begins or ends there.
//
// A bar is complete with the first event at or after its end, ahead of that event. Only trades fill
// it. The one in which the trades begin is left out, unless its first trade stands at its start or
// first_bar is keep; bars without a trade carry the close. A trade that comes after its bar is
// complete falls into the open one. Where more than 10,000 bars would be empty at once, the builder
// and all that moves on its bars begin anew.
#pragma once

#include <algorithm>
#include <memory>

#include "tickeng/base/zone.hpp"
#include "tickeng/kernel/kernel.hpp"
#include "tickeng/kernels/bar/open_bar.hpp"
#include "tickeng/kernels/bar/period.hpp"
#include "tickeng/kernels/parts/local_days.hpp"

namespace tickeng {

class TimeBars {
 public:
  static constexpr ParamSpec kParams[] = {
      period_param(60.0, "length of a bar"),
      {.name = "first_bar",
       .kind = ParamKind::kChoice,
       .low = 0,
       .high = 1,
       .choices = "drop|keep",
       .doc = "the bar in which the trades begin, when it is not whole"},
      kZoneParam,
      DailySpan::kStart,
      DailySpan::kEnd,
      kDaysParam};
  static constexpr KernelSpec spec{
      .id = "E-01",
      .name = "time_bars",
      .aliases = "candles",
      .summary = "bars of equal time",
      .formula = "open, high, low, close, sums over trades in [start, end)",
      .source = "S2 3; S4 2",
      .params = kParams,
      .outputs = std::span(kBarOutputs).first(8),
      .memory = Memory::kSerial,
      .state_version = 2,
      .oldest_state = 1};

  explicit TimeBars(const Params& p)
      : period_ns_(period_ns(p)), keeps_first_(p.size("first_bar") == 1), closes_(closes(p)),
        zone_(p.zone()), span_(p) {}

  void feed(const TradeStep& t) noexcept {
    if (closes_ && !found_.holds(t.ts_ns)) found_ = span_.find(t.ts_ns);
    if (closes_ && !found_.open) return;
    if (!bar_.begun()) {
      end_ns_ = end_behind(t.ts_ns);
      const bool opens = closes_ && found_.from == t.ts_ns;
      drops_ = !keeps_first_ && !opens && end_behind(t.ts_ns - 1) != t.ts_ns;
    }
    bar_.add(t.price, t.qty, t.side);
  }
  [[nodiscard]] TimeNs due() const noexcept { return end_ns_; }
  [[nodiscard]] Built next(TimeNs now, BarStep& bar) noexcept {
    while (end_ns_ <= now) {
      const bool is_empty = bar_.trades() == 0.0;
      if (is_empty && bars_until(now) > kMostBars) {
        bar.ts_ns = now;
        return Built::kRestart;
      }
      bar = bar_.take(end_ns_);
      end_ns_ = end_behind(end_ns_);
      const bool drops = drops_;
      drops_ = false;
      if (!drops) return Built::kBar;
    }
    return Built::kNothing;
  }
  [[nodiscard]] static TimeNs period_ns(const Params& p) { return whole_ns(p.real("period")); }
  [[nodiscard]] static std::uint64_t warmup(const Params&, std::size_t, WarmupInputs) { return 0; }
  void reset() noexcept {
    bar_ = {};
    end_ns_ = kNever;
    drops_ = false;
  }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(bar_);
    v.number("end_ns", end_ns_);
    v.number("drops", drops_);
  }

 private:
  static bool closes(const Params& p) {
    return p.real("start") != p.real("end") || p.choice<Days>("days") != Days::kAll;
  }
  /// The first time behind ts_ns at which a bar ends.
  [[nodiscard]] TimeNs end_behind(TimeNs ts_ns) const noexcept {
    const auto end = [this](TimeNs begin_ns) {
      return zone_ ? zone_->next_span(begin_ns, period_ns_)
                   : floor_to(begin_ns, period_ns_) + period_ns_;
    };
    if (!closes_) return end(ts_ns);
    DailySpan::Found found = span_.find(ts_ns);
    while (!found.open) {  // one that shifted clocks leave out opens and closes at one time
      ts_ns = std::max(found.until, ts_ns + 1);
      found = span_.find(ts_ns);
    }
    return std::min(end(ts_ns), found.until);
  }
  /// How many bars end from the one that is being filled up to now; about, if a span is open.
  [[nodiscard]] std::uint64_t bars_until(TimeNs now) const noexcept {
    const auto bars = [this](TimeNs from, TimeNs to) {
      return static_cast<std::uint64_t>((to - from) / period_ns_) + 1;
    };
    if (!closes_ || bars(end_ns_, now) <= kMostBars) return bars(end_ns_, now);
    std::uint64_t count = 0;
    for (TimeNs at = end_ns_; at <= now && count <= kMostBars;) {
      const TimeNs close_ns = span_.find(at - 1).until;
      count += bars(at, std::min(close_ns, now));
      at = end_behind(close_ns);
    }
    return count;
  }

  TimeNs period_ns_;
  bool keeps_first_, closes_;
  std::shared_ptr<const Zone> zone_;  // null for UTC
  DailySpan span_;
  DailySpan::Found found_;  // of the newest trade
  OpenBar bar_;
  TimeNs end_ns_ = kNever;
  bool drops_ = false;
};

}  // namespace tickeng
