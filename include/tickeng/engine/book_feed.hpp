// The books of one symbol on their way in, and the quotes that they give a symbol without a quote
// feed of its own: one behind each book whose best prices or quantities are not those of the book
// before. Spec, conventions 9.
#pragma once

#include "tickeng/engine/market_feed.hpp"
#include "tickeng/event/events.hpp"

namespace tickeng {

class BookFeed : public MarketFeed {
 public:
  /// Counts a book, and takes it if it may be: prices that fall from bid to bid and rise from ask
  /// to ask. It comes out with as many levels as are not empty.
  [[nodiscard]] Admitted admit(Book& book, const MarketRule& rule, TimeRule& time) noexcept {
    RejectReason why = RejectReason::kPrice;
    if (!trim(book.bids, -1.0, why) || !trim(book.asks, 1.0, why)) return refuse(why);
    const Quote touch = book.touch();
    const TimeNs before_ns = until_ns();
    const Admitted admitted = MarketFeed::admit(book.ts_ns, touch.bid, touch.ask, rule, time);
    if (admitted.status != Status::kOk) return admitted;
    if (!admitted.market || book.ts_ns > before_ns) touch_known_ = false;
    return admitted;
  }
  /// Whether the touch of the book that was just taken makes a quote.
  [[nodiscard]] bool moves_touch(const Quote& touch) noexcept {
    const auto same = [](double a, double b) { return a == b || (a != a && b != b); };
    const bool moved = !touch_known_ || !same(touch.bid, touch_.bid) ||
                       !same(touch.ask, touch_.ask) || touch.bid_qty != touch_.bid_qty ||
                       touch.ask_qty != touch_.ask_qty;
    touch_ = touch;
    touch_known_ = true;
    return moved;
  }
  void restart() noexcept {
    MarketFeed::restart();
    touch_known_ = false;
  }

  template <class Visitor>
  void state(Visitor& v) {
    MarketFeed::state(v);
    v.number("touch_known", touch_known_);
    v.number("bid", touch_.bid);
    v.number("bid_qty", touch_.bid_qty);
    v.number("ask", touch_.ask);
    v.number("ask_qty", touch_.ask_qty);
  }

 private:
  /// Leaves the levels that are not empty. False where one of them may not be, or one stands behind
  /// an empty one. `step`: the sign of the way that prices go.
  [[nodiscard]] static bool trim(BookSide& side, double step, RejectReason& why) noexcept {
    std::size_t levels = 0;
    while (levels < side.levels && !is_empty(side.price[levels], side.qty[levels])) ++levels;
    for (std::size_t k = levels; k < side.levels; ++k) {
      if (!is_empty(side.price[k], side.qty[k])) return false;
    }
    for (std::size_t k = 0; k < levels; ++k) {
      if (!is_price(side.price[k])) return false;
      if (k > 0 && !(step * side.price[k] > step * side.price[k - 1])) return false;
      if (is_qty(side.qty[k])) continue;
      why = RejectReason::kQty;
      return false;
    }
    side.levels = levels;
    return true;
  }

  bool touch_known_ = false;  // of the last book that was a market
  Quote touch_{};
};

}  // namespace tickeng
