// The quotes of one symbol on their way in: which are taken, and how long the last one is the
// market. Spec, conventions 9.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "tickeng/engine/clock.hpp"
#include "tickeng/engine/counters.hpp"
#include "tickeng/kernel/quote_block.hpp"
#include "tickeng/kernel/state.hpp"

namespace tickeng {

class QuoteFeed {
 public:
  struct Rule {
    bool clamps = false;      ///< late quotes are taken, at the time of the one before
    TimeNs max_age_ns = 0;    ///< a quote is no market any more when it is older; 0: always one
    TimeNs hold_good_ns = 0;  ///< nor so long after the first that is locked or crossed
  };

  /// Counts a quote, and takes it if it may be. An empty side comes out with price NaN and quantity
  /// 0. `market`: it is a tick; a locked or crossed one is processed and is none.
  struct Admitted {
    Status status;
    bool market;
  };
  [[nodiscard]] Admitted admit(Quote& quote, const Rule& rule, TimeRule& time) noexcept {
    mark_empty(quote.bid, quote.bid_qty);
    mark_empty(quote.ask, quote.ask_qty);
    if (!is_price(quote.bid) || !is_price(quote.ask)) return reject(Reject::kPrice);
    if (!is_qty(quote.bid_qty) || !is_qty(quote.ask_qty)) return reject(Reject::kQty);
    if (!time.covers(quote.ts_ns)) return reject(Reject::kTimestamp);
    const StreamClock::Order order = clock_.judge(quote.ts_ns, counters_.processed, time);
    if (order == StreamClock::Order::kJump) return reject(Reject::kJump);
    ++counters_.in;
    if (order == StreamClock::Order::kLate) {
      if (!rule.clamps) {
        ++counters_.late;
        return {Status::kLate, false};
      }
      quote.ts_ns = clock_.last_ns();
    }
    ++counters_.processed;
    clock_.accept(quote.ts_ns);
    const bool market = !(quote.bid >= quote.ask);  // NaN is one: a side is empty
    if (market) {
      until_ns_ = rule.max_age_ns > 0 ? later(quote.ts_ns, rule.max_age_ns) : kNever;
    } else {
      ++crossed_;
      until_ns_ = std::min(until_ns_, later(quote.ts_ns, rule.hold_good_ns));
    }
    return {Status::kOk, market};
  }
  [[nodiscard]] QuoteStep step(const Quote& quote) noexcept {
    return series_.step(quote, quote.ts_ns);
  }
  void gather(QuoteBlock& block, const TimeNs* ts_ns, std::size_t n) noexcept {
    series_.gather(block, ts_ns, n);
  }
  [[nodiscard]] std::uint64_t count() const noexcept { return series_.count(); }
  /// Up to when the last quote is the market.
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
    series_ = {};
    clock_ = {};
    until_ns_ = kNever;
  }

  template <class Visitor>
  void state(Visitor& v) {
    v.part(series_);
    v.part(counters_);
    clock_.state(v, counters_.processed);
    v.number("crossed", crossed_);
    v.number("until_ns", until_ns_);
  }

 private:
  [[nodiscard]] static TimeNs later(TimeNs ts_ns, TimeNs by_ns) noexcept {
    return ts_ns > kNever - by_ns ? kNever : ts_ns + by_ns;
  }
  [[nodiscard]] Admitted reject(Reject why) noexcept {
    counters_.reject(why);
    last_reject_ = why;
    return {Status::kRejected, false};
  }
  /// One form for a side that is empty.
  static void mark_empty(double& price, double& qty) noexcept {
    if (price == price && (price != 0.0 || qty != 0.0)) return;
    price = kNaN;
    qty = 0.0;
  }
  [[nodiscard]] static bool is_price(double x) noexcept {
    return x != x || (x > 0.0 && x <= 1e300);
  }
  [[nodiscard]] static bool is_qty(double x) noexcept { return x >= 0.0 && x <= 1e300; }

  QuoteSeries series_;
  StreamClock clock_;
  Counters counters_;
  std::uint64_t crossed_ = 0;
  TimeNs until_ns_ = kNever;
  Reject last_reject_ = Reject::kPrice;
};

}  // namespace tickeng
