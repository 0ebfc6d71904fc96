// Body of the text writer: row by row into a buffer that always has room for the widest rows.

#include "tickeng/io/text_writer.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "tickeng/base/error.hpp"
#include "tickeng/io/formula_text.hpp"

namespace tickeng::io {
namespace {

constexpr std::size_t kRoom = 1 << 20;     // bytes made ready at once; more only for a wider row
constexpr std::size_t kWidestNumber = 32;  // a double needs 24 characters, an int64 20

char* put(char* out, std::string_view text) noexcept {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

char* put_double(char* out, double value, TextFormat format) noexcept {
  const bool json = format == TextFormat::kJsonl;
  if (std::isnan(value)) return json ? put(out, "null") : out;
  if (std::isinf(value) && json) return put(out, value > 0 ? "1e999" : "-1e999");
  const double size = std::abs(value);
  if (size >= 1e15 || (size < 1e-4 && size > 0)) {
    return std::to_chars(out, out + kWidestNumber, value, std::chars_format::scientific).ptr;
  }
  out = std::to_chars(out, out + kWidestNumber, value, std::chars_format::fixed).ptr;
  return value == std::trunc(value) ? put(out, ".0") : out;
}

/// The text of a column's value before. Many columns change seldom, and copying is ten times as
/// fast as finding the shortest decimal.
struct Repeated {
  std::uint64_t bits = 0;
  std::ptrdiff_t size = -1;
  std::array<char, kWidestNumber> text;

  char* put(char* out, double value, TextFormat format) noexcept {
    const auto now = std::bit_cast<std::uint64_t>(value);
    if (now != bits || size < 0) {
      bits = now;
      size = put_double(text.data(), value, format) - text.data();
    }
    std::memcpy(out, text.data(), text.size());  // of one size, for which there is always room
    return out + size;
  }
};

template <class T>
T value_at(const void* data, std::size_t row) noexcept {
  return static_cast<const T*>(data)[row];
}

char* put_integer(char* out, std::int64_t value) noexcept {
  return std::to_chars(out, out + kWidestNumber, value).ptr;
}

char* put_cell(char* out, const TextColumn& column, std::size_t row, TextFormat format,
               Repeated& before) noexcept {
  switch (column.kind) {
    case CellKind::kF64: return before.put(out, value_at<double>(column.data, row), format);
    case CellKind::kI64: return put_integer(out, value_at<std::int64_t>(column.data, row));
    case CellKind::kI8: return put_integer(out, value_at<std::int8_t>(column.data, row));
    case CellKind::kU8: return put_integer(out, value_at<std::uint8_t>(column.data, row));
    case CellKind::kText: return put(out, column.table[value_at<std::uint32_t>(column.data, row)]);
  }
  return out;
}

/// Checks the codes, prepares the table; returns the widest cell.
std::size_t prepare(TextColumn& column, std::size_t rows, TextFormat format) {
  if (column.kind != CellKind::kText) return kWidestNumber;
  const std::span codes(static_cast<const std::uint32_t*>(column.data), rows);
  for (const std::uint32_t code : codes) {
    if (code >= column.table.size()) {
      throw DataError("text code " + std::to_string(code) + " is outside its table of " +
                      std::to_string(column.table.size()) + " names");
    }
  }
  std::size_t widest = 0;
  for (std::string& name : column.table) {
    name = format == TextFormat::kCsv ? csv_cell(name) : json_string(name);
    widest = std::max(widest, name.size());
  }
  return widest;
}

}  // namespace

std::string csv_cell(std::string_view text) {
  std::string safe = with_guard(text);
  if (!safe.empty() && safe.find_first_of(",\"\r\n") == std::string::npos) return safe;
  std::string cell = "\"";
  for (const char c : safe) {
    if (c == '"') cell += '"';
    cell += c;
  }
  return cell += '"';
}

std::string json_string(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out += '"';
}

TextWriter::TextWriter(TextFormat format, std::vector<std::string> names)
    : format_(format), names_(std::move(names)) {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (format_ == TextFormat::kCsv) {
      before_.emplace_back(i == 0 ? "" : ",");
    } else {
      before_.push_back((i == 0 ? "{" : ",") + json_string(names_[i]) + ":");
    }
  }
}

std::string TextWriter::header() const {
  if (format_ == TextFormat::kJsonl) return {};
  std::string line;
  for (std::size_t i = 0; i < names_.size(); ++i) line += before_[i] + csv_cell(names_[i]);
  return line += '\n';
}

std::string TextWriter::rows(std::vector<TextColumn> columns, std::size_t rows) const {
  if (columns.size() != names_.size()) throw DataError("row has another number of columns");
  const std::string_view end = format_ == TextFormat::kCsv ? "\n" : "}\n";
  std::size_t widest = end.size();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    widest += prepare(columns[i], rows, format_) + before_[i].size();
  }
  const std::size_t at_once = std::max<std::size_t>(1, kRoom / widest);
  std::vector<Repeated> repeated(columns.size());
  std::string text;
  std::size_t used = 0;
  for (std::size_t first = 0; first < rows; first += at_once) {
    const std::size_t last = std::min(rows, first + at_once);
    text.resize(used + widest * (last - first));
    char* out = text.data() + used;
    for (std::size_t row = first; row < last; ++row) {
      for (std::size_t i = 0; i < columns.size(); ++i) {
        out = put_cell(put(out, before_[i]), columns[i], row, format_, repeated[i]);
      }
      out = put(out, end);
    }
    used = static_cast<std::size_t>(out - text.data());
  }
  text.resize(used);
  return text;
}

}  // namespace tickeng::io
