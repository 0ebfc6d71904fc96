// Splitting finds line ends and delimiters with memchr, which is most of what there is to do.
#include "tickeng/io/sample_columns.hpp"

#include <algorithm>
#include <limits>
#include <unordered_set>

#include "tickeng/io/decimal.hpp"

namespace tickeng::io {
namespace {

bool is_blank(char c) noexcept {
  return c == ' ' || (c >= '\t' && c <= '\r') || (c >= '\x1c' && c <= '\x1f');
}

std::string_view stripped(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_integer(std::string_view text) noexcept {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.empty() || !std::ranges::all_of(text, is_digit)) return false;
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
  constexpr std::string_view kLargest = "9223372036854775807";
  return text.size() < kLargest.size() || (text.size() == kLargest.size() && text <= kLargest);
}

}  // namespace

bool SampleColumns::add(std::string_view text, std::size_t lines, bool whole) {
  for (; lines > 0 && !text.empty(); --lines) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return !whole || add_line(text);
    if (!add_line(text.substr(0, end))) return false;
    text.remove_prefix(end + 1);
  }
  return true;
}

bool SampleColumns::add_line(std::string_view line) {
  if (stripped(line).empty()) return true;
  while (line.ends_with('\r')) line.remove_suffix(1);
  for (std::size_t column = 1; column < width_; ++column) {
    const auto end = line.find(delimiter_);
    if (end == std::string_view::npos) return false;
    cells_.push_back(stripped(line.substr(0, end)));
    line.remove_prefix(end + 1);
  }
  cells_.push_back(stripped(line));
  return line.find(delimiter_) == std::string_view::npos;
}

bool SampleColumns::numbers(std::size_t column, double* out) const noexcept {
  for (std::size_t row = 0; row < rows(); ++row) {
    const auto text = cell(row, column);
    if (parse_decimal(text.data(), text.data() + text.size(), out[row])) continue;
    if (text.find('_') != std::string_view::npos) return false;
    out[row] = std::numeric_limits<double>::quiet_NaN();
  }
  return true;
}

bool SampleColumns::integers(std::size_t column) const noexcept {
  for (std::size_t row = 0; row < rows(); ++row) {
    if (!is_integer(cell(row, column))) return false;
  }
  return true;
}

std::vector<std::string_view> SampleColumns::values(std::size_t column) const {
  std::vector<std::string_view> found;
  std::unordered_set<std::string_view> seen;
  for (std::size_t row = 0; row < rows(); ++row) {
    const auto text = cell(row, column);
    if (row > 0 && text == cell(row - 1, column)) continue;
    if (seen.insert(text).second) found.push_back(text);
  }
  return found;
}

}  // namespace tickeng::io
