// The ring record: one event, or one part of a book, in one 64-byte cache line.
//
//   offset size  field
//        0    8  ts_event_ns   venue clock
//        8    8  ts_recv_ns    our clock (0: not known)
//       16    8  seq           arrival number in the merged stream
//       24    4  symbol        dense id
//       28    1  kind          EventKind
//       29    1  side          +1, -1, 0; for book levels +1 = bid, -1 = ask
//       30    2  flags         RecordFlag bits
//       32   32  payload       by kind, four doubles or integers (below)
//
// A quote fits in one record. A book snapshot of L levels is L records, bids first, with kMore set
// on all but the last, so a consumer never sees half a book; an empty one is one record of side 0.
// Trap: pad nothing; the static_asserts hold the layout.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

#include "tickeng/event/events.hpp"

namespace tickeng {

enum RecordFlag : std::uint16_t {
  kMore = 1,         ///< another record of the same event follows
  kFirst = 2,        ///< first record of a snapshot: clear the book
  kLastOfBatch = 4,  ///< the venue's message ends here
  kIntroduces = 8,   ///< first record of its symbol in this ring, a trade or a request that says no
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
struct LevelPayload {  ///< one level of one side: snapshot, or delta (qty 0 deletes)
  double price, qty;
  std::uint32_t level, order_count;
  std::uint64_t venue_seq;
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
    LevelPayload level;
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
