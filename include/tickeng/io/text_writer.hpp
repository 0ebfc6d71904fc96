// CSV and JSONL rows from columns.
//
// Numbers are the shortest decimal text that reads back to the same bits; a whole double keeps its
// ".0", so that readers which guess types from the first rows see a float. NaN is an empty CSV cell
// and a JSON null; an infinity is `inf` in CSV and 1e999 in JSON, valid there and read as infinity.
// A text column is a code per row and a table of names; the table is quoted or escaped once, not
// per row. A CSV cell that a spreadsheet would run as a formula begins with an apostrophe
// (formula_text.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tickeng::io {

enum class TextFormat : std::uint8_t { kCsv, kJsonl };
enum class CellKind : std::uint8_t { kF64, kI64, kI8, kU8, kText };

/// One column: `data` points at one value per row (kText: a std::uint32_t code into `table`).
struct TextColumn {
  CellKind kind = CellKind::kF64;
  const void* data = nullptr;
  std::vector<std::string> table;
};

/// Formats rows of a fixed list of columns.
class TextWriter {
 public:
  TextWriter(TextFormat format, std::vector<std::string> names);

  /// The header line of a CSV; empty for JSONL.
  [[nodiscard]] std::string header() const;

  /// Text of the first `rows` rows; throws DataError when a code is outside its table.
  [[nodiscard]] std::string rows(std::vector<TextColumn> columns, std::size_t rows) const;

 private:
  TextFormat format_;
  std::vector<std::string> names_;
  std::vector<std::string> before_;  // what precedes each cell: a separator, in JSONL the key too
};

/// `text` as one CSV cell.
[[nodiscard]] std::string csv_cell(std::string_view text);

/// `text` (UTF-8) as one JSON string with its quotes.
[[nodiscard]] std::string json_string(std::string_view text);

}  // namespace tickeng::io
