// Room for a stretch of one symbol's events of several kinds on their way through a graph as
// columns.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "tickeng/book/levels.hpp"
#include "tickeng/engine/event_columns.hpp"
#include "tickeng/engine/market_feed.hpp"
#include "tickeng/graph/pipeline.hpp"

namespace tickeng {

struct MergedBatch {
  static constexpr std::size_t kBlocks = MergedRows::kMax / TradeBlock::kMax + 1;
  static constexpr std::uint32_t kNone = UINT32_MAX;

  MergedRows rows;
  std::unique_ptr<MergedRunner> runner;
  // Quotes that are a market, in order.
  std::vector<TimeNs> quote_ns = std::vector<TimeNs>(MergedRows::kMax);
  std::vector<double> bid = std::vector<double>(MergedRows::kMax);
  std::vector<double> bid_qty = std::vector<double>(MergedRows::kMax);
  std::vector<double> ask = std::vector<double>(MergedRows::kMax);
  std::vector<double> ask_qty = std::vector<double>(MergedRows::kMax);
  // Books that are.
  std::vector<TimeNs> book_ns = std::vector<TimeNs>(MergedRows::kMax);
  std::vector<Book> books = std::vector<Book>(MergedRows::kMax);
  std::vector<double> levels;  ///< of books that were built; empty before the first one
  // Fills.
  std::vector<TimeNs> fill_ns = std::vector<TimeNs>(MergedRows::kMax);
  std::vector<Fill> fills = std::vector<Fill>(MergedRows::kMax);
  std::array<std::size_t, kClocks> first{};  ///< of each kind, in the caller's columns
  std::size_t trades = 0;                    ///< that came
  bool moves = false;                        ///< whether an event of this stretch moves nodes
  /// By event that came, of each kind but trades: its event here, if accepted.
  std::array<std::vector<std::uint32_t>, kClocks> event_of;
  std::array<TimeNs, kClocks> until_ns{};  ///< as of the last event
  /// Rows before which there was no market, and since when.
  struct Lapse {
    std::size_t row;
    TimeNs at_ns;
  };
  std::array<std::vector<Lapse>, kClocks> lapses;

  explicit MergedBatch(const Pipeline& pipeline);

  /// The next event.
  std::uint32_t push(TimeNs at_ns) noexcept {
    rows.ts_ns[rows.events] = at_ns;
    note_markets();
    return static_cast<std::uint32_t>(rows.events++);
  }
  /// Before the next row of a clock, which comes at this time.
  void note_lapse(Clock clock, TimeNs ts_ns) {
    const std::size_t c = index_of(clock);
    if (ts_ns > until_ns[c]) lapses[c].push_back({rows.size[c], until_ns[c] + 1});
  }
  /// Up to when they are, ahead of the next event.
  void note_markets() noexcept {
    for (const Clock clock : {Clock::kQuote, Clock::kBook}) {
      rows.until_ns[index_of(clock)][rows.events] = until_ns[index_of(clock)];
    }
  }
  void push(const Quote& quote, std::uint32_t event) noexcept {
    const std::size_t i = rows.size[index_of(Clock::kQuote)]++;
    quote_ns[i] = quote.ts_ns;
    bid[i] = quote.bid;
    bid_qty[i] = quote.bid_qty;
    ask[i] = quote.ask;
    ask_qty[i] = quote.ask_qty;
    rows.event[index_of(Clock::kQuote)][i] = event;
  }
  /// Rows [from, from + n) as they stand, each while the one before is the market.
  void push(const QuoteColumns& quotes, std::size_t from, std::size_t n, const MarketRule& rule) {
    constexpr std::size_t c = index_of(Clock::kQuote), b = index_of(Clock::kBook);
    const std::size_t i = rows.size[c];
    const TimeNs* const ts = quotes.ts_ns + from;
    std::copy_n(ts, n, rows.ts_ns.data() + rows.events);
    std::copy_n(ts, n, quote_ns.data() + i);
    std::copy_n(quotes.bid + from, n, bid.data() + i);
    std::copy_n(quotes.bid_qty + from, n, bid_qty.data() + i);
    std::copy_n(quotes.ask + from, n, ask.data() + i);
    std::copy_n(quotes.ask_qty + from, n, ask_qty.data() + i);
    std::fill_n(rows.until_ns[b].data() + rows.events, n, until_ns[b]);
    for (std::size_t k = 0; k < n; ++k) {
      const auto event = static_cast<std::uint32_t>(rows.events + k);
      rows.until_ns[c][event] = k == 0 ? until_ns[c] : rule.until(ts[k - 1]);
      rows.event[c][i + k] = event;
      event_of[c].push_back(event);
    }
    until_ns[c] = rule.until(ts[n - 1]);
    rows.size[c] += n;
    rows.events += n;
  }
  /// Moves the levels of the next book, at most Levels::kFront a side, here.
  void keep(Book& book) {
    constexpr std::size_t most = Levels::kFront;
    if (levels.empty()) levels.resize(4 * most * MergedRows::kMax);
    double* to = levels.data() + 4 * most * rows.size[index_of(Clock::kBook)];
    for (BookSide* const side : {&book.bids, &book.asks}) {
      std::copy_n(side->price, side->levels, to);
      std::copy_n(side->qty, side->levels, to + most);
      *side = {to, to + most, side->levels};
      to += 2 * most;
    }
  }
  void push(const Book& book, std::uint32_t event) noexcept {
    const std::size_t i = rows.size[index_of(Clock::kBook)]++;
    book_ns[i] = book.ts_ns;
    books[i] = book;
    rows.event[index_of(Clock::kBook)][i] = event;
  }
  void push(const Fill& fill, std::uint32_t event) noexcept {
    const std::size_t i = rows.size[index_of(Clock::kOwn)]++;
    fill_ns[i] = fill.ts_ns;
    fills[i] = fill;
    rows.event[index_of(Clock::kOwn)][i] = event;
  }
};

}  // namespace tickeng
