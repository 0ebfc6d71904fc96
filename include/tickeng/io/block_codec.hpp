// Blocks of the tick file: columns of one event kind as scaled, delta-coded byte planes.
//
// Block (little endian): header, directory of columns, names of new symbols, column data.
//   0  4  "TKBL"          4  1  kind (EventKind; only trades so far)   5  1  layout version
//   6  2  columns         8  4  rows, at most kMaxBlockRows           12  4  bytes of names
//  16  8  index of the first row in the file
// Directory entry: id u16, encoding u8, planes u8, bytes u32, base i64, scale i64.
// Integers: base + scale * k (mod 2^64), k plain or as zigzag differences; plane p holds byte p of
// every row. Decimals: integer / 10^exponent; what no decimal gives bit for bit is raw binary64.
// The decoder trusts nothing: every length is checked before it is used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tickeng/event/events.hpp"

namespace tickeng::io {

inline constexpr std::uint32_t kMaxBlockRows = 1U << 20;
inline constexpr std::size_t kBlockHeaderBytes = 24;
inline constexpr std::size_t kColumnEntryBytes = 24;

/// Column ids are shared by all kinds; a reader skips unknown ones from kOptional on.
enum class ColumnId : std::uint16_t {
  kTsNs = 1,
  kRecvNs = 2,  // stored as recv - ts
  kSymbol = 3,
  kPrice = 4,
  kQty = 5,
  kSide = 6,
  kId = 7,
  kOptional = 0x8000,
};

/// Columns of a trade block. An empty span is an absent column (recv_ns, symbol and id only).
template <template <class> class Span>
struct TradeColumns {
  Span<std::int64_t> ts_ns, recv_ns, id;
  Span<double> price, qty;
  Span<std::int8_t> side;
  Span<std::uint32_t> symbol;
};
template <class T>
using ConstSpan = std::span<const T>;
template <class T>
using MutableSpan = std::span<T>;

/// What a block says about itself before its columns are decoded.
struct BlockInfo {
  std::uint32_t rows = 0;
  std::uint64_t first_row = 0;
  bool has_recv = false, has_symbol = false, has_id = false;
  std::vector<std::string> names;
};

/// Encodes at least one and at most kMaxBlockRows trades; `names` are the symbols new with them.
[[nodiscard]] std::string encode_trades(const TradeColumns<ConstSpan>& trades,
                                        std::uint64_t first_row,
                                        std::span<const std::string> names);

/// Reads header, directory and names; DataError on anything that is not a readable trade block.
[[nodiscard]] BlockInfo inspect_block(std::span<const std::uint8_t> block);

/// Decodes the columns into spans of `rows` values, as inspect_block announced them.
void decode_trades(std::span<const std::uint8_t> block, const TradeColumns<MutableSpan>& trades);

}  // namespace tickeng::io
