// Blocks of the tick file: columns of one kind of event as scaled, delta-coded byte planes.
//
// Block (little endian): header, directory of columns, names of new symbols, column data.
//   0  4  "TKBL"          4  1  kind (EventKind)                       5  1  layout, 1 or 2
//   6  2  columns         8  4  rows, at most kMaxBlockRows           12  4  bytes of names
//  16  8  index of the first row in the file
//  24  4  levels         28  4  flags, 1: more blocks of the span follow
// Layout 1 ends before the levels: trades that are a span of their own and have no seq.
// Directory entry: id u16, encoding u8, planes u8, bytes u32, base i64, scale i64.
// Levels: a side's in every row of a book snapshot, all of the block's in a book delta, else 0.
// The decoder trusts nothing: every length is checked before it is used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tickeng/io/block_schema.hpp"

namespace tickeng::io {

inline constexpr std::uint32_t kMaxBlockRows = 1U << 20;
inline constexpr std::size_t kMaxBlockLevels = 1U << 21;  // values of a column of levels
inline constexpr std::size_t kMaxBlockBytes = 63U << 20;  // readers take frames of 2^26 bytes

/// What a block says about itself. `columns` are those it has, without what a reader may skip.
struct BlockInfo {
  EventKind kind = EventKind::kTrade;
  std::uint32_t rows = 0;
  std::uint32_t levels = 0;
  std::uint64_t first_row = 0;
  bool more = false;  // the next block belongs to the same span
  std::vector<std::string> names;
  std::vector<ColumnId> columns;

  [[nodiscard]] bool has(ColumnId id) const noexcept;
};

/// Values of a column in a block.
[[nodiscard]] std::size_t values_of(const BlockInfo& info, const ColumnRule& rule) noexcept;

/// Encodes a block. `data` holds an array for each of info.columns, in that order, of the type and
/// length that rule and values_of say. DataError on what no block can hold.
[[nodiscard]] std::string encode_block(const BlockInfo& info, std::span<const void* const> data);

/// Reads header, directory and names; DataError on anything that is not a readable block.
[[nodiscard]] BlockInfo inspect_block(std::span<const std::uint8_t> block);

/// Decodes the columns into arrays in the order of info.columns, as inspect_block announced them.
void decode_block(std::span<const std::uint8_t> block, std::span<void* const> data);

}  // namespace tickeng::io
