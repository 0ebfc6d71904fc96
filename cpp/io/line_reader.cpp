// Line splitting; the contract is in the header.
#include "tickeng/io/line_reader.hpp"

#include <algorithm>
#include <cstring>

namespace tickeng::io {

void LineReader::begin_batch(const EventColumns& columns, std::size_t rows) {
  columns_ = columns;
  columns_.size = 0;
  rejects_.clear();
  batch_rows_ = 0;
  filtered_ = 0;
  batch_limit_ = rows;
}

std::size_t LineReader::feed(std::span<const char> bytes) {
  if (stopped_) return 0;
  std::size_t used = 0;
  if (!carry_.empty() || too_long_) used = end_carried_line(bytes);
  while (used < bytes.size() && !full() && !stopped_) {
    const char* const begin = bytes.data() + used;
    const auto* const newline =
        static_cast<const char*>(std::memchr(begin, line_end_, bytes.size() - used));
    if (!newline) {
      carry(begin, bytes.data() + bytes.size());
      return bytes.size();
    }
    used += static_cast<std::size_t>(newline - begin) + 1;
    take_line(begin, newline);
  }
  return used;
}

std::size_t LineReader::end_carried_line(std::span<const char> bytes) {
  if (full() || bytes.empty()) return 0;
  const auto* const newline =
      static_cast<const char*>(std::memchr(bytes.data(), line_end_, bytes.size()));
  const char* const stop = newline ? newline : bytes.data() + bytes.size();
  carry(bytes.data(), stop);
  if (newline) take_carried_line();
  return static_cast<std::size_t>(stop - bytes.data()) + (newline ? 1 : 0);
}

void LineReader::carry(const char* begin, const char* end) {
  auto length = static_cast<std::size_t>(end - begin);
  // One byte more than a line may have: the carriage return that take_line strips.
  if (carry_.size() + length > kMaxLine + 1) too_long_ = true;
  if (too_long_) {  // only its beginning is kept, for the report
    carry_.resize(std::min(carry_.size(), Reject::kTextBytes));
    length = std::min(length, Reject::kTextBytes - carry_.size());
  }
  carry_.append(begin, length);
}

void LineReader::finish() {
  if (stopped_) return;
  at_open_end_ = true;
  take_carried_line();
  at_open_end_ = false;
}

void LineReader::take_carried_line() {
  if (too_long_) {
    reject(RejectReason::kLine, Hint::kTooLong, carry_);
  } else if (!carry_.empty()) {
    take_line(carry_.data(), carry_.data() + carry_.size());
  }
  carry_.clear();
  too_long_ = false;
}

void LineReader::take_line(const char* begin, const char* end) {
  if (begin != end && end[-1] == '\r') --end;
  if (begin == end || *begin == '#') return;
  skipping_ = rows_ < skip_to_;
  if (static_cast<std::size_t>(end - begin) > kMaxLine) {
    reject(RejectReason::kLine, Hint::kTooLong, {begin, Reject::kTextBytes});
  } else if (skipping_ && every_line_is_a_row()) {
    ++rows_;
  } else {
    on_line(begin, end);
  }
}

void LineReader::reject(RejectReason reason, Hint hint, std::string_view line,
                        std::string_view symbol) {
  skipping_ = rows_ < skip_to_;
  ++rows_;
  if (skipping_) return;
  ++batch_rows_;
  rejects_.push_back({rows_, reason, hint, std::string(line.substr(0, Reject::kTextBytes)),
                      std::string(symbol.substr(0, SymbolTable::kMaxName)), kind_});
}

void LineReader::contradict(Conflict about, std::string_view field, std::int64_t column) {
  contradiction_ = {about, rows_ + 1, std::string(field.substr(0, Reject::kTextBytes)), column};
  stopped_ = true;
}

}  // namespace tickeng::io
