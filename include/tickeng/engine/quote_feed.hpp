// The quotes of one symbol on their way in. Spec: A-02.
#pragma once

#include <limits>

#include "tickeng/engine/market_feed.hpp"
#include "tickeng/event/events.hpp"

namespace tickeng {

class QuoteFeed : public MarketFeed {
 public:
  /// Counts a quote, and takes it if it may be. An empty side comes out with price NaN and quantity
  /// 0.
  [[nodiscard]] Admitted admit(Quote& quote, const MarketRule& rule, TimeRule& time) noexcept {
    mark_empty(quote.bid, quote.bid_qty);
    mark_empty(quote.ask, quote.ask_qty);
    const auto is_side = [](double price) { return price != price || is_price(price); };
    if (!is_side(quote.bid) || !is_side(quote.ask)) return refuse(RejectReason::kPrice);
    if (!is_qty(quote.bid_qty) || !is_qty(quote.ask_qty)) return refuse(RejectReason::kQty);
    return MarketFeed::admit(quote.ts_ns, quote.bid, quote.ask, rule, time);
  }

 private:
  /// One form for a side that is empty.
  static void mark_empty(double& price, double& qty) noexcept {
    if (!is_empty(price, qty)) return;
    price = std::numeric_limits<double>::quiet_NaN();
    qty = 0.0;
  }
};

}  // namespace tickeng
