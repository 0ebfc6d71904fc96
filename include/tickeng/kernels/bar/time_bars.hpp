// E-01: bars of equal time, [start, end) at absolute multiples of the period, in UTC or in the
// local time of a zone, where clocks that are shifted make one longer or shorter.
//
// A bar is complete with the first event at or after its end, ahead of that event. Only trades fill
// it. The one in which the trades begin is left out, unless its first trade stands at its start or
// first_bar is keep; bars without a trade carry the close. A trade that comes after its bar is
// complete falls into the open one. Where more than 10,000 bars would be empty at once, the builder
// and all that moves on its bars begin anew.
#pragma once

#include <memory>

#include "tickeng/base/zone.hpp"
#include "tickeng/kernel/kernel.hpp"
#include "tickeng/kernels/bar/open_bar.hpp"
#include "tickeng/kernels/bar/period.hpp"

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
      kZoneParam};
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
      : period_ns_(period_ns(p)), keeps_first_(p.size("first_bar") == 1), zone_(p.zone()) {}

  void feed(const TradeStep& t) noexcept {
    if (!bar_.begun()) {
      end_ns_ = end_behind(t.ts_ns);
      drops_ = !keeps_first_ && end_behind(t.ts_ns - 1) != t.ts_ns;
    }
    bar_.add(t.price, t.qty, t.side);
  }
  [[nodiscard]] TimeNs due() const noexcept { return end_ns_; }
  [[nodiscard]] Built next(TimeNs now, BarStep& bar) noexcept {
    while (end_ns_ <= now) {
      const bool is_empty = bar_.trades() == 0.0;
      if (is_empty && static_cast<std::uint64_t>((now - end_ns_) / period_ns_) >= kMostBars) {
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
  /// The first time behind ts_ns at which a bar ends.
  [[nodiscard]] TimeNs end_behind(TimeNs ts_ns) const noexcept {
    return zone_ ? zone_->next_span(ts_ns, period_ns_) : floor_to(ts_ns, period_ns_) + period_ns_;
  }

  TimeNs period_ns_;
  bool keeps_first_;
  std::shared_ptr<const Zone> zone_;  // null for UTC
  OpenBar bar_;
  TimeNs end_ns_ = kNever;
  bool drops_ = false;
};

}  // namespace tickeng
