// Blocks of the tick file: what decodes must come back the same from its own encoding.
#include <optional>
#include <string>
#include <vector>

#include "input.hpp"
#include "tickeng/base/error.hpp"
#include "tickeng/io/block_codec.hpp"

namespace {

using namespace tickeng::io;

constexpr std::size_t kMostValues = 8192;  // more add nothing but time

/// An array for each column of a block.
struct Columns {
  std::vector<std::vector<char>> arrays;

  explicit Columns(const BlockInfo& info) {
    for (const ColumnId id : info.columns) {
      const ColumnRule* rule = column_rule(info.kind, id);
      arrays.emplace_back(values_of(info, *rule) * bytes_of(rule->type));
    }
  }

  template <class T>
  std::vector<T*> data() {
    std::vector<T*> found;
    for (auto& array : arrays) found.push_back(array.data());
    return found;
  }
};

std::span<const std::uint8_t> bytes(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

void read_again(Columns& first, const BlockInfo& info) {
  const std::string again = encode_block(info, first.data<const void>());
  const BlockInfo told = inspect_block(bytes(again));
  expect(told.kind == info.kind && told.rows == info.rows && told.levels == info.levels &&
             told.first_row == info.first_row && told.more == info.more &&
             told.names == info.names && told.columns == info.columns,
         "a block's head comes back");
  Columns second(told);
  decode_block(bytes(again), second.data<void>());
  expect(first.arrays == second.arrays, "columns come back bit for bit");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<std::uint8_t> block(data, data + size);
  std::optional<Columns> columns;
  BlockInfo info;
  try {
    info = inspect_block(block);
    expect(info.rows > 0 && info.rows <= kMaxBlockRows, "a block has rows, and not too many");
    const bool book = info.kind == tickeng::EventKind::kBookSnapshot;
    if (info.rows + std::size_t{info.levels} * (book ? info.rows : 1) > kMostValues) return 0;
    columns.emplace(info);
    decode_block(block, columns->data<void>());
  } catch (const tickeng::DataError&) {
    return 0;
  }
  read_again(*columns, info);  // an error would now be wrong
  return 0;
}
