#include "tickeng/engine/symbol_feeds.hpp"

#include "tickeng/kernel/state.hpp"

namespace tickeng {
namespace {

/// Of the byte that says which feeds a saved state has.
constexpr unsigned bit(Clock clock) { return 1u << (index_of(clock) - 1); }
constexpr unsigned kMarkets = bit(Clock::kQuote) | bit(Clock::kBook);
constexpr unsigned kSides = 2 * bit(Clock::kOwn);  // they are inferred

/// In the order of their clocks. The rows of quotes may be of books, and are saved with either.
template <class Feeds, class Each>
void visit(Feeds& feeds, unsigned had, const Each& each) {
  if ((had & kMarkets) != 0) each(feeds.quotes.rows);
  if ((had & bit(Clock::kQuote)) != 0) each(feeds.quotes.get_or_make());
  const auto both = [&](Clock clock, auto& of) {
    if ((had & bit(clock)) == 0) return;
    each(of.rows);
    each(of.get_or_make());
  };
  both(Clock::kBook, feeds.books);
  both(Clock::kBar, feeds.bars);
  both(Clock::kOwn, feeds.fills);
}

}  // namespace

void SymbolFeeds::expect_gap() noexcept {
  if (quotes.feed) quotes.feed->expect_gap();
  if (books.feed) books.feed->expect_gap();
  if (bars.feed) bars.feed->expect_gap();
  if (fills.feed) fills.feed->expect_gap();
}

void SymbolFeeds::restart() noexcept {
  quotes.restart();
  books.restart();
  bars.restart();
  fills.restart();
  sides.restart();
}

void SymbolFeeds::save(ByteWriter& out) {
  unsigned had = 0;
  for (const Clock clock : {Clock::kQuote, Clock::kBook, Clock::kBar, Clock::kOwn}) {
    had |= of(clock) != nullptr ? bit(clock) : 0u;
  }
  had |= sides.infers() ? kSides : 0u;
  out.number(static_cast<std::uint8_t>(had));
  StateSaver v(out);
  visit(*this, had, [&v](auto& part) { v.part(part); });
  if (books.feed) {
    books.feed->builder_state(v, 0);
    books.feed->later_builder_state(v);
  }
  if (sides.infers()) v.part(sides);
}

void SymbolFeeds::load(ByteReader& in, std::uint32_t format, std::size_t snapshot_depth) {
  const unsigned had = in.number<std::uint8_t>();
  if (had >= 2 * kSides) throw DataError("saved state has feeds of an unknown kind");
  StateLoader v(in);
  visit(*this, had, [&v](auto& part) { v.part(part); });
  if (format > 6 && books.feed) books.feed->builder_state(v, snapshot_depth);
  if (format > 7 && books.feed) books.feed->later_builder_state(v);
  if ((had & kSides) != 0) v.part(sides);
}

}  // namespace tickeng
