// A feed whose rows are the market of one symbol for a while, quotes or books: how long the last
// one is. Spec: conventions 9.
#pragma once

#include <algorithm>
#include <cstdint>

#include "tickeng/engine/event_feed.hpp"

namespace tickeng {

struct MarketRule {
  bool clamps = false;      ///< late rows are taken, at the time of the one before
  TimeNs max_age_ns = 0;    ///< a row is no market any more when it is older; 0: always one
  TimeNs hold_good_ns = 0;  ///< nor so long after the first that is locked or crossed

  /// Up to when a row that is one stays the market, if nothing comes.
  [[nodiscard]] TimeNs until(TimeNs ts_ns) const noexcept {
    return max_age_ns > 0 ? later(ts_ns, max_age_ns) : kNever;
  }
  [[nodiscard]] static TimeNs later(TimeNs ts_ns, TimeNs by_ns) noexcept {
    return ts_ns > kNever - by_ns ? kNever : ts_ns + by_ns;
  }
};

class MarketFeed : public EventFeed {
 public:
  /// What became of a row. `market`: it is a tick; a locked or crossed one is processed and is
  /// none.
  struct Admitted {
    Status status;
    bool market;
  };
  /// Up to when the last row is the market.
  [[nodiscard]] TimeNs until_ns() const noexcept { return until_ns_; }
  /// Of the processed ones: those that were locked or crossed.
  [[nodiscard]] std::uint64_t crossed() const noexcept { return crossed_; }
  /// Takes n rows that are markets and follow each other, the last one at this time.
  void take(std::uint64_t n, TimeNs last_ns, const MarketRule& rule) noexcept {
    EventFeed::take(n, last_ns);
    until_ns_ = rule.until(last_ns);
  }
  void restart() noexcept {
    EventFeed::restart();
    until_ns_ = kNever;
  }

  template <class Visitor>
  void state(Visitor& v) {
    EventFeed::state(v);
    v.number("crossed", crossed_);
    v.number("until_ns", until_ns_);
  }

 protected:
  /// The same for a row with these best prices.
  [[nodiscard]] Admitted admit(TimeNs& ts_ns, double bid, double ask, const MarketRule& rule,
                               TimeRule& time) noexcept {
    const Status status = EventFeed::admit(ts_ns, rule.clamps, time);
    if (status != Status::kOk) return {status, false};
    return {Status::kOk, note(ts_ns, bid, ask, rule)};
  }
  /// Whether an accepted row with these best prices is a market.
  [[nodiscard]] bool note(TimeNs ts_ns, double bid, double ask, const MarketRule& rule) noexcept {
    const bool market = !(bid >= ask);  // NaN is one: a side is empty
    if (market) {
      until_ns_ = rule.until(ts_ns);
    } else {
      ++crossed_;
      until_ns_ = std::min(until_ns_, MarketRule::later(ts_ns, rule.hold_good_ns));
    }
    return market;
  }
  /// From this time on there is none.
  void end(TimeNs ts_ns) noexcept { until_ns_ = std::min(until_ns_, ts_ns - 1); }
  [[nodiscard]] Admitted refuse(RejectReason why) noexcept { return {reject(why), false}; }
  /// Whether nothing is there: no price, or 0 of it at 0.
  [[nodiscard]] static bool is_empty(double price, double qty) noexcept {
    return price != price || (price == 0.0 && qty == 0.0);
  }

 private:
  std::uint64_t crossed_ = 0;
  TimeNs until_ns_ = kNever;
};

}  // namespace tickeng
