// Bytes in blocks of any size to whole lines, and lines to batches of events.
// A line that crosses blocks is carried; one longer than kMaxLine is dropped while it streams past
// and refused as one row, so that memory stays bounded. Blank lines and lines that begin with # are
// not rows. A line end always ends a row, inside quotes too: an open quote then costs one row and
// not the rest of the file. Rows are accepted, refused or filtered; after a contradiction nothing
// more is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tickeng/io/event_columns.hpp"
#include "tickeng/io/symbol_table.hpp"

namespace tickeng::io {

class LineReader {
 public:
  static constexpr std::size_t kMaxLine = std::size_t{1} << 20;

  /// `line_end`: a newline, or a carriage return where lines end in nothing else.
  explicit LineReader(char line_end = '\n') noexcept : line_end_(line_end) {}
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;
  virtual ~LineReader() = default;

  /// Starts a batch of at most `rows` data rows; the columns have room for that many.
  void begin_batch(const EventColumns& columns, std::size_t rows);
  /// Reads until the bytes or the batch end, whichever is first; returns the bytes used.
  [[nodiscard]] std::size_t feed(std::span<const char> bytes);
  /// The last line, when no line end ends it.
  void finish();
  /// Rows up to and including this one are passed over without being stored.
  void skip_to(std::int64_t row) noexcept { skip_to_ = row; }

  [[nodiscard]] bool full() const noexcept { return batch_rows_ == batch_limit_; }
  [[nodiscard]] std::size_t batch_rows() const noexcept { return batch_rows_; }
  [[nodiscard]] std::size_t accepted() const noexcept { return columns_.size; }
  [[nodiscard]] std::int64_t rows() const noexcept { return rows_; }
  /// Rows of this batch that were left out because of their kind of event.
  [[nodiscard]] std::size_t filtered() const noexcept { return filtered_; }
  /// True when bytes of a line without its end are held.
  [[nodiscard]] bool unfinished() const noexcept { return too_long_ || !carry_.empty(); }
  /// True when finish() met a row that was cut off: it is refused.
  [[nodiscard]] bool last_line_cut() const noexcept { return last_line_cut_; }
  [[nodiscard]] const Contradiction& contradiction() const noexcept { return contradiction_; }
  [[nodiscard]] const std::vector<Reject>& rejects() const noexcept { return rejects_; }
  [[nodiscard]] const SymbolTable& symbols() const noexcept { return symbols_; }

 protected:
  /// One line without its line end: calls accept(), reject(), filter() or contradict() at most
  /// once.
  virtual void on_line(const char* begin, const char* end) = 0;
  /// True when lines need not be read while rows are passed over: each of them is one row.
  [[nodiscard]] virtual bool every_line_is_a_row() const noexcept { return false; }

  void accept(const EventRow& event) noexcept {
    ++rows_;
    if (skipping_) return;
    columns_.push(event, rows_);
    ++batch_rows_;
  }
  /// A quote or a book; `values` as EventColumns::push_market takes them.
  void accept_market(const EventRow& event, const double* values) noexcept {
    ++rows_;
    if (skipping_) return;
    columns_.push_market(event, values, rows_);
    ++batch_rows_;
  }
  /// Counts a row whose event goes elsewhere than to the columns; false while rows are passed over.
  [[nodiscard]] bool count_row() noexcept {
    ++rows_;
    if (!skipping_) ++batch_rows_;
    return !skipping_;
  }
  /// Of which kind the rows are that are refused from now on.
  void refuse_as(std::uint8_t kind) noexcept { kind_ = kind; }
  /// No row more belongs to this batch.
  void end_batch() noexcept { batch_limit_ = batch_rows_; }
  /// A level that changed.
  void accept_change(const EventRow& event) noexcept {
    note_change(event);
    (void)count_row();
  }
  /// The same of a row that is refused besides.
  void note_change(const EventRow& event) noexcept {
    if (!skipping_) columns_.push_change(event, rows_ + 1);
  }
  void reject(RejectReason reason, Hint hint, std::string_view line, std::string_view symbol = {});
  void filter() noexcept {
    ++rows_;
    if (skipping_) return;
    ++batch_rows_;
    ++filtered_;
  }
  void contradict(Conflict about, std::string_view field, std::int64_t column = -1);
  /// Refuses the last line, which ends in the middle of a row.
  void reject_cut(RejectReason reason, std::string_view line) {
    last_line_cut_ = true;
    reject(reason, Hint::kCutLine, line);
  }
  /// True while the last line is read, if it has no line end.
  [[nodiscard]] bool at_open_end() const noexcept { return at_open_end_; }
  SymbolTable symbols_;

 private:
  void take_line(const char* begin, const char* end);
  [[nodiscard]] std::size_t end_carried_line(std::span<const char> bytes);
  void carry(const char* begin, const char* end);
  void take_carried_line();

  EventColumns columns_;
  std::vector<Reject> rejects_;
  std::string carry_;
  std::int64_t rows_ = 0;
  std::int64_t skip_to_ = 0;
  std::size_t batch_rows_ = 0;
  std::size_t batch_limit_ = 0;
  std::size_t filtered_ = 0;
  std::uint8_t kind_ = 0;
  Contradiction contradiction_;
  char line_end_;
  bool stopped_ = false;
  bool at_open_end_ = false;
  bool last_line_cut_ = false;
  bool too_long_ = false;
  bool skipping_ = false;
};

}  // namespace tickeng::io
