// The books of one symbol on their way in, as snapshots or as messages of a depth feed, and the
// quotes that they give a symbol without a quote feed of its own: one behind each book whose best
// prices or quantities are not those of the book before. Spec, conventions 9.
//
// Trap: nothing but the feed itself misses a message without a number that was not taken, so the
// next one that is taken ends the book.
#pragma once

#include <memory>

#include "tickeng/book/book_builder.hpp"
#include "tickeng/engine/market_feed.hpp"
#include "tickeng/event/events.hpp"

namespace tickeng {

class BookFeed : public MarketFeed {
 public:
  BookFeed() = default;
  BookFeed(const BookFeed& other)
      : MarketFeed(other),
        builder_(other.builder_ ? std::make_unique<BookBuilder>(*other.builder_) : nullptr),
        missed_(other.missed_), touch_known_(other.touch_known_), touch_(other.touch_) {}
  BookFeed& operator=(const BookFeed&) = delete;
  BookFeed(BookFeed&&) = delete;
  ~BookFeed() = default;

  /// Counts a book, and takes it if it may be: prices that fall from bid to bid and rise from ask
  /// to ask. It comes out with as many levels as are not empty.
  [[nodiscard]] Admitted admit(Book& book, const MarketRule& rule, TimeRule& time) noexcept;
  /// Counts a message of a depth feed, and applies it if it may be. `book` comes out as the book
  /// behind it at the time it is taken at, its levels valid up to the next message; it is a market
  /// to show where it is one and levels changed that are shown. `snapshot_depth`: as BookBuilder
  /// has it. Throws std::bad_alloc.
  [[nodiscard]] Admitted apply(const DepthUpdate& update, std::size_t snapshot_depth,
                               const MarketRule& rule, TimeRule& time, Book& book);
  /// Has the book follow a message that is no event: of before the events that are fed.
  void follow(const DepthUpdate& update, std::size_t snapshot_depth);
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
  /// What the messages built; null: none came.
  [[nodiscard]] const BookBuilder* builder() const noexcept { return builder_.get(); }
  void expect_gap() noexcept {
    MarketFeed::expect_gap();
    miss();
  }
  /// What comes next may not follow what came; numbers would tell.
  void miss() noexcept {
    if (builder_ && !builder_->numbered()) missed_ = true;
  }
  /// What comes next does not follow what came, whatever its number: what was lost may have been a
  /// snapshot behind which a feed counts anew.
  void lose() noexcept { missed_ = builder_ != nullptr; }
  void restart() noexcept {
    MarketFeed::restart();
    builder_.reset();
    missed_ = touch_known_ = false;
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
  /// What formats before 7 do not have.
  template <class Visitor>
  void builder_state(Visitor& v, std::size_t snapshot_depth) {
    bool has = builder_ != nullptr;
    v.number("has_builder", has);
    if constexpr (Visitor::kLoads) {
      if (has) builder_ = std::make_unique<BookBuilder>(Levels::kFront, snapshot_depth);
    }
    if (!has) return;
    v.part(*builder_);
    v.number("missed", missed_);
  }
  /// What formats before 8 do not have.
  template <class Visitor>
  void later_builder_state(Visitor& v) {
    if (builder_) builder_->later_state(v);
  }

 private:
  /// Ready for a message that is taken.
  [[nodiscard]] BookBuilder& builder_for(const DepthUpdate& update, std::size_t snapshot_depth);
  /// Leaves the levels that are not empty. False where one of them may not be, or one stands behind
  /// an empty one. `step`: the sign of the way that prices go.
  [[nodiscard]] static bool trim(BookSide& side, double step, RejectReason& why) noexcept;
  [[nodiscard]] static bool is_sound(const BookSide& side, RejectReason& why) noexcept;

  std::unique_ptr<BookBuilder> builder_;  // null before the first message
  bool missed_ = false;
  bool touch_known_ = false;  // of the last book that was a market
  Quote touch_{};
};

}  // namespace tickeng
