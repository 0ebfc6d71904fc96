// The ring record: one event, or one part of a bar, in one 64-byte cache line.
//
//   offset size  field
//        0    8  ts_event_ns   venue clock
//        8    8  ts_recv_ns    our clock (0: not known)
//       16    8  seq           arrival number in the merged stream
//       24    4  symbol        dense id
//       28    1  kind          EventKind
//       29    1  side          +1, -1, 0
//       30    2  flags         RecordFlag bits
//       32   32  payload       by kind, four doubles or integers (below)
//
// A bar is two records, the first with kMore set, so a consumer never sees half of one. A book, or
// a message of a depth feed, is one record; its levels are in a ring of their own beside this one,
// in the order of the records, bids first. Trap: pad nothing; the static_asserts hold the layout.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

#include "tickeng/event/events.hpp"

namespace tickeng {

enum RecordFlag : std::uint16_t {
  kMore = 1,        ///< another record of the same event follows
  kSnapshot = 2,    ///< a message of a depth feed says all levels
  kAfterLoss = 4,   ///< books or messages of this symbol were lost right before this one
  kIntroduces = 8,  ///< first record of its symbol in this ring, a trade or a request that says no
                    ///< more: `name` says how it is called
};

struct TradePayload {
  double price, qty;
  std::int64_t id;
  const std::string* name;  ///< set with kIntroduces; lives as long as the ring
};
struct LeaderPayload {  ///< the as-of register of a leader, its time in ts_event_ns
  double price, previous;
  const std::string* name;  ///< of the symbol; null: all that have no leader of their own
};
struct QuotePayload {
  double bid, bid_qty, ask, ask_qty;
};
struct BookPayload {
  std::int64_t first, last, previous;  ///< as DepthUpdate has them
  std::uint32_t bids, asks;            ///< levels
};
struct BookLevel {  ///< in the ring of levels
  double price, qty;
};
struct BarPayload {  ///< first of two records: prices; the second carries the rest, NaN if untold
  double open, high, low, close;
};
struct BarVolumePayload {
  double volume, signed_volume, vwap, trades;
};
struct OwnOrderPayload {
  double price, qty;
  std::uint64_t order_id;
  std::uint32_t action, liquidity;  ///< 0: a fill
};
struct TimerPayload {  ///< the time told is in ts_event_ns
  TimeNs now_ns;       ///< the latest one told of any symbol
  std::uint64_t reserved[3];
};

struct ControlPayload {  ///< a request to the consumer, at this position of the stream
  void* subject;
  const std::string* name;  ///< set with kIntroduces
};

struct alignas(64) Record {
  TimeNs ts_event_ns;
  TimeNs ts_recv_ns;
  std::uint64_t seq;
  SymbolId symbol;
  EventKind kind;
  std::int8_t side;
  std::uint16_t flags;
  union {
    TradePayload trade;
    LeaderPayload leader;
    QuotePayload quote;
    BookPayload book;
    BarPayload bar;
    BarVolumePayload bar_volume;
    OwnOrderPayload own_order;
    TimerPayload timer;
    ControlPayload control;
  };
};

/// Whether an event ends with this record, which no leader tick, timer or request is.
[[nodiscard]] constexpr bool ends_event(const Record& r) noexcept {
  constexpr unsigned kEvents = 0b101'1111;  // by kind; no branch, for kinds come mixed
  static_assert(kMore == 1);
  return (kEvents >> static_cast<unsigned>(r.kind) & ~unsigned{r.flags} & 1) != 0;
}

static_assert(sizeof(Record) == 64 && alignof(Record) == 64);
static_assert(offsetof(Record, symbol) == 24 && offsetof(Record, trade) == 32);
static_assert(std::is_trivially_copyable_v<Record>);

}  // namespace tickeng
