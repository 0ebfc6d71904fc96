// Blocks: header, directory and names, and how each column of a kind becomes a coded one.

#include "tickeng/io/block_codec.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <numeric>
#include <string_view>

#include "tickeng/base/error.hpp"
#include "tickeng/io/block_codec_column.hpp"

namespace tickeng::io {
namespace {

constexpr std::string_view kMagic = "TKBL";
constexpr std::uint8_t kTradeLayout = 1, kLayout = 2;
constexpr std::size_t kTradeHeaderBytes = 24, kHeaderBytes = 32;
constexpr std::uint32_t kMore = 1;  // the one flag

using Bytes = std::span<const std::uint8_t>;

/// A block's header and directory, each column's bytes in place.
struct Layout {
  BlockInfo info;
  std::vector<CodedColumn> columns;  // in the order of info.columns
};

Bytes take(Bytes& rest, std::size_t count) {
  if (rest.size() < count) throw DataError("tick file block is shorter than it says");
  const Bytes front = rest.first(count);
  rest = rest.subspan(count);
  return front;
}

std::vector<std::string> read_names(Bytes rest) {
  std::vector<std::string> names;
  while (!rest.empty()) {
    const std::size_t length = load<std::uint16_t>(take(rest, 2).data());
    const Bytes text = take(rest, length);
    names.emplace_back(text.begin(), text.end());
  }
  return names;
}

std::string kind_name(std::uint8_t kind) {
  constexpr std::array kNames = {"trade",  "quote",     "book snapshot", "book delta",
                                 "bar",    "leader",    "own order",     "timer",
                                 "status", "parameter", "value"};
  return kind < kNames.size() ? kNames[kind] : "unknown";
}

void check_kind(std::uint8_t kind, std::uint8_t layout) {
  const std::string name = kind_name(kind);
  if (columns_of(static_cast<EventKind>(kind)).empty()) {
    throw DataError("tick file block of kind " + std::to_string(kind) + " (" + name +
                    ") is not readable by this version, which reads trades, quotes and books");
  }
  const bool trade = kind == static_cast<std::uint8_t>(EventKind::kTrade);
  if (layout != kLayout && !(trade && layout == kTradeLayout)) {
    throw DataError("tick file " + name + " block of version " + std::to_string(layout) +
                    " is not readable by this version, which reads " +
                    (trade ? "1 and 2" : std::to_string(kLayout)));
  }
}

/// Rows and levels within what a block may hold.
void check_size(const BlockInfo& info) {
  if (info.rows == 0 || info.rows > kMaxBlockRows) {
    throw DataError("tick file block says it has " + std::to_string(info.rows) + " rows");
  }
  const bool book = info.kind == EventKind::kBookSnapshot;
  const bool delta = info.kind == EventKind::kBookDelta;
  const std::uint64_t values = std::uint64_t{info.levels} * (book ? info.rows : 1);
  if (values > kMaxBlockLevels || (book && values == 0) || (!book && !delta && values != 0)) {
    throw DataError("tick file block says it has " + std::to_string(info.levels) + " levels in " +
                    std::to_string(info.rows) + " rows");
  }
}

void add_column(Layout& layout, const std::uint8_t* entry, std::uint8_t version, Bytes& rest) {
  const auto id = static_cast<ColumnId>(load<std::uint16_t>(entry));
  const ColumnRule* rule = column_rule(layout.info.kind, id);
  if (version == kTradeLayout && id == ColumnId::kSeq) rule = nullptr;
  if (rule == nullptr && id < ColumnId::kOptional) {
    throw DataError("tick file block has an unknown column " +
                    std::to_string(static_cast<int>(id)));
  }
  if (rule == nullptr) {
    take(rest, load<std::uint32_t>(entry + 4));
    return;
  }
  if (layout.info.has(id)) {
    throw DataError("tick file block has column " + std::to_string(static_cast<int>(id)) +
                    " twice");
  }
  CodedColumn column = read_entry(entry, values_of(layout.info, *rule), version != kTradeLayout);
  column.data = take(rest, column.bytes);
  layout.columns.push_back(column);
  layout.info.columns.push_back(id);
}

Layout read_layout(Bytes block) {
  Bytes rest = block;
  const Bytes head = take(rest, kTradeHeaderBytes);
  if (std::memcmp(head.data(), kMagic.data(), kMagic.size()) != 0) {
    throw DataError("tick file frame holds no block");
  }
  check_kind(head[4], head[5]);
  Layout layout;
  layout.info.kind = static_cast<EventKind>(head[4]);
  const std::size_t columns = load<std::uint16_t>(&head[6]);
  layout.info.rows = load<std::uint32_t>(&head[8]);
  layout.info.first_row = load<std::uint64_t>(&head[16]);
  if (head[5] != kTradeLayout) {
    const Bytes more = take(rest, kHeaderBytes - kTradeHeaderBytes);
    layout.info.levels = load<std::uint32_t>(more.data());
    const auto flags = load<std::uint32_t>(&more[4]);
    if (flags > kMore) throw DataError("tick file block with flags " + std::to_string(flags));
    layout.info.more = flags == kMore;
  }
  check_size(layout.info);
  Bytes directory = take(rest, columns * kColumnEntryBytes);
  layout.info.names = read_names(take(rest, load<std::uint32_t>(&head[12])));
  for (std::size_t i = 0; i < columns; ++i) {
    add_column(layout, take(directory, kColumnEntryBytes).data(), head[5], rest);
  }
  if (!rest.empty()) throw DataError("tick file block is longer than it says");
  for (const ColumnRule& rule : columns_of(layout.info.kind)) {
    if (rule.optional || layout.info.has(rule.id)) continue;
    throw DataError("tick file block has no column " + std::to_string(static_cast<int>(rule.id)));
  }
  return layout;
}

std::string packed_names(std::span<const std::string> names) {
  std::string packed;
  for (const std::string& name : names) {
    if (name.size() > std::numeric_limits<std::uint16_t>::max()) {
      throw DataError("a symbol name has " + std::to_string(name.size()) + " bytes");
    }
    store(packed, static_cast<std::uint16_t>(name.size()));
    packed += name;
  }
  return packed;
}

/// What a column is stored as the distance from: ts for recv, the row of the file for seq. Sums
/// and differences are modulo 2^64.
std::uint64_t origin(const BlockInfo& info, ColumnId id, const std::int64_t* ts, std::size_t i) {
  return id == ColumnId::kSeq ? info.first_row + i : static_cast<std::uint64_t>(ts[i]);
}

bool is_distance(ColumnId id) noexcept { return id == ColumnId::kRecvNs || id == ColumnId::kSeq; }

template <class T>
std::vector<std::int64_t> widened(const void* data, std::size_t count) {
  const T* const values = static_cast<const T*>(data);
  return {values, values + count};
}

CodedBytes encode_column(const BlockInfo& info, const ColumnRule& rule, const void* data,
                         const std::int64_t* ts, bool absent) {
  const std::size_t count = values_of(info, rule);
  switch (rule.type) {
    case ValueType::kFloat64:
      return encode_decimals({static_cast<const double*>(data), count}, absent);
    case ValueType::kInt8: return encode_integers(widened<std::int8_t>(data, count), false);
    case ValueType::kUint8: return encode_integers(widened<std::uint8_t>(data, count), false);
    case ValueType::kUint32: return encode_integers(widened<std::uint32_t>(data, count), false);
    case ValueType::kInt64: break;
  }
  const auto* const values = static_cast<const std::int64_t*>(data);
  if (!is_distance(rule.id)) return encode_integers({values, count}, absent);
  std::vector<std::int64_t> distances(count);
  for (std::size_t i = 0; i < count; ++i) {
    distances[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(values[i]) -
                                             origin(info, rule.id, ts, i));
  }
  return encode_integers(distances, false);
}

void decode_into(const BlockInfo& info, const ColumnRule& rule, const CodedColumn& column,
                 void* data, const std::int64_t* ts) {
  const std::size_t count = values_of(info, rule);
  const auto decode = [&]<class T>(T* values) {
    decode_column(column, std::span<T>(values, count));
  };
  switch (rule.type) {
    case ValueType::kFloat64: return decode(static_cast<double*>(data));
    case ValueType::kInt8: return decode(static_cast<std::int8_t*>(data));
    case ValueType::kUint8: return decode(static_cast<std::uint8_t*>(data));
    case ValueType::kUint32: return decode(static_cast<std::uint32_t*>(data));
    case ValueType::kInt64: break;
  }
  auto* const values = static_cast<std::int64_t*>(data);
  decode(values);
  for (std::size_t i = 0; i < count && is_distance(rule.id); ++i) {
    values[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(values[i]) +
                                          origin(info, rule.id, ts, i));
  }
}

template <class T>
const T* array_of(const BlockInfo& info, ColumnId id, std::span<const void* const> data) {
  const auto at = std::ranges::find(info.columns, id) - info.columns.begin();
  return static_cast<const T*>(data[static_cast<std::size_t>(at)]);
}

/// The levels of the messages are as many as the block has, else one message took another's.
void check_counts(const BlockInfo& info, std::span<const void* const> data) {
  if (info.kind != EventKind::kBookDelta) return;
  std::uint64_t sum = 0;
  for (const ColumnId side : {ColumnId::kBids, ColumnId::kAsks}) {
    const auto* const counts = array_of<std::uint32_t>(info, side, data);
    sum = std::accumulate(counts, counts + info.rows, sum);
  }
  if (sum == info.levels) return;
  throw DataError("book delta messages count " + std::to_string(sum) + " levels and bring " +
                  std::to_string(info.levels));
}

/// That the columns are the kind's, each once and none missing.
void check_columns(const BlockInfo& info) {
  for (const ColumnRule& rule : columns_of(info.kind)) {
    const auto found = std::ranges::count(info.columns, rule.id);
    if (found == 1 || (found == 0 && rule.optional)) continue;
    throw DataError("a block has column " + std::string(rule.name) + " " + std::to_string(found) +
                    " times");
  }
}

}  // namespace

bool BlockInfo::has(ColumnId id) const noexcept {
  return std::ranges::find(columns, id) != columns.end();
}

std::size_t values_of(const BlockInfo& info, const ColumnRule& rule) noexcept {
  if (!rule.per_level) return info.rows;
  return std::size_t{info.levels} * (info.kind == EventKind::kBookSnapshot ? info.rows : 1);
}

std::string encode_block(const BlockInfo& info, std::span<const void* const> data) {
  check_size(info);
  check_columns(info);
  if (data.size() != info.columns.size()) throw DataError("a block of other columns");
  check_counts(info, data);
  const bool trades = info.kind == EventKind::kTrade && !info.has(ColumnId::kSeq) && !info.more;
  const auto* const ts = array_of<std::int64_t>(info, ColumnId::kTsNs, data);
  std::string directory, body;
  for (std::size_t i = 0; i < info.columns.size(); ++i) {
    const ColumnRule* rule = column_rule(info.kind, info.columns[i]);
    if (rule == nullptr) throw DataError("a block of this kind has no such column");
    const CodedBytes coded = encode_column(info, *rule, data[i], ts, !trades);
    append_entry(directory, static_cast<std::uint16_t>(rule->id), coded);
    body += coded.data;
  }
  const std::string packed = packed_names(info.names);
  std::string block(kMagic);
  store(block, static_cast<std::uint8_t>(info.kind));
  store(block, trades ? kTradeLayout : kLayout);
  store(block, static_cast<std::uint16_t>(info.columns.size()));
  store(block, info.rows);
  store(block, static_cast<std::uint32_t>(packed.size()));
  store(block, info.first_row);
  if (!trades) {
    store(block, info.levels);
    store(block, info.more ? kMore : 0U);
  }
  block += directory + packed + body;
  if (block.size() <= kMaxBlockBytes) return block;
  throw DataError("a block of " + std::to_string(info.rows) + " rows takes " +
                  std::to_string(block.size()) + " bytes, more than " +
                  std::to_string(kMaxBlockBytes));
}

BlockInfo inspect_block(Bytes block) { return read_layout(block).info; }

void decode_block(Bytes block, std::span<void* const> data) {
  const auto [info, columns] = read_layout(block);
  if (data.size() != columns.size()) throw DataError("tick file block of other columns");
  const auto ts_at = std::ranges::find(info.columns, ColumnId::kTsNs) - info.columns.begin();
  auto* const ts = static_cast<std::int64_t*>(data[static_cast<std::size_t>(ts_at)]);
  decode_column(columns[static_cast<std::size_t>(ts_at)], std::span(ts, info.rows));
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const ColumnRule* rule = column_rule(info.kind, info.columns[i]);
    if (rule->id != ColumnId::kTsNs) decode_into(info, *rule, columns[i], data[i], ts);
  }
  check_counts(info, std::vector<const void*>(data.begin(), data.end()));
}

}  // namespace tickeng::io
