// A book from the messages of a depth feed: a snapshot, then changes of levels in the order of
// their numbers. Spec: A-04.
//
// A message that does not follow the one before makes the book invalid: it has no levels until the
// next snapshot. What comes meanwhile waits, and what is newer than that snapshot is applied to it.
// A snapshot may be cut: what lies behind its last level is not known but for what changes told of
// it. Levels there are kept, and shown and counted, or not shown.
// A snapshot behind the book (recorders ask for one while changes come) is set aside: the next
// message follows the book, or it follows the snapshot, with which a feed has begun anew.
// Trap: feeds number differently. Binance's messages have a first and a last number, on futures the
// last one of the message before too; others number messages one by one, or not at all.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "tickeng/book/levels.hpp"
#include "tickeng/event/events.hpp"

namespace tickeng {

/// One message: what stands at some prices now, quantity 0 for nothing. A snapshot says all.
struct DepthUpdate {
  static constexpr std::int64_t kNoNumber = std::numeric_limits<std::int64_t>::min();

  TimeNs ts_ns = 0;
  BookSide bids, asks;
  bool snapshot = false;
  std::int64_t first = kNoNumber, last = kNoNumber;  ///< numbers of what it holds
  std::int64_t previous = kNoNumber;                 ///< the last one of the message before
};

class BookBuilder {
 public:
  enum class Outcome : std::uint8_t {
    kChanged,    ///< levels that are shown
    kUnchanged,  ///< or others only
    kOld,        ///< it holds nothing new and is left out
    kGap,        ///< messages are missing before it: the book is invalid from now on
    kWaits,      ///< the book is invalid
    kBehind,     ///< a snapshot that the book is ahead of: the next message decides
  };
  struct Counts {
    std::uint64_t applied = 0, old = 0, gaps = 0, waited = 0, lost = 0;
    std::uint64_t beyond = 0;    ///< messages after which levels from behind a snapshot are shown
    std::uint64_t behind = 0;    ///< snapshots that the book was ahead of
    std::uint64_t left_out = 0;  ///< levels that were too many, as Levels has them
  };

  /// `shown`: levels a side, at most Levels::kFront. `cut`: of a snapshot of so many levels a side
  /// nothing is shown that lies behind them; 0: all is.
  BookBuilder(std::size_t shown, std::size_t cut) : shown_(shown), cut_(cut) {}

  /// Throws std::bad_alloc, and knows no level then.
  Outcome apply(const DepthUpdate& update);
  /// The same for one that is no event, and counted nowhere.
  void follow(const DepthUpdate& update) {
    const Counts before = counts_;
    (void)apply(update);
    counts_ = before;
  }
  /// Whether it is a message that holds nothing new.
  [[nodiscard]] bool is_old(const DepthUpdate& update) const noexcept {
    return valid_ && !update.snapshot && judge(update) == Order::kOld;
  }
  /// A message was lost that the numbers cannot tell of.
  void miss() noexcept {
    if (!valid_) return;
    ++counts_.gaps;
    invalidate();
  }

  [[nodiscard]] bool valid() const noexcept { return valid_; }
  /// Whether the newest message had a number.
  [[nodiscard]] bool numbered() const noexcept { return last_ != DepthUpdate::kNoNumber; }
  [[nodiscard]] BookSide bids() const noexcept { return seen(bids_, bid_edge_, -1.0); }
  [[nodiscard]] BookSide asks() const noexcept { return seen(asks_, ask_edge_, 1.0); }
  [[nodiscard]] const Levels& all_bids() const noexcept { return bids_; }
  [[nodiscard]] const Levels& all_asks() const noexcept { return asks_; }
  [[nodiscard]] Counts counts() const noexcept {
    Counts counts = counts_;
    counts.left_out = bids_.dropped() + asks_.dropped();
    return counts;
  }
  /// Without a level, up to the next snapshot.
  void invalidate() noexcept;

  template <class Visitor>
  void state(Visitor& v) {
    v.part(bids_);
    v.part(asks_);
    v.number("bid_edge", bid_edge_);
    v.number("ask_edge", ask_edge_);
    v.number("last", last_);
    v.number("valid", valid_);
    v.number("joins", joins_);
    for (std::uint64_t* n : {&counts_.applied, &counts_.old, &counts_.gaps, &counts_.waited,
                             &counts_.lost, &counts_.beyond}) {
      v.number("count", *n);
    }
    v.list("waiting_numbers", waiting_);
    v.list("waiting_levels", waiting_levels_);
    if constexpr (Visitor::kLoads) v.require(waiting_is_sound(), "messages that wait");
  }
  /// What formats before 8 do not have.
  template <class Visitor>
  void later_state(Visitor& v) {
    bids_.floor_state(v);
    asks_.floor_state(v);
    v.number("behind", counts_.behind);
  }

 private:
  static constexpr std::size_t kMostWaiting = 1 << 20;  // levels

  enum class Order : std::uint8_t { kNext, kOld, kGap, kAnew };  // anew: behind what is aside

  /// How it stands to the book, and to a snapshot that is set aside.
  [[nodiscard]] Order judge(const DepthUpdate& update) const noexcept;
  [[nodiscard]] bool is_behind(const DepthUpdate& snapshot) const noexcept;
  Outcome apply_checked(const DepthUpdate& update);
  Outcome change(const DepthUpdate& update);
  /// A gap before it, or too few levels are known behind it.
  Outcome end_with(const DepthUpdate& update);
  void take(const DepthUpdate& snapshot);
  void keep(const DepthUpdate& update);
  void drop_waiting() noexcept {
    waiting_.clear();
    waiting_levels_.clear();
  }
  [[nodiscard]] Outcome apply_waiting();
  /// Whether a level is shown that lies behind a snapshot.
  [[nodiscard]] bool is_beyond() const noexcept;
  [[nodiscard]] bool waiting_is_sound() const noexcept;
  [[nodiscard]] BookSide seen(const Levels& levels, double edge, double step) const noexcept {
    BookSide side = levels.front(shown_);
    while (cut_ > 0 && side.levels > 0 && step * side.price[side.levels - 1] > step * edge)
      --side.levels;
    return side;
  }
  std::size_t shown_, cut_;
  Levels bids_{Side::kBid}, asks_{Side::kAsk};
  double bid_edge_ = 0.0, ask_edge_ = std::numeric_limits<double>::infinity();
  std::int64_t last_ = DepthUpdate::kNoNumber;  // of the newest message that was applied
  bool valid_ = false, joins_ = false;  // joins: the next one is the first behind a snapshot
  Counts counts_;
  // Of each message that waits: first, last, previous, levels of bids, of asks; then its levels.
  // Of a valid book the snapshot that is set aside, its time in place of the first number.
  std::vector<std::int64_t> waiting_;
  std::vector<double> waiting_levels_;
};

}  // namespace tickeng
