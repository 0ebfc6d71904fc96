// All of one symbol: its graph, its feeds and what became of their rows.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "tickeng/engine/book_feed.hpp"
#include "tickeng/engine/clock.hpp"
#include "tickeng/engine/counters.hpp"
#include "tickeng/engine/leader_feed.hpp"
#include "tickeng/engine/quote_feed.hpp"
#include "tickeng/engine/seen_ids.hpp"
#include "tickeng/graph/graph.hpp"

namespace tickeng {

struct SymbolState {
  std::unique_ptr<Graph> graph;  // null before the first event that moves it
  BaseSeries base;
  std::vector<double> row;
  Counters counters;
  StreamClock clock;
  std::uint32_t flags = 0;
  std::unique_ptr<LeaderFeed> leader;           // null: the shared one
  std::unique_ptr<SeenIds> ids;                 // null: none seen
  std::unique_ptr<QuoteFeed> quotes = nullptr;  // null: none came
  std::unique_ptr<BookFeed> books = nullptr;
  RowSeries quote_rows = {}, book_rows = {};

  /// Whether books give the quotes: up to the first accepted quote of a feed of its own.
  [[nodiscard]] bool quotes_from_books() const noexcept {
    return !quotes || quotes->counters().processed == 0;
  }
  [[nodiscard]] TimeNs books_until_ns() const noexcept {
    return books ? books->until_ns() : kNever;
  }
  [[nodiscard]] TimeNs quotes_until_ns() const noexcept {
    return quotes_from_books() ? books_until_ns() : quotes->until_ns();
  }
  /// What saved states say of them.
  [[nodiscard]] std::uint8_t markets() const noexcept {
    return static_cast<std::uint8_t>((quotes ? kHasQuotes : 0) | (books ? kHasBooks : 0));
  }
  /// Where they stand, made before the first row.
  [[nodiscard]] QuoteFeed& quote_feed() {
    if (!quotes) quotes = std::make_unique<QuoteFeed>();
    return *quotes;
  }
  [[nodiscard]] BookFeed& book_feed() {
    if (!books) books = std::make_unique<BookFeed>();
    return *books;
  }
};

}  // namespace tickeng
