// Blocks of the tick file, kind by kind: every bit comes back, every cut is a typed error, and what
// a header says is checked before anything of its size is allocated.
#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "draw.hpp"
#include "tickeng/base/error.hpp"
#include "tickeng/io/block_codec.hpp"

namespace {

using namespace tickeng;
using namespace tickeng::io;

int failures = 0;

void expect(bool holds, const std::string& what) {
  std::printf("%s  %s\n", holds ? "ok  " : "FAIL", what.c_str());
  failures += holds ? 0 : 1;
}

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::array kKinds = {EventKind::kTrade, EventKind::kQuote, EventKind::kBookSnapshot,
                               EventKind::kBookDelta};

/// A block with its arrays as bytes.
struct Sample {
  BlockInfo info;
  std::vector<std::vector<char>> arrays;

  [[nodiscard]] std::vector<const void*> in() const {
    std::vector<const void*> data;
    for (const auto& array : arrays) data.push_back(array.data());
    return data;
  }
  std::vector<void*> out() {
    std::vector<void*> data;
    for (auto& array : arrays) data.push_back(array.data());
    return data;
  }
  [[nodiscard]] std::string encoded() const { return encode_block(info, in()); }
};

std::vector<char> drawn(ValueType type, std::size_t count, bool odd, Draw& draw) {
  std::vector<char> bytes(count * bytes_of(type));
  for (std::size_t i = 0; i < count; ++i) {
    if (type == ValueType::kFloat64) {
      const std::array values = {kNaN, -0.0, 5e-324, -kNaN, 1e300, 0.1 + 0.2};
      const double plain = static_cast<double>(static_cast<int>(draw() * 5000)) / 100;
      const auto pick = static_cast<std::size_t>(draw() * 12);
      const std::size_t most = odd ? values.size() : 1;  // NaN alone keeps a decimal column
      const double value = pick < most ? values[pick] : plain;
      std::memcpy(&bytes[8 * i], &value, 8);
    } else if (type == ValueType::kInt64) {
      const auto near = static_cast<std::int64_t>(draw() * 1e6);
      const auto far = static_cast<std::int64_t>(draw() * 9e18) * (draw() < 0.5 ? 1 : -1);
      const std::int64_t value =
          draw() < 0.1 ? std::numeric_limits<std::int64_t>::min() : (odd ? far : near);
      std::memcpy(&bytes[8 * i], &value, 8);
    } else {
      bytes[bytes_of(type) * i] = static_cast<char>(draw() * 3);  // small counts, flags and codes
    }
  }
  return bytes;
}

Sample sample(EventKind kind, std::uint32_t rows, bool all, bool odd, Draw& draw) {
  Sample s;
  s.info.kind = kind;
  s.info.rows = rows;
  s.info.first_row = 7;
  s.info.more = draw() < 0.5;
  s.info.names = {"BTCUSDT", ""};
  s.info.levels = kind == EventKind::kBookSnapshot ? 3 : 0;
  for (const ColumnRule& rule : columns_of(kind)) {
    if (rule.optional && !all) continue;
    if (rule.id == ColumnId::kPrice && kind == EventKind::kBookDelta) {
      for (std::size_t side = s.arrays.size() - 2; side < s.arrays.size(); ++side) {
        for (std::uint32_t i = 0; i < rows; ++i) {
          s.info.levels += static_cast<unsigned char>(s.arrays[side][4 * i]);
        }
      }
    }
    s.info.columns.push_back(rule.id);
    s.arrays.push_back(drawn(rule.type, values_of(s.info, rule), odd, draw));
  }
  return s;
}

std::span<const std::uint8_t> bytes(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

bool comes_back(const Sample& s) {
  const std::string block = s.encoded();
  const BlockInfo found = inspect_block(bytes(block));
  if (found.kind != s.info.kind || found.rows != s.info.rows || found.levels != s.info.levels ||
      found.first_row != 7 || found.more != s.info.more || found.names != s.info.names ||
      found.columns != s.info.columns) {
    return false;
  }
  Sample again = s;
  for (auto& array : again.arrays) std::ranges::fill(array, '\x55');
  decode_block(bytes(block), again.out());
  return again.arrays == s.arrays;
}

template <class Call>
bool refused(Call call, const std::string& word) {
  try {
    call();
  } catch (const DataError& e) {
    return std::string(e.what()).find(word) != std::string::npos;
  }
  return false;
}

bool every_cut_is_refused(const Sample& s) {
  const std::string block = s.encoded();
  for (std::size_t size = 0; size < block.size(); ++size) {
    const std::string cut = block.substr(0, size);
    if (!refused([&] { static_cast<void>(inspect_block(bytes(cut))); }, "tick file")) return false;
  }
  return true;
}

bool lie_refused(const Sample& s, std::size_t at, std::uint32_t value, const std::string& word) {
  std::string block = s.encoded();
  std::memcpy(&block[at], &value, sizeof value);
  return refused([&] { static_cast<void>(inspect_block(bytes(block))); }, word);
}

}  // namespace

int main() {
  Draw draw;
  bool whole = true, cut = true;
  for (const EventKind kind : kKinds) {
    for (int i = 0; i < 400; ++i) {
      const auto rows = static_cast<std::uint32_t>(1 + draw() * (i % 40 == 0 ? 3000 : 20));
      whole = whole && comes_back(sample(kind, rows, i % 2 == 0, i % 4 < 2, draw));
    }
    cut = cut && every_cut_is_refused(sample(kind, 5, true, false, draw));
  }
  expect(whole, "every bit of every kind comes back");
  expect(cut, "every cut is refused");

  const Sample book = sample(EventKind::kBookSnapshot, 4, true, false, draw);
  expect(lie_refused(book, 24, 1U << 30, "1073741824 levels in 4 rows"), "a book of 2^32 values");
  expect(lie_refused(book, 24, 0, "0 levels"), "a book without levels");
  expect(lie_refused(book, 28, 2, "with flags 2"), "a flag of a newer version");
  const Sample quote = sample(EventKind::kQuote, 4, true, false, draw);
  expect(lie_refused(quote, 24, 2, "2 levels"), "a quote with levels");
  Sample delta = sample(EventKind::kBookDelta, 9, true, false, draw);
  delta.arrays[8][0] = static_cast<char>(delta.arrays[8][0] + 1);
  expect(refused([&] { static_cast<void>(delta.encoded()); }, "levels and bring"),
         "counts that are not those of the levels");
  Sample bare = quote;
  bare.info.columns.pop_back();
  bare.info.columns.erase(bare.info.columns.begin());
  expect(refused([&] { static_cast<void>(encode_block(bare.info, bare.in())); }, "ts_ns 0 times"),
         "a block without time");
  return failures == 0 ? 0 : 1;
}
