#include "tickeng/engine/book_feed.hpp"

namespace tickeng {

bool BookFeed::trim(BookSide& side, double step, RejectReason& why) noexcept {
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

bool BookFeed::is_sound(const BookSide& side, RejectReason& why) noexcept {
  for (std::size_t k = 0; k < side.levels; ++k) {
    if (is_price(side.price[k]) && is_qty(side.qty[k])) continue;
    why = is_price(side.price[k]) ? RejectReason::kQty : RejectReason::kPrice;
    return false;
  }
  return true;
}

MarketFeed::Admitted BookFeed::admit(Book& book, const MarketRule& rule, TimeRule& time) noexcept {
  RejectReason why = RejectReason::kPrice;
  if (!trim(book.bids, -1.0, why) || !trim(book.asks, 1.0, why)) return refuse(why);
  const Quote touch = book.touch();
  const TimeNs before_ns = until_ns();
  const Admitted admitted = MarketFeed::admit(book.ts_ns, touch.bid, touch.ask, rule, time);
  if (admitted.status != Status::kOk) return admitted;
  if (!admitted.market || book.ts_ns > before_ns) touch_known_ = false;
  if (builder_) builder_->invalidate();  // it has not seen this book
  return admitted;
}

void BookFeed::follow(const DepthUpdate& update, std::size_t snapshot_depth) {
  RejectReason why = RejectReason::kPrice;
  if (!is_sound(update.bids, why) || !is_sound(update.asks, why)) {
    missed_ |= builder_ && update.last == DepthUpdate::kNoNumber;
  } else if (!builder_ || missed_ || !builder_->is_old(update)) {
    builder_for(update, snapshot_depth).follow(update);
  }
}

BookBuilder& BookFeed::builder_for(const DepthUpdate& update, std::size_t snapshot_depth) {
  if (!builder_) builder_ = std::make_unique<BookBuilder>(Levels::kFront, snapshot_depth);
  if (missed_ && update.snapshot) builder_->invalidate();  // it is taken, whatever its number
  if (missed_ && !update.snapshot) builder_->miss();
  missed_ = false;
  return *builder_;
}

MarketFeed::Admitted BookFeed::apply(const DepthUpdate& update, std::size_t snapshot_depth,
                                     const MarketRule& rule, TimeRule& time, Book& book) {
  book = Book{};
  book.ts_ns = update.ts_ns;
  RejectReason why = RejectReason::kPrice;
  Status status = Status::kOk;
  if (!is_sound(update.bids, why) || !is_sound(update.asks, why)) {
    status = reject(why);
  } else if (builder_ && !missed_ && builder_->is_old(update)) {
    return {repeat(), false};
  } else {
    status = EventFeed::admit(book.ts_ns, rule.clamps, time);
  }
  if (status != Status::kOk) {
    missed_ |= builder_ && update.last == DepthUpdate::kNoNumber;
    return {status, false};
  }
  const BookBuilder::Outcome outcome = builder_for(update, snapshot_depth).apply(update);
  if (!builder_->valid()) {
    end(book.ts_ns);
    touch_known_ = false;
    return {Status::kOk, false};
  }
  const bool lapsed = book.ts_ns > until_ns();
  book.bids = builder_->bids();
  book.asks = builder_->asks();
  if (outcome == BookBuilder::Outcome::kBehind) return {Status::kOk, false};
  const Quote touch = book.touch();
  const bool market = note(book.ts_ns, touch.bid, touch.ask, rule);
  if (!market || lapsed) touch_known_ = false;
  return {Status::kOk, market && (lapsed || outcome == BookBuilder::Outcome::kChanged)};
}

}  // namespace tickeng
