// Events as callers have them: columns of each kind, and how far a run over several has come.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>

#include "tickeng/book/book_builder.hpp"
#include "tickeng/engine/clock.hpp"
#include "tickeng/engine/counters.hpp"
#include "tickeng/event/events.hpp"
#include "tickeng/graph/graph.hpp"
#include "tickeng/kernel/trade_step.hpp"

namespace tickeng {

/// Columns of trades; `symbol` and `id` may be null (every trade is symbol 0; ids unknown).
struct TradeColumns {
  const TimeNs* ts_ns = nullptr;
  const double* price = nullptr;
  const double* qty = nullptr;
  const std::int8_t* side = nullptr;
  const SymbolId* symbol = nullptr;
  const std::int64_t* id = nullptr;
  std::size_t size = 0;
  // Of trades that are admitted already: the leader as of each, and those that the pipeline names,
  // all of a row together.
  const LeaderPrice* leader = nullptr;
  const LeaderPrice* named = nullptr;
  /// The memory of `side`, where an engine that infers sides writes them; else null.
  std::int8_t* inferred = nullptr;

  [[nodiscard]] Trade operator[](std::size_t i) const noexcept {
    return {ts_ns[i], price[i], qty[i], side[i]};
  }
  /// How many rows from `from` on could be accepted as they stand, without a glance at symbols and
  /// ids: sound values, and times that follow each other, the first one `before_ns` (kNoTime:
  /// nothing).
  [[nodiscard]] std::size_t plain(std::size_t from, std::size_t end, TimeNs before_ns,
                                  const TimeRule& rule) const noexcept;
};

/// Columns of quotes; `symbol` may be null (every quote is of symbol 0).
struct QuoteColumns {
  const TimeNs* ts_ns = nullptr;
  const double* bid = nullptr;
  const double* bid_qty = nullptr;
  const double* ask = nullptr;
  const double* ask_qty = nullptr;
  const SymbolId* symbol = nullptr;
  std::size_t size = 0;

  [[nodiscard]] Quote operator[](std::size_t i) const noexcept {
    return {ts_ns[i], bid[i], bid_qty[i], ask[i], ask_qty[i]};
  }
  /// How many rows from `from` on could be taken as they stand, without a glance at symbols: both
  /// sides there and not crossed, times that follow each other, the first one `before_ns` (kNoTime:
  /// nothing), no more than max_age_ns apart.
  [[nodiscard]] std::size_t plain(std::size_t from, std::size_t end, TimeNs before_ns,
                                  TimeNs max_age_ns, const TimeRule& rule) const noexcept;
};

/// Snapshots of books: one price and quantity a level in rows of `levels`, best first, NaN behind
/// the last. `symbol` may be null (every book is of symbol 0).
struct BookColumns {
  const TimeNs* ts_ns = nullptr;
  const double* bid = nullptr;
  const double* bid_qty = nullptr;
  const double* ask = nullptr;
  const double* ask_qty = nullptr;
  const SymbolId* symbol = nullptr;
  std::size_t size = 0;
  std::size_t levels = 0;
  const std::size_t* row = nullptr;  ///< that of each; null: as they stand

  [[nodiscard]] Book operator[](std::size_t i) const noexcept {
    if (row != nullptr) i = row[i];
    const std::size_t at = i * levels;
    return {ts_ns[i], {bid + at, bid_qty + at, levels}, {ask + at, ask_qty + at, levels}};
  }
};

/// Messages of depth feeds, the levels of each in one run, bids first. `symbol` and the numbers may
/// be null.
struct DepthColumns {
  const TimeNs* ts_ns = nullptr;
  const std::uint8_t* snapshot = nullptr;
  const std::int64_t *first = nullptr, *last = nullptr, *previous = nullptr;
  const std::size_t* begin = nullptr;   ///< of its levels; one more than there are messages
  const std::uint32_t* bids = nullptr;  ///< how many of them
  const double* price = nullptr;        ///< of levels
  const double* qty = nullptr;
  const SymbolId* symbol = nullptr;
  std::size_t size = 0;
  const std::size_t* row = nullptr;  ///< that of each; null: as they stand

  [[nodiscard]] DepthUpdate operator[](std::size_t i) const noexcept {
    if (row != nullptr) i = row[i];
    const auto number = [i](const std::int64_t* column) {
      return column != nullptr ? column[i] : DepthUpdate::kNoNumber;
    };
    const std::size_t from = begin[i], asks = from + bids[i];
    return {.ts_ns = ts_ns[i],
            .bids = {price + from, qty + from, bids[i]},
            .asks = {price + asks, qty + asks, begin[i + 1] - asks},
            .snapshot = snapshot[i] != 0,
            .first = number(first),
            .last = number(last),
            .previous = number(previous)};
  }
};

/// Columns of bars; `symbol` may be null, and what is not known: volume, signed_volume, vwap,
/// trades.
struct BarColumns {
  const TimeNs* ts_ns = nullptr;
  const double *open = nullptr, *high = nullptr, *low = nullptr, *close = nullptr;
  const double *volume = nullptr, *signed_volume = nullptr, *vwap = nullptr, *trades = nullptr;
  const SymbolId* symbol = nullptr;
  std::size_t size = 0;
  const std::size_t* row = nullptr;  ///< that of each; null: as they stand

  [[nodiscard]] Bar operator[](std::size_t i) const noexcept {
    if (row != nullptr) i = row[i];
    const auto told = [i](const double* column) { return column != nullptr ? column[i] : kNaN; };
    return {ts_ns[i],   open[i],     high[i], low[i], close[i], told(volume), told(signed_volume),
            told(vwap), told(trades)};
  }
};

/// Columns of own fills; `symbol` may be null.
struct FillColumns {
  const TimeNs* ts_ns = nullptr;
  const double* price = nullptr;
  const double* qty = nullptr;
  const std::int8_t* side = nullptr;
  const SymbolId* symbol = nullptr;
  std::size_t size = 0;
  const std::size_t* row = nullptr;  ///< that of each; null: as they stand

  [[nodiscard]] Fill operator[](std::size_t i) const noexcept {
    if (row != nullptr) i = row[i];
    return {ts_ns[i], price[i], qty[i], side[i]};
  }
};

/// How far a run has come, and what it writes.
struct EventRun {
  /// One row an event of a clock; none where it has no columns.
  struct Rows {
    std::span<const OutputColumn> columns = {};
    std::span<const std::size_t> slots = {};  ///< of the columns, as rows of that clock show them
  };
  std::array<std::size_t, kClocks> next{};  ///< by clock
  std::array<Rows, kClocks> rows{};
  std::span<BarSink> bars = {};  ///< rows of builders' clocks
  std::array<std::uint8_t*, kClocks> status{};
  bool ended = false;  ///< by a late event, the next of its kind, where on_late is error

  /// What became of the next event of a clock.
  void write(Clock clock, Status outcome, const double* row) const noexcept {
    const std::size_t i = next[index_of(clock)];
    status[index_of(clock)][i] = static_cast<std::uint8_t>(outcome);
    const Rows& written = rows[index_of(clock)];
    for (std::size_t c = 0; c < written.columns.size(); ++c) {
      written.columns[c].put(i, row[written.slots[c]]);
    }
  }
  [[nodiscard]] std::size_t done() const noexcept {
    return std::accumulate(next.begin(), next.end(), std::size_t{0});
  }
};

/// What is run together, in the order of the stamps, unless `order` says another; at one stamp in
/// the order of the clocks. Books come as such or as messages, one of the two is empty.
struct EventColumns {
  TradeColumns trades;
  QuoteColumns quotes;
  BookColumns books;
  DepthColumns depth;
  BarColumns bars;
  FillColumns fills;
  /// Where each event stands among all, rising in each column; null: by stamps.
  std::array<const TimeNs*, kClocks> order{};

  /// Whether books come as messages.
  [[nodiscard]] bool has_messages() const noexcept { return depth.ts_ns != nullptr; }
  [[nodiscard]] std::array<std::size_t, kClocks> sizes() const noexcept {
    return {trades.size, quotes.size, books.size + depth.size, bars.size, fills.size};
  }
  void resize(const std::array<std::size_t, kClocks>& sizes) noexcept {
    trades.size = sizes[0];
    quotes.size = sizes[1];
    (has_messages() ? depth.size : books.size) = sizes[2];
    bars.size = sizes[3];
    fills.size = sizes[4];
  }
  [[nodiscard]] std::size_t total() const noexcept {
    const auto all = sizes();
    return std::accumulate(all.begin(), all.end(), std::size_t{0});
  }
  [[nodiscard]] const SymbolId* symbols(Clock clock) const noexcept {
    const std::array all = {trades.symbol, quotes.symbol,
                            has_messages() ? depth.symbol : books.symbol, bars.symbol,
                            fills.symbol};
    return all[index_of(clock)];
  }
  [[nodiscard]] SymbolId symbol(Clock clock, std::size_t i) const noexcept {
    const SymbolId* const all = symbols(clock);
    return all != nullptr ? all[i] : 0;
  }
  [[nodiscard]] std::array<const TimeNs*, kClocks> stamps() const noexcept {
    return {trades.ts_ns, quotes.ts_ns, has_messages() ? depth.ts_ns : books.ts_ns, bars.ts_ns,
            fills.ts_ns};
  }
  /// What they are ordered by.
  [[nodiscard]] std::array<const TimeNs*, kClocks> orders() const noexcept {
    std::array<const TimeNs*, kClocks> all = stamps();
    for (std::size_t c = 0; c < kClocks; ++c) all[c] = order[c] != nullptr ? order[c] : all[c];
    return all;
  }
  [[nodiscard]] bool has_symbols() const noexcept {
    return trades.symbol != nullptr || quotes.symbol != nullptr || books.symbol != nullptr ||
           depth.symbol != nullptr || bars.symbol != nullptr || fills.symbol != nullptr;
  }
  /// The clock of the next event. Precondition: there is one.
  [[nodiscard]] Clock next(const EventRun& run) const noexcept;
};

/// What comes next of what a run has left. The columns outlive it.
class EventOrder {
 public:
  explicit EventOrder(const EventColumns& events) noexcept
      : EventOrder(events.orders(), events.sizes()) {}
  /// Of what stands elsewhere, by clock.
  EventOrder(const std::array<const TimeNs*, kClocks>& stamps,
             const std::array<std::size_t, kClocks>& sizes) noexcept {
    for (std::size_t c = 0; c < kClocks; ++c) {
      if (sizes[c] > 0) kinds_[count_++] = {c, stamps[c], sizes[c]};
    }
  }
  /// How many events of a clock, of which rows [next, end) are left, come before any other.
  [[nodiscard]] std::size_t stretch(Clock clock, const EventRun& run,
                                    std::size_t end) const noexcept {
    const std::size_t c = index_of(clock), from = run.next[c];
    const TimeNs* ts_ns = nullptr;
    TimeNs last_ns = std::numeric_limits<TimeNs>::max();  // that comes before the others
    for (std::size_t k = 0; k < count_; ++k) {
      const Kind& kind = kinds_[k];
      if (kind.clock == c) {
        ts_ns = kind.ts_ns;
      } else if (const std::size_t i = run.next[kind.clock]; i < kind.size) {
        last_ns = std::min(last_ns, kind.ts_ns[i] - (kind.clock < c ? 1 : 0));
      }
    }
    std::size_t i = from;
    while (i < end && ts_ns[i] <= last_ns) ++i;
    return i - from;
  }
  /// As EventColumns has it.
  [[nodiscard]] Clock next(const EventRun& run) const noexcept {
    std::size_t first = kClocks;
    TimeNs first_ns = 0;
    for (std::size_t k = 0; k < count_; ++k) {
      const Kind& kind = kinds_[k];
      const std::size_t i = run.next[kind.clock];
      if (i == kind.size) continue;
      const TimeNs ts_ns = kind.ts_ns[i];
      if (first < kClocks && ts_ns >= first_ns) continue;
      first = kind.clock;
      first_ns = ts_ns;
    }
    return static_cast<Clock>(first);
  }

 private:
  struct Kind {
    std::size_t clock;
    const TimeNs* ts_ns;
    std::size_t size;
  };
  std::array<Kind, kClocks> kinds_;
  std::size_t count_ = 0;
};

inline Clock EventColumns::next(const EventRun& run) const noexcept {
  return EventOrder(*this).next(run);
}

}  // namespace tickeng
