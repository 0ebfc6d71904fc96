#include "tickeng/book/book_builder.hpp"

#include <algorithm>

namespace tickeng {
namespace {

constexpr std::size_t kHead = 5;  // numbers of a message that waits
constexpr std::int64_t kNone = DepthUpdate::kNoNumber;
constexpr double kWorstBid = 0.0, kWorstAsk = std::numeric_limits<double>::infinity();

/// Whether levels changed that are shown: the best ones, up to the edge.
bool set_all(Levels& levels, const BookSide& side, std::size_t shown, double edge, double step) {
  bool changed = false;
  for (std::size_t k = 0; k < side.levels; ++k) {
    const bool moved = levels.set(side.price[k], side.qty[k]) < shown;
    changed |= moved && step * side.price[k] <= step * edge;
  }
  return changed;
}

/// The worst price of a side that may have been cut, since it has so many levels, else `none`.
double edge_of(const BookSide& side, std::size_t cut, double step, double none) {
  if (side.levels < cut) return none;
  const auto better = [step](double a, double b) { return step * a < step * b; };
  return *std::max_element(side.price, side.price + side.levels, better);
}

/// How a message stands to a book of the number `number`. `joins`: to a snapshot.
template <class Order>
Order order_behind(const DepthUpdate& u, std::int64_t number, bool joins) noexcept {
  if (u.last == kNone || number == kNone) return Order::kNext;
  if (u.previous == number && u.last < number) return Order::kNext;  // counted anew from here on
  const bool holds_last = u.previous != kNone && joins;  // the snapshot's number may be inside
  if (u.last < number || (u.last == number && !holds_last)) return Order::kOld;
  if (u.previous != kNone && u.previous == number) return Order::kNext;
  if (u.previous != kNone && !(joins && u.first != kNone)) return Order::kGap;
  const std::int64_t first = u.first != kNone ? u.first : u.last;
  return first <= number + 1 ? Order::kNext : Order::kGap;
}

/// The message whose head is there, and whose levels begin `at`, which moves behind them.
DepthUpdate unpacked(const std::int64_t* head, const double*& at) noexcept {
  DepthUpdate update;
  update.first = head[0];
  update.last = head[1];
  update.previous = head[2];
  for (BookSide* const side : {&update.bids, &update.asks}) {
    const auto n = static_cast<std::size_t>(head[side == &update.bids ? 3 : 4]);
    *side = {at, at + n, n};
    at += 2 * n;
  }
  return update;
}

}  // namespace

BookBuilder::Outcome BookBuilder::apply(const DepthUpdate& update) {
  try {
    const Outcome outcome = apply_checked(update);
    const bool shows = outcome == Outcome::kChanged || outcome == Outcome::kUnchanged;
    counts_.beyond += shows && is_beyond() ? 1 : 0;
    return outcome;
  } catch (...) {  // half of it may have been applied
    *this = BookBuilder(shown_, cut_);
    throw;
  }
}

BookBuilder::Outcome BookBuilder::apply_checked(const DepthUpdate& update) {
  if (update.snapshot && is_behind(update)) {
    ++counts_.behind;
    drop_waiting();
    DepthUpdate aside = update;
    aside.first = update.ts_ns;
    keep(aside);
    return Outcome::kBehind;
  }
  if (update.snapshot) {
    if (valid_) drop_waiting();
    take(update);
    return apply_waiting();
  }
  if (!valid_) {
    ++counts_.waited;
    keep(update);
    return Outcome::kWaits;
  }
  return change(update);
}

void BookBuilder::invalidate() noexcept {
  if (valid_) drop_waiting();
  bids_.clear();
  asks_.clear();
  last_ = kNone;
  valid_ = joins_ = false;
}

/// A second one of another number is not: a feed of snapshots alone counts anew.
bool BookBuilder::is_behind(const DepthUpdate& snapshot) const noexcept {
  return valid_ && last_ != kNone && snapshot.last != kNone && snapshot.last < last_ &&
         (waiting_.empty() || waiting_[1] == snapshot.last);
}

BookBuilder::Order BookBuilder::judge(const DepthUpdate& update) const noexcept {
  const Order order = order_behind<Order>(update, last_, joins_);
  if (order == Order::kNext || !valid_ || waiting_.empty()) return order;
  const TimeNs aside_ns = waiting_[0];
  const Order to_aside = order_behind<Order>(update, waiting_[1], true);
  if (to_aside == Order::kNext && update.ts_ns >= aside_ns) return Order::kAnew;
  const bool is_repeat = update.last == last_ || update.ts_ns <= aside_ns;
  return to_aside == Order::kGap && !is_repeat ? Order::kGap : order;
}

BookBuilder::Outcome BookBuilder::change(const DepthUpdate& update) {
  const Order order = judge(update);
  if (order == Order::kOld) {
    ++counts_.old;
    return Outcome::kOld;
  }
  if (order == Order::kGap) return end_with(update);
  const bool anew = order == Order::kAnew;
  if (anew) {
    const double* levels = waiting_levels_.data();
    take(unpacked(waiting_.data(), levels));
  }
  drop_waiting();
  bool changed = set_all(bids_, update.bids, shown_, cut_ > 0 ? bid_edge_ : kWorstBid, -1.0);
  changed |= set_all(asks_, update.asks, shown_, cut_ > 0 ? ask_edge_ : kWorstAsk, 1.0);
  if (!bids_.knows(shown_) || !asks_.knows(shown_)) return end_with(update);
  if (update.last != kNone) last_ = update.last;
  joins_ = false;
  ++counts_.applied;
  return changed || anew ? Outcome::kChanged : Outcome::kUnchanged;
}

BookBuilder::Outcome BookBuilder::end_with(const DepthUpdate& update) {
  ++counts_.gaps;
  invalidate();
  keep(update);
  return Outcome::kGap;
}

void BookBuilder::take(const DepthUpdate& snapshot) {
  bids_.clear();
  asks_.clear();
  (void)set_all(bids_, snapshot.bids, shown_, kWorstBid, -1.0);
  (void)set_all(asks_, snapshot.asks, shown_, kWorstAsk, 1.0);
  const std::size_t cut = cut_ > 0 ? cut_ : shown_;
  bid_edge_ = edge_of(snapshot.bids, cut, -1.0, kWorstBid);
  ask_edge_ = edge_of(snapshot.asks, cut, 1.0, kWorstAsk);
  last_ = snapshot.last;
  valid_ = joins_ = true;
  ++counts_.applied;
}

bool BookBuilder::is_beyond() const noexcept {
  const BookSide bids = this->bids(), asks = this->asks();
  return (bids.levels > 0 && bids.price[bids.levels - 1] < bid_edge_) ||
         (asks.levels > 0 && asks.price[asks.levels - 1] > ask_edge_);
}

/// For the next snapshot.
void BookBuilder::keep(const DepthUpdate& update) {
  const std::size_t levels = update.bids.levels + update.asks.levels;
  if (update.last == kNone) return;  // a snapshot could not tell whether it holds this one
  if (waiting_levels_.size() / 2 + levels > kMostWaiting ||
      waiting_.size() > kHead * kMostWaiting) {
    counts_.lost += waiting_.size() / kHead;
    drop_waiting();
  }
  waiting_.insert(waiting_.end(), {update.first, update.last, update.previous,
                                   static_cast<std::int64_t>(update.bids.levels),
                                   static_cast<std::int64_t>(update.asks.levels)});
  for (const BookSide* const side : {&update.bids, &update.asks}) {
    waiting_levels_.insert(waiting_levels_.end(), side->price, side->price + side->levels);
    waiting_levels_.insert(waiting_levels_.end(), side->qty, side->qty + side->levels);
  }
}

/// Behind a snapshot: what came before it and is newer.
BookBuilder::Outcome BookBuilder::apply_waiting() {
  const std::vector<std::int64_t> heads = std::move(waiting_);
  const std::vector<double> levels = std::move(waiting_levels_);
  drop_waiting();
  const double* at = levels.data();
  Outcome outcome = Outcome::kChanged;
  for (std::size_t i = 0; i < heads.size(); i += kHead) {
    const DepthUpdate update = unpacked(&heads[i], at);
    if (!valid_) {
      keep(update);
    } else if (change(update) == Outcome::kGap) {
      outcome = Outcome::kGap;
    }
  }
  return outcome;
}

bool BookBuilder::waiting_is_sound() const noexcept {
  if (waiting_.size() % kHead != 0 || (valid_ && waiting_.size() > kHead)) return false;
  std::size_t left = waiting_levels_.size();
  for (std::size_t i = 0; i < waiting_.size(); i += kHead) {
    for (const std::int64_t n : {waiting_[i + 3], waiting_[i + 4]}) {
      if (n < 0 || static_cast<std::uint64_t>(n) > left / 2) return false;
      left -= 2 * static_cast<std::size_t>(n);
    }
  }
  return left == 0;
}

}  // namespace tickeng
