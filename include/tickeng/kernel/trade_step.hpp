// What a trade kernel sees: the trade, its base series and the leader as of that trade
// . The engine makes one step per accepted trade, so that kernels share v, r and dt.
#pragma once

#include <cmath>
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

struct TradeStep {
  std::uint64_t index = 0;  ///< 0-based number of the accepted trade of this symbol
  TimeNs ts_ns = 0;
  double price = 0.0;
  double qty = 0.0;
  double side = 0.0;                ///< +1, -1, 0 unknown
  double signed_qty = 0.0;          ///< v = s q
  double log_return = kNaN;         ///< r = ln(p / p_prev); NaN at the first trade
  double dt_s = kNaN;               ///< seconds since the previous trade, >= 0; NaN at the first
  double leader_price = kNaN;       ///< NaN: no leader seen
  double leader_age_s = kNaN;       ///< seconds since the leader's last tick
  double leader_last_return = kNaN; ///< ln of the leader's last two ticks
  std::uint32_t flags = 0;
};

/// state of the base series. Spec: A-14.
class BaseSeries {
 public:
  void reset() noexcept { *this = {}; }

  [[nodiscard]] TradeStep step(const Trade& trade, const LeaderPrice& leader,
                               std::uint32_t flags) noexcept {
    TradeStep s;
    s.index = index_;
    s.ts_ns = trade.ts_ns;
    s.price = trade.price;
    s.qty = trade.qty;
    s.side = trade.side;
    s.signed_qty = s.side * trade.qty + 0.0;  // -0.0 becomes 0.0
    if (index_ > 0) {
      s.log_return = log_ratio(trade.price, price_);
      const double dt = seconds_between(ts_ns_, trade.ts_ns);
      s.dt_s = dt > 0.0 ? dt : 0.0;
    }
    s.leader_price = leader.price;
    s.leader_last_return = leader.last_return;
    if (leader.ts_ns != kNoTime) s.leader_age_s = seconds_between(leader.ts_ns, trade.ts_ns);
    s.flags = flags;
    ++index_;
    ts_ns_ = trade.ts_ns;
    price_ = trade.price;
    return s;
  }
  [[nodiscard]] std::uint64_t count() const noexcept { return index_; }
  [[nodiscard]] TimeNs last_ts_ns() const noexcept { return ts_ns_; }

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
