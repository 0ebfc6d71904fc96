// Recorded websocket lines, `local_ns {json}`, to trades: the raw files that hftbacktest's Binance
// collectors write. Only events with "e":"trade" are rows; other streams pass by.
// Fields: T exchange time (ms), p price, q quantity, m buyer is maker, t trade id, s symbol; the
// number before the object is the local receive clock (ns). The event is the object itself or the
// member "data" of a combined stream.
// Trap: a line that mentions a trade stream but cannot be read is refused and counted, not skipped.
#pragma once

#include <string_view>
#include <utility>

#include "tickeng/io/line_reader.hpp"
#include "tickeng/io/time_text.hpp"

namespace tickeng::io {

class RawJsonTrades final : public LineReader {
 public:
  RawJsonTrades(TimeText ts, TimeText recv) : ts_(std::move(ts)), recv_(std::move(recv)) {}

 private:
  void on_line(const char* begin, const char* end) override;

  TimeText ts_;
  TimeText recv_;
};

}  // namespace tickeng::io
