// What a quote kernel sees: the top of the book, and the time since the quote before. The engine
// makes one step per quote that is a market: neither locked nor crossed. A side that is empty has
// price NaN and quantity 0. Spec.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tickeng/base/time.hpp"
#include "tickeng/event/events.hpp"
#include "tickeng/kernel/spec.hpp"

namespace tickeng {

struct QuoteStep {
  std::uint64_t index = 0;  ///< 0-based number of the accepted quote of this symbol
  TimeNs ts_ns = 0;
  double bid = kNaN, bid_qty = 0.0;
  double ask = kNaN, ask_qty = 0.0;
  double dt_s = kNaN;  ///< seconds since the previous quote, >= 0; NaN at the first

  [[nodiscard]] double mid() const noexcept { return (bid + ask) / 2.0; }
  [[nodiscard]] double spread() const noexcept { return ask - bid; }
};

/// State of the series above.
class QuoteSeries {
 public:
  /// ts_ns: the quote's time as it was admitted, never before the last one's.
  [[nodiscard]] QuoteStep step(const Quote& quote, TimeNs ts_ns) noexcept {
    const QuoteStep s{.index = index_,
                      .ts_ns = ts_ns,
                      .bid = quote.bid,
                      .bid_qty = quote.bid_qty,
                      .ask = quote.ask,
                      .ask_qty = quote.ask_qty,
                      .dt_s = index_ == 0 ? kNaN : seconds_between(ts_ns_, ts_ns)};
    ++index_;
    ts_ns_ = ts_ns;
    return s;
  }
  /// The same for the n > 0 quotes whose values `block` has: its times and what follows from them.
  template <class Block>
  void gather(Block& block, const TimeNs* ts_ns, std::size_t n) noexcept {
    block.size = n;
    block.index = index_;
    block.ts_ns = ts_ns;
    block.dt_s[0] = index_ == 0 ? kNaN : seconds_between(ts_ns_, ts_ns[0]);
    for (std::size_t i = 1; i < n; ++i) block.dt_s[i] = seconds_between(ts_ns[i - 1], ts_ns[i]);
    index_ += n;
    ts_ns_ = ts_ns[n - 1];
  }
  [[nodiscard]] std::uint64_t count() const noexcept { return index_; }

  template <class Visitor>
  void state(Visitor& v) {
    v.number("index", index_);
    v.number("ts_ns", ts_ns_);
  }

 private:
  std::uint64_t index_ = 0;
  TimeNs ts_ns_ = kNoTime;
};

}  // namespace tickeng
