// A side of a book against a map of its levels, at every depth; and a book from messages against
// what their numbers say: gaps, repeats, messages ahead of their snapshot, saved and loaded
// between.
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "draw.hpp"
#include "tickeng/base/bytes.hpp"
#include "tickeng/book/book_builder.hpp"
#include "tickeng/kernel/state.hpp"

using namespace tickeng;
using Outcome = BookBuilder::Outcome;

namespace {

int failures = 0;

void require(bool holds, const std::string& what) {
  if (holds) return;
  std::printf("FAIL  %s\n", what.c_str());
  ++failures;
}

struct Front {
  std::vector<double> price, qty;
  explicit Front(const BookSide& side)
      : price(side.price, side.price + side.levels), qty(side.qty, side.qty + side.levels) {}
  /// The first level that is another.
  [[nodiscard]] std::size_t differs(const Front& other) const {
    for (std::size_t k = 0; k < std::max(price.size(), other.price.size()); ++k) {
      if (k >= price.size() || k >= other.price.size() || price[k] != other.price[k] ||
          qty[k] != other.qty[k]) {
        return k;
      }
    }
    return Levels::kBehind;
  }
};

template <class Map>
bool is(const Levels& levels, const Map& map) {
  const std::vector<double> prices = levels.prices(), quantities = levels.quantities();
  std::size_t k = 0;
  for (const auto& [price, qty] : map) {
    if (k >= prices.size() || prices[k] != price || quantities[k] != qty) return false;
    ++k;
  }
  const Front front(levels.front());
  return k == prices.size() && levels.size() == k &&
         front.price.size() == std::min(k, Levels::kFront);
}

template <class Before>
void levels_are_a_map(Side side, std::size_t span, std::size_t most) {
  Draw draw;
  std::map<double, double, Before> map;
  Levels levels(side, most);
  std::uint64_t dropped = 0;
  double floor = side == Side::kBid ? 0.0 : 1e9;  // behind it nothing is known
  for (int i = 0; i < 20'000; ++i) {
    const double price =
        100.0 +
        0.5 * static_cast<double>(static_cast<std::size_t>(draw() * static_cast<double>(span)));
    const double qty =
        draw() < 0.4 ? 0.0 : 1.0 + static_cast<double>(static_cast<int>(draw() * 4.0));
    const Front before(levels.front());
    const std::size_t at = levels.set(price, qty);
    if (!(qty > 0.0)) {
      map.erase(price);
    } else if (Before{}(floor, price)) {
      ++dropped;
    } else {
      map[price] = qty;
    }
    if (map.size() > most) {
      map.erase(std::prev(map.end()));
      floor = std::prev(map.end())->first;
      ++dropped;
    }
    if (at != before.differs(Front(levels.front())))
      return require(false, "what set() says of the front");
    if (i % 64 == 0 && !is(levels, map)) return require(false, "levels after " + std::to_string(i));
  }
  require(is(levels, map) && levels.dropped() == dropped, "all levels");
}

/// Levels of one side given as price, quantity, ...
struct Side1 {
  std::vector<double> price, qty;
  Side1(std::initializer_list<double> given) {
    for (auto it = given.begin(); it != given.end(); it += 2) {
      price.push_back(*it);
      qty.push_back(*(it + 1));
    }
  }
  [[nodiscard]] BookSide side() const { return {price.data(), qty.data(), price.size()}; }
};

constexpr std::int64_t kNone = DepthUpdate::kNoNumber;

class Feed {
 public:
  explicit Feed(std::size_t cut = 0) : book_(20, cut) {}
  Outcome snapshot(std::int64_t last, const Side1& bids, const Side1& asks) {
    return apply({0, bids.side(), asks.side(), true, kNone, last, kNone});
  }
  Outcome change(std::int64_t first, std::int64_t last, std::int64_t previous, const Side1& bids,
                 const Side1& asks = {}) {
    return apply({0, bids.side(), asks.side(), false, first, last, previous});
  }
  [[nodiscard]] double best_bid() const {
    return book_.bids().levels > 0 ? book_.bids().price[0] : 0.0;
  }
  [[nodiscard]] const BookBuilder& book() const { return book_; }

 private:
  /// Each message goes to a book that was just loaded.
  Outcome apply(const DepthUpdate& update) {
    ByteWriter out;
    StateSaver saver(out);
    book_.state(saver);
    book_.later_state(saver);
    BookBuilder loaded = book_;
    loaded.invalidate();
    ByteReader in(out.bytes());
    StateLoader loader(in);
    loaded.state(loader);
    loaded.later_state(loader);
    const Outcome outcome = book_.apply(update);
    require(loaded.apply(update) == outcome, "a loaded book says the same");
    require(Front(loaded.bids()).differs(Front(book_.bids())) == Levels::kBehind,
            "and has the same bids");
    require(loaded.all_asks().prices() == book_.all_asks().prices(), "and asks");
    return outcome;
  }

  BookBuilder book_;
};

void numbers_of_spot() {
  Feed feed;
  require(feed.change(8, 9, kNone, {99.0, 5.0}) == Outcome::kWaits, "nothing before a snapshot");
  require(feed.change(10, 12, kNone, {98.0, 6.0}) == Outcome::kWaits, "nor this");
  require(feed.snapshot(9, {97.0, 1.0}, {101.0, 1.0}) == Outcome::kChanged, "a snapshot");
  require(feed.best_bid() == 98.0, "takes what was newer, not what was older");
  require(feed.change(11, 12, kNone, {98.0, 9.0}) == Outcome::kOld, "a repeat is left out");
  require(feed.change(13, 13, kNone, {98.5, 2.0}) == Outcome::kChanged, "the next one follows");
  require(feed.change(13, 15, kNone, {98.5, 2.0}) == Outcome::kUnchanged,
          "one that reaches back, too");
  require(feed.change(17, 17, kNone, {99.0, 2.0}) == Outcome::kGap, "16 is missing");
  require(!feed.book().valid() && feed.best_bid() == 0.0, "an invalid book has no levels");
  require(feed.change(18, 19, kNone, {99.5, 2.0}) == Outcome::kWaits, "which waits");
  require(
      feed.snapshot(17, {99.0, 2.0}, {101.0, 1.0}) == Outcome::kChanged && feed.best_bid() == 99.5,
      "a snapshot repairs it");
  require(feed.book().counts().gaps == 1 && feed.book().counts().old == 3, "all is counted");
  require(feed.change(21, 21, kNone, {1.0, 1.0}) == Outcome::kGap, "another gap");
  require(feed.change(24, 24, kNone, {1.0, 1.0}) == Outcome::kWaits, "and one inside");
  require(feed.snapshot(20, {99.0, 2.0}, {101.0, 1.0}) == Outcome::kGap && !feed.book().valid(),
          "what waits does not follow");
}

void numbers_of_futures() {
  Feed feed;
  require(feed.snapshot(100, {97.0, 1.0}, {101.0, 1.0}) == Outcome::kChanged, "a snapshot");
  require(feed.change(95, 99, 94, {90.0, 5.0}) == Outcome::kOld, "before it");
  require(feed.change(98, 100, 97, {97.5, 5.0}) == Outcome::kChanged, "one that ends with it");
  require(feed.change(107, 110, 100, {97.5, 0.0}) == Outcome::kChanged && feed.best_bid() == 97.0,
          "numbers of others are between");
  require(feed.change(120, 130, 111, {97.5, 1.0}) == Outcome::kGap, "not behind 110");
}

void no_numbers() {
  Feed feed;
  require(feed.snapshot(kNone, {97.0, 1.0}, {}) == Outcome::kChanged, "a snapshot");
  require(feed.change(kNone, kNone, kNone, {97.0, 0.0}) == Outcome::kChanged, "and changes");
  require(feed.book().valid() && feed.book().bids().levels == 0,
          "an empty side is no invalid book");
}

void a_snapshot_of_the_past() {
  Feed feed;
  (void)feed.snapshot(100, {97.0, 1.0}, {101.0, 1.0});
  (void)feed.change(101, 105, 100, {98.0, 1.0});
  require(
      feed.snapshot(102, {90.0, 1.0}, {101.0, 1.0}) == Outcome::kBehind && feed.best_bid() == 98.0,
      "the book is ahead of it");
  require(feed.change(106, 107, 105, {98.5, 1.0}) == Outcome::kChanged && feed.best_bid() == 98.5,
          "and continues");
  require(feed.snapshot(3, {90.0, 1.0}, {101.0, 1.0}) == Outcome::kBehind, "or a feed counts anew");
  require(feed.change(4, 6, 3, {89.0, 1.0}) == Outcome::kChanged && feed.best_bid() == 90.0,
          "as its first change says");
  require(feed.book().counts().behind == 2 && feed.book().counts().gaps == 0, "both are counted");
}

void behind_a_cut() {
  Feed feed(2);
  (void)feed.snapshot(1, {99.0, 1.0, 98.0, 1.0}, {101.0, 1.0});
  require(feed.change(2, 2, kNone, {97.0, 4.0}) == Outcome::kUnchanged,
          "a level behind the cut is not shown");
  require(feed.book().bids().levels == 2 && feed.book().all_bids().size() == 3,
          "97 is kept, not shown");
  (void)feed.change(3, 3, kNone, {99.0, 0.0, 98.0, 0.0});
  require(feed.book().bids().levels == 0, "nothing is known of 97 being the best");
  require(feed.book().asks().levels == 1, "a side of one level was whole");
}

}  // namespace

int main() {
  for (const std::size_t span : {1U, 10U, 100U, 1'000U, 9'000U}) {
    for (const std::size_t most : {10'000U, 50U}) {
      levels_are_a_map<std::greater<double>>(Side::kBid, span, most);
      levels_are_a_map<std::less<double>>(Side::kAsk, span, most);
    }
  }
  numbers_of_spot();
  numbers_of_futures();
  no_numbers();
  a_snapshot_of_the_past();
  behind_a_cut();
  return failures == 0 ? 0 : 1;
}
