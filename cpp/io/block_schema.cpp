// The tables of columns.

#include "tickeng/io/block_schema.hpp"

#include <array>

namespace tickeng::io {
namespace {

using enum ValueType;

constexpr ColumnRule kTs = {ColumnId::kTsNs, "ts_ns", kInt64};
constexpr ColumnRule kRecv = {ColumnId::kRecvNs, "recv_ns", kInt64, true};
constexpr ColumnRule kSymbol = {ColumnId::kSymbol, "symbol", kUint32, true};
constexpr ColumnRule kId = {ColumnId::kId, "id", kInt64, true};
constexpr ColumnRule kSeq = {ColumnId::kSeq, "seq", kInt64, true};

constexpr std::array kTradeColumns = {
    kTs,
    kRecv,
    kSymbol,
    ColumnRule{ColumnId::kPrice, "price", kFloat64},
    ColumnRule{ColumnId::kQty, "qty", kFloat64},
    ColumnRule{ColumnId::kSide, "side", kInt8},
    kId,
    kSeq,
};

constexpr auto touch(bool per_level) {
  return std::array{
      kTs,
      kRecv,
      kSymbol,
      ColumnRule{ColumnId::kBid, "bid", kFloat64, false, per_level},
      ColumnRule{ColumnId::kBidQty, "bid_qty", kFloat64, false, per_level},
      ColumnRule{ColumnId::kAsk, "ask", kFloat64, false, per_level},
      ColumnRule{ColumnId::kAskQty, "ask_qty", kFloat64, false, per_level},
      kId,
      kSeq,
  };
}
constexpr auto kQuoteColumns = touch(false);
constexpr auto kBookColumns = touch(true);

constexpr std::array kDeltaColumns = {
    kTs,
    kRecv,
    kSymbol,
    ColumnRule{ColumnId::kSnapshot, "snapshot", kUint8},
    ColumnRule{ColumnId::kFirstId, "first", kInt64, true},
    ColumnRule{ColumnId::kLastId, "last", kInt64, true},
    ColumnRule{ColumnId::kPreviousId, "previous", kInt64, true},
    ColumnRule{ColumnId::kBids, "bids", kUint32},
    ColumnRule{ColumnId::kAsks, "asks", kUint32},
    ColumnRule{ColumnId::kPrice, "price", kFloat64, false, true},
    ColumnRule{ColumnId::kQty, "qty", kFloat64, false, true},
    kSeq,
};

}  // namespace

std::span<const ColumnRule> columns_of(EventKind kind) noexcept {
  switch (kind) {
    case EventKind::kTrade: return kTradeColumns;
    case EventKind::kQuote: return kQuoteColumns;
    case EventKind::kBookSnapshot: return kBookColumns;
    case EventKind::kBookDelta: return kDeltaColumns;
    default: return {};
  }
}

const ColumnRule* column_rule(EventKind kind, ColumnId id) noexcept {
  for (const ColumnRule& rule : columns_of(kind)) {
    if (rule.id == id) return &rule;
  }
  return nullptr;
}

std::size_t bytes_of(ValueType type) noexcept {
  switch (type) {
    case kInt8:
    case kUint8: return 1;
    case kUint32: return 4;
    default: return 8;
  }
}

}  // namespace tickeng::io
