// Delimited text to trades: one line a row, one role a column.
// Delimiters are found 16 bytes at a time, fields are converted where they lie. A row is refused
// for the first of its faults in the order fields, timestamp, price, qty, side, id.
// Trap: a row must have exactly as many fields as there are roles; fields may be quoted ("" is a
// quote inside), but a quoted field never spans lines.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tickeng/io/line_reader.hpp"
#include "tickeng/io/time_text.hpp"

namespace tickeng::io {

enum class Role : std::uint8_t { kIgnore, kTs, kRecv, kPrice, kQty, kSide, kMaker, kSymbol, kId };

struct CsvLayout {
  std::vector<Role> roles;  // one a column
  char delimiter = ',';
  TimeText ts;
  TimeText recv;
  double price_divisor = 1;  // 10000 where prices are written as integers of 1/10000
};

class CsvTrades final : public LineReader {
 public:
  explicit CsvTrades(CsvLayout layout);

  [[nodiscard]] TimeUnit ts_unit() const noexcept { return layout_.ts.unit(); }

 private:
  struct Use {
    Role role;
    std::uint32_t column;
  };
  void on_line(const char* begin, const char* end) override;
  [[nodiscard]] bool every_line_is_a_row() const noexcept override;
  [[nodiscard]] bool split(const char* begin, const char* end, Hint& hint);
  [[nodiscard]] bool split_quoted(const char* begin, const char* end, Hint& hint);
  [[nodiscard]] bool convert(const Use& use, Trade& trade, Reason& reason, Hint& hint);

  CsvLayout layout_;
  std::vector<Use> uses_;  // in the order in which faults are reported
  std::vector<std::string_view> fields_;
  std::vector<std::string> unquoted_;
  std::int64_t symbol_column_ = -1;
};

}  // namespace tickeng::io
