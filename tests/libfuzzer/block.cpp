// Blocks of the tick file: what decodes must come back the same from its own encoding.
#include <bit>
#include <cstring>
#include <optional>
#include <vector>

#include "input.hpp"
#include "tickeng/base/error.hpp"
#include "tickeng/io/block_codec.hpp"

namespace {

using namespace tickeng::io;

constexpr std::uint32_t kMostRows = 4096;  // more add nothing but time

struct Columns {
  std::vector<std::int64_t> ts, recv, id;
  std::vector<double> price, qty;
  std::vector<std::int8_t> side;
  std::vector<std::uint32_t> symbol;

  explicit Columns(const BlockInfo& info)
      : ts(info.rows), recv(info.has_recv ? info.rows : 0), id(info.has_id ? info.rows : 0),
        price(info.rows), qty(info.rows), side(info.rows), symbol(info.has_symbol ? info.rows : 0) {
  }

  template <template <class> class Span>
  TradeColumns<Span> spans() {
    TradeColumns<Span> out;
    out.ts_ns = ts, out.recv_ns = recv, out.id = id, out.price = price, out.qty = qty;
    out.side = side, out.symbol = symbol;
    return out;
  }
};

template <class T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() &&
         (a.empty() || !std::memcmp(a.data(), b.data(), a.size() * sizeof a[0]));
}

std::span<const std::uint8_t> bytes(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

void read_again(Columns& first, const BlockInfo& info) {
  const std::string again = encode_trades(first.spans<ConstSpan>(), info.first_row, info.names);
  const BlockInfo told = inspect_block(bytes(again));
  expect(told.rows == info.rows && told.first_row == info.first_row && told.names == info.names,
         "a block's head comes back");
  Columns second(told);
  decode_trades(bytes(again), second.spans<MutableSpan>());
  expect(same(first.ts, second.ts) && same(first.recv, second.recv) && same(first.id, second.id) &&
             same(first.price, second.price) && same(first.qty, second.qty) &&
             same(first.side, second.side) && same(first.symbol, second.symbol),
         "columns come back bit for bit");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<std::uint8_t> block(data, data + size);
  std::optional<Columns> columns;
  BlockInfo info;
  try {
    info = inspect_block(block);
    if (info.rows > kMostRows) return 0;
    columns.emplace(info);
    decode_trades(block, columns->spans<MutableSpan>());
  } catch (const tickeng::DataError&) {
    return 0;
  }
  read_again(*columns, info);  // an error would now be wrong
  return 0;
}
