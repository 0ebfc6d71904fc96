// Trade blocks: which columns there are and how each becomes a coded column.

#include "tickeng/io/block_codec.hpp"

#include <array>
#include <cstring>
#include <limits>
#include <string_view>

#include "tickeng/base/error.hpp"
#include "tickeng/io/block_codec_column.hpp"

namespace tickeng::io {
namespace {

constexpr std::string_view kMagic = "TKBL";
constexpr std::uint8_t kTradeVersion = 1;

using Bytes = std::span<const std::uint8_t>;

/// A block's header and directory, each column's bytes in place.
struct Layout {
  BlockInfo info;
  std::vector<CodedColumn> columns;

  [[nodiscard]] const CodedColumn* find(ColumnId id) const noexcept {
    for (const CodedColumn& column : columns) {
      if (column.id == static_cast<std::uint16_t>(id)) return &column;
    }
    return nullptr;
  }

  [[nodiscard]] const CodedColumn& at(ColumnId id) const {
    if (const CodedColumn* column = find(id)) return *column;
    throw DataError("tick file block has no column " + std::to_string(static_cast<int>(id)));
  }
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

void check_kind(std::uint8_t kind, std::uint8_t version) {
  constexpr std::array kNames = {"trade", "quote",  "book snapshot", "book delta",
                                 "bar",   "leader", "own order",     "timer"};
  if (kind != static_cast<std::uint8_t>(EventKind::kTrade)) {
    const std::string name = kind < kNames.size() ? kNames[kind] : "unknown";
    throw DataError("tick file block of kind " + std::to_string(kind) + " (" + name +
                    ") is not readable by this version, which reads trades");
  }
  if (version != kTradeVersion) {
    throw DataError("tick file trade block of version " + std::to_string(version) +
                    " is not readable by this version, which reads " +
                    std::to_string(kTradeVersion));
  }
}

Layout read_layout(Bytes block) {
  Bytes rest = block;
  const Bytes head = take(rest, kBlockHeaderBytes);
  if (std::memcmp(head.data(), kMagic.data(), kMagic.size()) != 0) {
    throw DataError("tick file frame holds no block");
  }
  check_kind(head[4], head[5]);
  Layout layout;
  const std::size_t columns = load<std::uint16_t>(&head[6]);
  layout.info.rows = load<std::uint32_t>(&head[8]);
  layout.info.first_row = load<std::uint64_t>(&head[16]);
  if (layout.info.rows == 0 || layout.info.rows > kMaxBlockRows) {
    throw DataError("tick file block says it has " + std::to_string(layout.info.rows) + " rows");
  }
  Bytes directory = take(rest, columns * kColumnEntryBytes);
  layout.info.names = read_names(take(rest, load<std::uint32_t>(&head[12])));
  for (std::size_t i = 0; i < columns; ++i) {
    CodedColumn column = read_entry(take(directory, kColumnEntryBytes).data(), layout.info.rows);
    column.data = take(rest, column.bytes);
    const bool known = column.id >= 1 && column.id <= static_cast<std::uint16_t>(ColumnId::kId);
    if (!known && column.id < static_cast<std::uint16_t>(ColumnId::kOptional)) {
      throw DataError("tick file block has an unknown column " + std::to_string(column.id));
    }
    if (known && layout.find(static_cast<ColumnId>(column.id)) != nullptr) {
      throw DataError("tick file block has column " + std::to_string(column.id) + " twice");
    }
    layout.columns.push_back(column);
  }
  if (!rest.empty()) throw DataError("tick file block is longer than it says");
  layout.info.has_recv = layout.find(ColumnId::kRecvNs) != nullptr;
  layout.info.has_symbol = layout.find(ColumnId::kSymbol) != nullptr;
  layout.info.has_id = layout.find(ColumnId::kId) != nullptr;
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

std::vector<std::int64_t> latencies(const TradeColumns<ConstSpan>& trades) {
  std::vector<std::int64_t> values(trades.recv_ns.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(trades.recv_ns[i]) -
                                          static_cast<std::uint64_t>(trades.ts_ns[i]));
  }
  return values;
}

}  // namespace

std::string encode_trades(const TradeColumns<ConstSpan>& trades, std::uint64_t first_row,
                          std::span<const std::string> names) {
  const std::size_t rows = trades.ts_ns.size();
  if (rows == 0 || rows > kMaxBlockRows) throw DataError("a block holds 1 to 1048576 rows");
  std::string directory, data;
  std::uint16_t columns = 0;
  const auto add = [&](ColumnId id, CodedBytes coded) {
    append_entry(directory, static_cast<std::uint16_t>(id), coded);
    data += coded.data;
    ++columns;
  };
  const auto widened = [](const auto& values) {
    return std::vector<std::int64_t>(values.begin(), values.end());
  };
  add(ColumnId::kTsNs, encode_integers(trades.ts_ns));
  if (!trades.recv_ns.empty()) add(ColumnId::kRecvNs, encode_integers(latencies(trades)));
  if (!trades.symbol.empty()) add(ColumnId::kSymbol, encode_integers(widened(trades.symbol)));
  add(ColumnId::kPrice, encode_decimals(trades.price));
  add(ColumnId::kQty, encode_decimals(trades.qty));
  add(ColumnId::kSide, encode_integers(widened(trades.side)));
  if (!trades.id.empty()) add(ColumnId::kId, encode_integers(trades.id));

  const std::string packed = packed_names(names);
  std::string block(kMagic);
  store(block, static_cast<std::uint8_t>(EventKind::kTrade));
  store(block, kTradeVersion);
  store(block, columns);
  store(block, static_cast<std::uint32_t>(rows));
  store(block, static_cast<std::uint32_t>(packed.size()));
  store(block, first_row);
  return block + directory + packed + data;
}

BlockInfo inspect_block(Bytes block) { return read_layout(block).info; }

void decode_trades(Bytes block, const TradeColumns<MutableSpan>& trades) {
  const Layout layout = read_layout(block);
  decode_column(layout.at(ColumnId::kTsNs), trades.ts_ns);
  decode_column(layout.at(ColumnId::kPrice), trades.price);
  decode_column(layout.at(ColumnId::kQty), trades.qty);
  decode_column(layout.at(ColumnId::kSide), trades.side);
  if (layout.info.has_symbol) decode_column(layout.at(ColumnId::kSymbol), trades.symbol);
  if (layout.info.has_id) decode_column(layout.at(ColumnId::kId), trades.id);
  if (!layout.info.has_recv) return;
  decode_column(layout.at(ColumnId::kRecvNs), trades.recv_ns);
  for (std::size_t i = 0; i < trades.recv_ns.size(); ++i) {
    trades.recv_ns[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(trades.recv_ns[i]) +
                                                  static_cast<std::uint64_t>(trades.ts_ns[i]));
  }
}

}  // namespace tickeng::io
