// Recorded websocket lines, `local_clock {json}`, to trades: the raw files that hftbacktest's
// Binance collectors write. Only events with "e":"trade" or "e":"aggTrade" are rows; other streams
// pass by, and so do prints of the insurance fund and of ADL ("X" is there and not MARKET).
// Fields: T exchange time, p price, q quantity, m buyer is maker, t or a (aggTrade) trade id,
// s symbol; the number before the object is the local receive clock. The event is the object itself
// or the member "data" of a combined stream.
// Traps: a line that mentions a trade stream but cannot be read is refused and counted, not
// skipped; the two streams tell of the same trades, so a recording of both counts each trade twice.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "tickeng/io/line_reader.hpp"
#include "tickeng/io/time_text.hpp"

namespace tickeng::io {

class RawJsonTrades final : public LineReader {
 public:
  RawJsonTrades(TimeText ts, TimeText recv) : ts_(std::move(ts)), recv_(std::move(recv)) {}

  /// Lines of any kind so far.
  [[nodiscard]] std::int64_t lines() const noexcept { return lines_; }
  /// Whether events of both streams were met.
  [[nodiscard]] bool twice() const noexcept { return trades_ && aggregates_; }

 private:
  void on_line(const char* begin, const char* end) override;

  TimeText ts_;
  TimeText recv_;
  std::int64_t lines_ = 0;
  bool trades_ = false;
  bool aggregates_ = false;
};

}  // namespace tickeng::io
