// Events as callers have them: columns of each kind, and how far a run over several has come.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tickeng/engine/clock.hpp"
#include "tickeng/event/events.hpp"
#include "tickeng/graph/graph.hpp"

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
};

/// What is run together, in the order of the stamps; at one stamp trades come first.
struct EventRun;
struct EventColumns {
  TradeColumns trades;
  QuoteColumns quotes;

  [[nodiscard]] bool trade_next(const EventRun& run) const noexcept;
};

/// How far a run has come, and what it writes.
struct EventRun {
  std::size_t trade = 0, quote = 0;            ///< the next of each
  Clock rows = Clock::kTrade;                  ///< whose events write a row
  std::span<const OutputColumn> columns = {};  ///< one row an event of that clock
  BarSink* bars = nullptr;                     ///< where `rows` is a builder's, its rows
  std::uint8_t* trade_status = nullptr;
  std::uint8_t* quote_status = nullptr;
  bool ended = false;  ///< by a late event, the next of its kind, where on_late is error
};

inline bool EventColumns::trade_next(const EventRun& run) const noexcept {
  return run.quote == quotes.size ||
         (run.trade < trades.size && trades.ts_ns[run.trade] <= quotes.ts_ns[run.quote]);
}

}  // namespace tickeng
