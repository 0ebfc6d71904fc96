// What can happen: one plain struct per kind of event. Units: prices in quote currency, quantities
// in base units, times in ns UTC. Spec.
#pragma once

#include <cstdint>
#include <limits>

#include "tickeng/base/time.hpp"

namespace tickeng {

using SymbolId = std::uint32_t;

/// The order of the values is the source priority at an exact tie in replay: a trade never sees a
/// quote, a book change or a leader tick that carries its own timestamp.
enum class EventKind : std::uint8_t {
  kTrade = 0,
  kQuote = 1,
  kBookSnapshot = 2,
  kBookDelta = 3,
  kBar = 4,
  kLeader = 5,
  kOwnOrder = 6,
  kTimer = 7,
  kControl = 8,  ///< never leaves the process
};

/// All fills of one aggressor at one price. side: +1 buyer took, -1 seller took, 0 unknown.
struct Trade {
  TimeNs ts_ns = 0;
  double price = 0;
  double qty = 0;
  std::int8_t side = 0;
};

/// Top of the book. A side that is empty has price NaN and quantity 0.
struct Quote {
  TimeNs ts_ns = 0;
  double bid = 0, bid_qty = 0;
  double ask = 0, ask_qty = 0;
};

/// One side of a book, the best price first. The memory is the caller's.
struct BookSide {
  const double* price = nullptr;
  const double* qty = nullptr;
  std::size_t levels = 0;
};

/// A snapshot of the book. Behind the first level that is empty (price NaN, or 0 with quantity 0)
/// there is none.
struct Book {
  TimeNs ts_ns = 0;
  BookSide bids, asks;

  [[nodiscard]] Quote touch() const noexcept {
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    Quote quote{.ts_ns = ts_ns, .bid = kNone, .ask = kNone};
    if (bids.levels > 0) quote.bid = bids.price[0], quote.bid_qty = bids.qty[0];
    if (asks.levels > 0) quote.ask = asks.price[0], quote.ask_qty = asks.qty[0];
    return quote;
  }
};

/// A bar that came as such, at the time it became known, which is its end. What was not told is
/// NaN.
struct Bar {
  TimeNs ts_ns = 0;
  double open = 0, high = 0, low = 0, close = 0;
  double volume = 0, signed_volume = 0, vwap = 0, trades = 0;
};

/// A fill of an order of one's own. side: +1 bought, -1 sold.
struct Fill {
  TimeNs ts_ns = 0;
  double price = 0;
  double qty = 0;
  std::int8_t side = 0;
};

/// Last known price of another instrument, and the price of its tick before.
struct LeaderPrice {
  TimeNs ts_ns = kNoTime;
  double price = std::numeric_limits<double>::quiet_NaN();
  double previous = std::numeric_limits<double>::quiet_NaN();
};

/// Where an event stands in the merged stream. Live: (recv, seq). Replay: (event + feed delay,
/// kind, seq). One comparison serves both: the sequencer fills `at_ns` with the clock it orders by.
struct OrderKey {
  TimeNs at_ns = 0;
  EventKind kind = EventKind::kTrade;
  std::uint64_t seq = 0;

  friend constexpr auto operator<=>(const OrderKey&, const OrderKey&) = default;
};

}  // namespace tickeng
