// Text rows from columns. Line 1: c or j for CSV or JSON lines, then a letter a column (d double,
// q int64, b int8, B uint8, t text); line 2: names of the text's table, parted by blanks; the rest
// are the columns' bytes. Doubles in a CSV must read back to the same bits, and no text may look
// like a formula.
#include <bit>
#include <cctype>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "input.hpp"
#include "tickeng/base/error.hpp"
#include "tickeng/io/decimal.hpp"
#include "tickeng/io/text_writer.hpp"

namespace {

using namespace tickeng::io;

constexpr std::string_view kKinds = "dqbBt";
constexpr std::size_t kSizes[] = {8, 8, 1, 1, 4};

std::vector<std::string> words(std::string_view line) {
  std::vector<std::string> found(1);
  for (const char c : line) {
    if (c == ' ') found.emplace_back();
    else found.back().push_back(c);
  }
  return found;
}

/// Whether the cells of a CSV of doubles alone are what was written.
void read_back(std::string_view text, const double* column, std::size_t rows) {
  for (std::size_t row = 0; row < rows; ++row) {
    const std::string_view cell = text.substr(0, text.find('\n'));
    text.remove_prefix(cell.size() + 1);
    double value = std::nan("");
    const bool found = parse_decimal(cell.data(), cell.data() + cell.size(), value);
    expect(found != std::isnan(column[row]), "a cell is empty where there is no number");
    expect(
        !found || std::bit_cast<std::uint64_t>(value) == std::bit_cast<std::uint64_t>(column[row]),
        "a number comes back bit for bit");
  }
  expect(text.empty(), "there are as many lines as rows");
}

/// Whether a spreadsheet would run the cell, whose quotes are off.
bool runs(std::string_view cell) {
  if (cell.empty()) return false;
  if (std::string_view("=\t\r").find(cell[0]) != std::string_view::npos) return true;
  if (std::string_view("+-@").find(cell[0]) == std::string_view::npos) return false;
  for (const char c : cell.substr(1)) {
    if (!std::isalnum(static_cast<unsigned char>(c)) &&
        std::string_view("._-/:").find(c) == std::string_view::npos) {
      return true;
    }
  }
  return false;
}

void no_formulas(std::string_view text) {
  while (!text.empty()) {
    bool quoted = false;
    std::string cell;
    while (quoted || text[0] != '\n') {
      quoted ^= text[0] == '"';
      if (text[0] != '"' || !quoted) cell += text[0];
      text.remove_prefix(1);
    }
    if (cell.ends_with('"')) cell.pop_back();
    text.remove_prefix(1);
    expect(!runs(cell), "no cell looks like a formula");
  }
}

void write(Input& in) {
  const std::string_view head = in.line();
  const std::vector<std::string> table = words(in.line());
  const TextFormat format = at(head, 0, 'c') == 'j' ? TextFormat::kJsonl : TextFormat::kCsv;
  const std::string_view letters = head.substr(std::min<std::size_t>(1, head.size())).substr(0, 8);
  std::vector<std::size_t> kinds;
  std::size_t row_bytes = 0;
  for (const char letter : letters) {
    kinds.push_back(std::min(kKinds.find(letter), kKinds.size() - 1));
    row_bytes += kSizes[kinds.back()];
  }
  if (kinds.empty()) return;
  const std::size_t rows = in.rest().size() / row_bytes;
  std::vector<Copy> kept;
  std::vector<TextColumn> columns;
  std::size_t from = 0;
  for (const std::size_t kind : kinds) {
    kept.emplace_back(in.rest().substr(from, rows * kSizes[kind]));
    from += rows * kSizes[kind];
    columns.push_back({static_cast<CellKind>(kind), kept.back().begin(), {}});
    if (columns.back().kind == CellKind::kText) columns.back().table = table;
  }
  const TextWriter writer(format, std::vector<std::string>(kinds.size(), "name"));
  (void)writer.header();
  const std::string text = writer.rows(columns, rows);
  if (format == TextFormat::kCsv && kinds == std::vector<std::size_t>{4}) no_formulas(text);
  if (format == TextFormat::kCsv && kinds == std::vector<std::size_t>{0}) {
    std::vector<double> values(rows);
    if (rows > 0) std::memcpy(values.data(), kept[0].begin(), rows * sizeof(double));
    read_back(text, values.data(), rows);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input in(data, size);
  try {
    write(in);
  } catch (const tickeng::DataError&) {
  }
  return 0;
}
