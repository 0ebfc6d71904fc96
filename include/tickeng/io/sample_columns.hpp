// The first rows of delimited text by column, from which it is decided how the file is read.
// Only what is plain is taken: no quotes, no comments, the same number of fields on each line. The
// cells are views of the bytes given, which must stay. They are trimmed of all blanks that ASCII
// has, as Python's str.strip() does.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace tickeng::io {

class SampleColumns {
 public:
  SampleColumns() = default;
  SampleColumns(char delimiter, std::size_t width) : delimiter_(delimiter), width_(width) {}

  /// At most `lines` more lines of `text`; blank ones count, but give no row. What stands behind
  /// the last line end is a line where the text is `whole`. False: some line has another number of
  /// fields than there are columns.
  [[nodiscard]] bool add(std::string_view text, std::size_t lines, bool whole);

  [[nodiscard]] std::size_t rows() const noexcept { return width_ ? cells_.size() / width_ : 0; }
  [[nodiscard]] std::string_view cell(std::size_t row, std::size_t column) const noexcept {
    return cells_[row * width_ + column];
  }
  /// All cells of a column as numbers, NaN where there is none. False: Python's float() may read
  /// one that is none here, 1_000.
  [[nodiscard]] bool numbers(std::size_t column, double* out) const noexcept;
  /// Whether all cells are integers that 64 bits hold, without a plus sign.
  [[nodiscard]] bool integers(std::size_t column) const noexcept;
  /// The different cells of a column by first appearance.
  [[nodiscard]] std::vector<std::string_view> values(std::size_t column) const;

 private:
  [[nodiscard]] bool add_line(std::string_view line);

  char delimiter_ = ',';
  std::size_t width_ = 0;
  std::vector<std::string_view> cells_;  // row by row
};

}  // namespace tickeng::io
