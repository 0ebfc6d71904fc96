// What a trade kernel sees: the trade, its base series and the leader as of that trade
// . The engine makes one step per accepted trade, so that kernels share v, r and dt.
#pragma once

#include <cstdint>

#include "tickeng/base/log.hpp"
#include "tickeng/base/time.hpp"
#include "tickeng/event/events.hpp"
#include "tickeng/kernel/spec.hpp"

namespace tickeng {

enum StepFlag : std::uint32_t {
  kFeedDown = 1,  ///< the feed was declared degraded or down
  kHalted = 2,    ///< a kill switch or a venue halt is on
};

/// Bits of the output `reason`: what shuts the gate.
enum ShutReason : int {
  kShutNotWarm = 1,
  kShutLiquidity = 2,
  kShutLeader = 4,
  kShutFeed = 8,
  kShutHalted = 16,
};

struct TradeStep {
  std::uint64_t index = 0;  ///< 0-based number of the accepted trade of this symbol
  TimeNs ts_ns = 0;
  double price = 0.0;
  double qty = 0.0;
  double side = 0.0;              ///< +1, -1, 0 unknown
  double signed_qty = 0.0;        ///< v = s q
  double log_return = kNaN;       ///< r = ln(p / p_prev); NaN at the first trade
  double dt_s = kNaN;             ///< seconds since the previous trade, >= 0; NaN at the first
  double leader_price = kNaN;     ///< NaN: no leader seen
  double leader_previous = kNaN;  ///< price of the leader's tick before
  TimeNs leader_ts_ns = kNoTime;
  std::uint32_t flags = 0;
  const LeaderPrice* named = nullptr;  ///< the leaders that the pipeline names, as of this trade

  /// The same with this leader.
  [[nodiscard]] TradeStep led_by(const LeaderPrice& leader) const noexcept {
    TradeStep led = *this;
    led.leader_price = leader.price;
    led.leader_previous = leader.previous;
    led.leader_ts_ns = leader.ts_ns;
    return led;
  }
  /// Seconds since the leader's last tick; NaN without a leader.
  [[nodiscard]] double leader_age_s() const noexcept {
    return leader_ts_ns == kNoTime ? kNaN : seconds_between(leader_ts_ns, ts_ns);
  }
};

/// -0.0 becomes 0.0.
[[nodiscard]] inline double signed_quantity(double side, double qty) noexcept {
  return side * qty + 0.0;
}

/// state of the base series. Spec: A-14.
class BaseSeries {
 public:
  void reset() noexcept { *this = {}; }

  /// ts_ns: the trade's time as it was admitted, never before the last one's.
  [[nodiscard, gnu::always_inline]] TradeStep step(const Trade& trade, TimeNs ts_ns,
                                                   const LeaderPrice& leader,
                                                   std::uint32_t flags) noexcept {
    const double side = trade.side;
    const bool first = index_ == 0;
    const TradeStep s{.index = index_,
                      .ts_ns = ts_ns,
                      .price = trade.price,
                      .qty = trade.qty,
                      .side = side,
                      .signed_qty = signed_quantity(side, trade.qty),
                      .log_return = first ? kNaN : log_ratio(trade.price, price_),
                      .dt_s = first ? kNaN : seconds_between(ts_ns_, ts_ns),
                      .leader_price = leader.price,
                      .leader_previous = leader.previous,
                      .leader_ts_ns = leader.ts_ns,
                      .flags = flags};
    pass(1, ts_ns, trade.price);
    return s;
  }
  /// Takes note of `count` trades, of which the last had this time and price.
  void pass(std::uint64_t count, TimeNs ts_ns, double price) noexcept {
    index_ += count;
    ts_ns_ = ts_ns;
    price_ = price;
  }
  [[nodiscard]] std::uint64_t count() const noexcept { return index_; }
  [[nodiscard]] TimeNs last_ts_ns() const noexcept { return ts_ns_; }
  [[nodiscard]] double last_price() const noexcept { return price_; }

  template <class Visitor>
  void state(Visitor& v) {
    v.number("index", index_);
    v.number("ts_ns", ts_ns_);
    v.number("price", price_);
  }

 private:
  std::uint64_t index_ = 0;
  TimeNs ts_ns_ = kNoTime;
  double price_ = kNaN;
};

}  // namespace tickeng
