// A feed whose rows are the market of one symbol for a while, quotes or books: which rows are
// taken, what became of them, and how long the last one is the market. Spec: A-20, conventions 9.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "tickeng/engine/clock.hpp"
#include "tickeng/engine/counters.hpp"
#include "tickeng/event/events.hpp"

namespace tickeng {

/// Which feeds a symbol has had, in saved states.
inline constexpr std::uint8_t kHasQuotes = 1, kHasBooks = 2;

struct MarketRule {
  bool clamps = false;      ///< late rows are taken, at the time of the one before
  TimeNs max_age_ns = 0;    ///< a row is no market any more when it is older; 0: always one
  TimeNs hold_good_ns = 0;  ///< nor so long after the first that is locked or crossed
};

class MarketFeed {
 public:
  /// What became of a row. `market`: it is a tick; a locked or crossed one is processed and is
  /// none.
  struct Admitted {
    Status status;
    bool market;
  };
  /// Up to when the last row is the market.
  [[nodiscard]] TimeNs until_ns() const noexcept { return until_ns_; }
  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }
  /// Of the processed ones: those that were locked or crossed.
  [[nodiscard]] std::uint64_t crossed() const noexcept { return crossed_; }
  [[nodiscard]] TimeNs last_ns() const noexcept { return clock_.last_ns(); }
  /// Why the last rejected one was.
  [[nodiscard]] Reject last_reject() const noexcept { return last_reject_; }
  void expect_gap() noexcept { clock_.expect_gap(counters_.processed); }
  /// Anew, but for the counters.
  void restart() noexcept {
    clock_ = {};
    until_ns_ = kNever;
  }

  template <class Visitor>
  void state(Visitor& v) {
    v.part(counters_);
    clock_.state(v, counters_.processed);
    v.number("crossed", crossed_);
    v.number("until_ns", until_ns_);
  }

 protected:
  /// Counts a row of sound values and these best prices, and takes it if it may be; `ts_ns` becomes
  /// the time it is taken at.
  [[nodiscard]] Admitted admit(TimeNs& ts_ns, double bid, double ask, const MarketRule& rule,
                               TimeRule& time) noexcept {
    if (!time.covers(ts_ns)) return reject(Reject::kTimestamp);
    const StreamClock::Order order = clock_.judge(ts_ns, counters_.processed, time);
    if (order == StreamClock::Order::kJump) return reject(Reject::kJump);
    ++counters_.in;
    if (order == StreamClock::Order::kLate) {
      if (!rule.clamps) {
        ++counters_.late;
        return {Status::kLate, false};
      }
      ts_ns = clock_.last_ns();
    }
    ++counters_.processed;
    clock_.accept(ts_ns);
    const bool market = !(bid >= ask);  // NaN is one: a side is empty
    if (market) {
      until_ns_ = rule.max_age_ns > 0 ? later(ts_ns, rule.max_age_ns) : kNever;
    } else {
      ++crossed_;
      until_ns_ = std::min(until_ns_, later(ts_ns, rule.hold_good_ns));
    }
    return {Status::kOk, market};
  }
  [[nodiscard]] Admitted reject(Reject why) noexcept {
    counters_.reject(why);
    last_reject_ = why;
    return {Status::kRejected, false};
  }
  [[nodiscard]] static bool is_price(double x) noexcept { return x > 0.0 && x <= 1e300; }
  [[nodiscard]] static bool is_qty(double x) noexcept { return x >= 0.0 && x <= 1e300; }
  /// Whether nothing is there: no price, or 0 of it at 0.
  [[nodiscard]] static bool is_empty(double price, double qty) noexcept {
    return price != price || (price == 0.0 && qty == 0.0);
  }

 private:
  [[nodiscard]] static TimeNs later(TimeNs ts_ns, TimeNs by_ns) noexcept {
    return ts_ns > kNever - by_ns ? kNever : ts_ns + by_ns;
  }

  StreamClock clock_;
  Counters counters_;
  std::uint64_t crossed_ = 0;
  TimeNs until_ns_ = kNever;
  Reject last_reject_ = Reject::kPrice;
};

}  // namespace tickeng
