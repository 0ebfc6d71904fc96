// Bytes in blocks of any size to whole lines, and lines to batches of trades.
// A line that crosses blocks is carried; one longer than kMaxLine is dropped while it streams past
// and refused as one row, so that memory stays bounded. Blank lines are not rows. A newline always
// ends a row, inside quotes too: an open quote then costs one row and not the rest of the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tickeng/io/symbol_table.hpp"
#include "tickeng/io/trade_columns.hpp"

namespace tickeng::io {

class LineReader {
 public:
  static constexpr std::size_t kMaxLine = std::size_t{1} << 20;

  LineReader() = default;
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;
  virtual ~LineReader() = default;

  /// Starts a batch of at most `rows` data rows; the columns have room for that many.
  void begin_batch(const TradeColumns& columns, std::size_t rows);
  /// Reads until the bytes or the batch end, whichever is first; returns the bytes used.
  [[nodiscard]] std::size_t feed(std::span<const char> bytes);
  /// The last line, when no newline ends it.
  void finish();
  /// Rows up to and including this one are passed over without being stored.
  void skip_to(std::int64_t row) noexcept { skip_to_ = row; }

  [[nodiscard]] bool full() const noexcept { return batch_rows_ == batch_limit_; }
  [[nodiscard]] std::size_t batch_rows() const noexcept { return batch_rows_; }
  [[nodiscard]] std::size_t accepted() const noexcept { return columns_.size; }
  [[nodiscard]] std::int64_t rows() const noexcept { return rows_; }
  [[nodiscard]] const std::vector<Reject>& rejects() const noexcept { return rejects_; }
  [[nodiscard]] const SymbolTable& symbols() const noexcept { return symbols_; }

 protected:
  /// One line without its line end: calls accept() or reject() at most once.
  virtual void on_line(const char* begin, const char* end) = 0;
  /// True when lines need not be read while rows are passed over: each of them is one row.
  [[nodiscard]] virtual bool every_line_is_a_row() const noexcept { return false; }

  void accept(const Trade& trade) noexcept {
    ++rows_;
    if (skipping_) return;
    columns_.push(trade, rows_);
    ++batch_rows_;
  }
  void reject(Reason reason, Hint hint, std::string_view line, std::string_view symbol = {});
  SymbolTable symbols_;

 private:
  void take_line(const char* begin, const char* end);
  [[nodiscard]] std::size_t end_carried_line(std::span<const char> bytes);
  void carry(const char* begin, const char* end);

  TradeColumns columns_;
  std::vector<Reject> rejects_;
  std::string carry_;
  std::int64_t rows_ = 0;
  std::int64_t skip_to_ = 0;
  std::size_t batch_rows_ = 0;
  std::size_t batch_limit_ = 0;
  bool too_long_ = false;
  bool skipping_ = false;
};

}  // namespace tickeng::io
