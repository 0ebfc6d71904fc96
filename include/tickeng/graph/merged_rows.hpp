// A stretch of one symbol's events as columns: the rows of each clock, and where each stands among
// the events. Blocks are cut by clock, not by run: with four quotes a trade, runs of one kind would
// be too short for columns.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tickeng/kernel/clock.hpp"
#include "tickeng/kernel/kernel.hpp"

namespace tickeng {

/// Where the rows of a clock stand: each belongs to an event of the stretch, before which it comes,
/// with which, or behind it. Of those at one place the smaller `order_ns` comes first, then the
/// smaller rank.
struct RowOrder {
  enum class Place : std::uint8_t { kBefore, kWith, kBehind };

  const std::uint32_t* event = nullptr;
  const TimeNs* ts_ns = nullptr;
  const TimeNs* order_ns = nullptr;
  std::size_t size = 0;
  Place place = Place::kWith;
  std::size_t rank = 0;

  /// Whether row i comes before row j of another clock.
  [[nodiscard]] bool before(std::size_t i, const RowOrder& other, std::size_t j) const noexcept {
    if (event[i] != other.event[j]) return event[i] < other.event[j];
    if (place != other.place) return place < other.place;
    if (order_ns[i] != other.order_ns[j]) return order_ns[i] < other.order_ns[j];
    return rank < other.rank;
  }
};

/// The bars that a builder completes in a stretch, and where it began anew.
struct BarRows {
  std::vector<std::uint32_t> event;
  std::vector<TimeNs> ts_ns, order_ns;
  std::vector<std::uint64_t> index;
  std::vector<std::uint8_t> restarts;  ///< a row that is no bar: from here on nothing is known
  std::array<std::vector<double>, kBarOutputs.size()> values;
  std::vector<double> previous;

  [[nodiscard]] std::size_t size() const noexcept { return event.size(); }
  void clear() noexcept {
    for (auto* column : {&ts_ns, &order_ns}) column->clear();
    event.clear();
    index.clear();
    restarts.clear();
    previous.clear();
    for (auto& column : values) column.clear();
  }
  void push(std::uint32_t at, TimeNs due_ns, const BarStep& bar, bool restart) {
    event.push_back(at);
    ts_ns.push_back(bar.ts_ns);
    order_ns.push_back(due_ns);
    index.push_back(bar.index);
    restarts.push_back(restart ? 1 : 0);
    const auto row = bar_values(bar);
    for (std::size_t c = 0; c < row.size(); ++c) values[c].push_back(row[c]);
    previous.push_back(bar.previous);
  }
  /// Bars from row `from` on that may run together: up to the next restart, and on the grid of
  /// their index. Precondition: that row is a bar.
  [[nodiscard]] BarBlock block(std::size_t from) const noexcept {
    const std::size_t most = BarBlock::kMax - index[from] % BarBlock::kMax;
    std::size_t n = 1;
    while (n < most && from + n < size() && restarts[from + n] == 0) ++n;
    return {n,
            index[from],
            &ts_ns[from],
            &values[0][from],
            &values[1][from],
            &values[2][from],
            &values[3][from],
            &values[4][from],
            &values[5][from],
            &values[6][from],
            &values[7][from],
            &values[8][from],
            &previous[from]};
  }
};

/// A stretch: its events in order, and the rows that they are.
struct MergedRows {
  static constexpr std::size_t kMax = 4096;  ///< events

  std::size_t events = 0;                                 ///< that were accepted
  std::vector<TimeNs> ts_ns = std::vector<TimeNs>(kMax);  ///< by event
  /// By clock and event: up to when what came before it is a market; the last one, behind all.
  std::array<std::vector<TimeNs>, kClocks> until_ns;
  std::vector<TradeBlock> trade_blocks;
  std::vector<QuoteBlock> quote_blocks;
  std::vector<BookBlock> book_blocks;
  BarRows bars;  ///< that came as such
  std::vector<OwnBlock> own_blocks;
  std::array<std::size_t, kClocks> block_count{};
  std::array<std::size_t, kClocks> size{};  ///< rows by clock
  std::array<std::vector<std::uint32_t>, kClocks> event;
  std::array<const TimeNs*, kClocks> row_ts_ns{};

  MergedRows() {
    for (auto& column : event) column.resize(kMax);
    for (auto& column : until_ns) column.resize(kMax + 1);
  }
  /// A quote that a book gives stands behind it at the same event.
  [[nodiscard]] RowOrder order(Clock clock) const noexcept {
    const std::size_t c = index_of(clock);
    if (clock == Clock::kBar) {
      return {.event = bars.event.data(),
              .ts_ns = bars.ts_ns.data(),
              .order_ns = bars.order_ns.data(),
              .size = bars.size()};
    }
    return {.event = event[c].data(),
            .ts_ns = row_ts_ns[c],
            .order_ns = row_ts_ns[c],
            .size = size[c],
            .rank = clock == Clock::kQuote ? 1u : 0u};
  }
  [[nodiscard]] std::span<const TradeBlock> trades() const noexcept {
    return std::span(trade_blocks).first(block_count[index_of(Clock::kTrade)]);
  }
  [[nodiscard]] std::span<const QuoteBlock> quotes() const noexcept {
    return std::span(quote_blocks).first(block_count[index_of(Clock::kQuote)]);
  }
  [[nodiscard]] std::span<const BookBlock> books() const noexcept {
    return std::span(book_blocks).first(block_count[index_of(Clock::kBook)]);
  }
  [[nodiscard]] std::span<const OwnBlock> fills() const noexcept {
    return std::span(own_blocks).first(block_count[index_of(Clock::kOwn)]);
  }
};

}  // namespace tickeng
