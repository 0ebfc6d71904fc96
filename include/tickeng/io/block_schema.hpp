// What a block of the tick file holds: the columns of each kind of event, and their types.
//
// A column has one value a row, or one a level: of a book snapshot, `levels` on each side of every
// row, the best first; of a book delta, the levels of all messages in one run, each message's bids
// before its asks, as many as its counts say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tickeng/event/events.hpp"

namespace tickeng::io {

/// Column ids are shared by all kinds; a reader skips unknown ones from kOptional on.
enum class ColumnId : std::uint16_t {
  kTsNs = 1,
  kRecvNs = 2,  // stored as recv - ts
  kSymbol = 3,
  kPrice = 4,
  kQty = 5,
  kSide = 6,
  kId = 7,   // a trade's, or the update id of a quote or a book
  kSeq = 8,  // arrival over all kinds, stored as seq - row of the file; absent: the row itself
  kBid = 9,
  kBidQty = 10,
  kAsk = 11,
  kAskQty = 12,
  kSnapshot = 13,  // whether the message replaces the book
  kFirstId = 14,   // first update of the message
  kLastId = 15,
  kPreviousId = 16,  // last update of the message before
  kBids = 17,        // levels of the message
  kAsks = 18,
  kOptional = 0x8000,
};

enum class ValueType : std::uint8_t { kInt64, kFloat64, kInt8, kUint8, kUint32 };

struct ColumnRule {
  ColumnId id;
  const char* name;
  ValueType type;
  bool optional = false;
  bool per_level = false;
};

/// The columns of a kind in the order of its blocks; none for a kind that blocks do not hold.
[[nodiscard]] std::span<const ColumnRule> columns_of(EventKind kind) noexcept;

/// The rule of one column, nullptr where the kind has no such column.
[[nodiscard]] const ColumnRule* column_rule(EventKind kind, ColumnId id) noexcept;

[[nodiscard]] std::size_t bytes_of(ValueType type) noexcept;

}  // namespace tickeng::io
