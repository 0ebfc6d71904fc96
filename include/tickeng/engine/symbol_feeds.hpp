// The feeds of one symbol beside its trades. Each is made before its first event, so that a symbol
// of trades alone holds none.
#pragma once

#include <cstdint>
#include <memory>

#include "tickeng/base/bytes.hpp"
#include "tickeng/engine/bar_feed.hpp"
#include "tickeng/engine/book_feed.hpp"
#include "tickeng/engine/engine_options.hpp"
#include "tickeng/engine/event_columns.hpp"
#include "tickeng/engine/fill_feed.hpp"
#include "tickeng/engine/quote_feed.hpp"
#include "tickeng/engine/side_feed.hpp"
#include "tickeng/kernel/clock.hpp"
#include "tickeng/kernel/row_series.hpp"

namespace tickeng {

/// A feed, null before its first event, and the rows that it gave.
template <class Feed>
struct FeedOf {
  std::unique_ptr<Feed> feed = nullptr;
  RowSeries rows = {};

  FeedOf() = default;
  FeedOf(const FeedOf& other)
      : feed(other.feed ? std::make_unique<Feed>(*other.feed) : nullptr), rows(other.rows) {}
  FeedOf(FeedOf&&) noexcept = default;
  FeedOf& operator=(FeedOf&&) noexcept = default;
  ~FeedOf() = default;

  [[nodiscard]] Feed& get_or_make() {
    if (!feed) feed = std::make_unique<Feed>();
    return *feed;
  }
  void restart() noexcept {
    if (feed) feed->restart();
    rows = {};
  }
};

struct SymbolFeeds {
  QuoteSource source = QuoteSource::kEither;
  FeedOf<QuoteFeed> quotes;
  FeedOf<BookFeed> books;
  FeedOf<BarFeed> bars;
  FeedOf<FillFeed> fills;
  SideFeed sides;

  SymbolFeeds() = default;
  explicit SymbolFeeds(const EngineOptions& options) : source(options.quotes) {
    sides.rule = options.sides;
  }

  /// That of a clock but trades'; null: none came.
  [[nodiscard]] const EventFeed* of(Clock clock) const noexcept {
    const EventFeed* const all[] = {nullptr, quotes.feed.get(), books.feed.get(), bars.feed.get(),
                                    fills.feed.get()};
    return all[index_of(clock)];
  }
  [[nodiscard]] EventFeed& get_or_make(Clock clock) {
    if (clock == Clock::kQuote) return quotes.get_or_make();
    if (clock == Clock::kBook) return books.get_or_make();
    if (clock == Clock::kBar) return bars.get_or_make();
    return fills.get_or_make();
  }
  /// Events that could not be read.
  void count_rejected(Clock clock, RejectReason why, std::uint64_t n) {
    get_or_make(clock).count_rejected(why, n);
    if (clock == Clock::kBook) books.feed->miss();
  }
  /// Whether books give the quotes: where not one of the two alone does, up to the first accepted
  /// quote of a feed of its own.
  [[nodiscard]] bool quotes_from_books() const noexcept {
    if (source != QuoteSource::kEither) return source == QuoteSource::kBooks;
    return !quotes.feed || quotes.feed->counters().processed == 0;
  }
  /// Up to when what came last is the market.
  [[nodiscard]] TimeNs books_until_ns() const noexcept {
    return books.feed ? books.feed->until_ns() : kNever;
  }
  [[nodiscard]] TimeNs quotes_until_ns() const noexcept {
    if (quotes_from_books()) return books_until_ns();
    return quotes.feed ? quotes.feed->until_ns() : kNever;
  }
  /// The side of an accepted trade, which is inferred where it came without one.
  [[nodiscard]] std::int8_t side_of(const Trade& trade, TimeNs ts_ns) noexcept {
    return sides.of(trade, ts_ns <= quotes_until_ns());
  }
  /// The same of the trades [from, end), accepted as they stand, in their columns.
  void infer_sides(const TradeColumns& trades, std::size_t from, std::size_t end) noexcept {
    for (std::size_t i = from; sides.infers() && i < end; ++i) {
      trades.inferred[i] = side_of(trades[i], trades.ts_ns[i]);
    }
  }
  /// That they gave, all together.
  [[nodiscard]] std::uint64_t rows() const noexcept {
    return quotes.rows.count() + books.rows.count() + bars.rows.count() + fills.rows.count();
  }
  void expect_gap() noexcept;
  /// Anew, but for the counters.
  void restart() noexcept;

  void save(ByteWriter& out);
  /// `snapshot_depth`: of books from messages.
  void load(ByteReader& in, std::uint32_t format, std::size_t snapshot_depth);
};

}  // namespace tickeng
