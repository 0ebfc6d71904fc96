// Recorded websocket lines, `local_clock {json}`, to trades, quotes and changes of books: the raw
// files that hftbacktest's Binance collectors write; or the messages alone, a line each. An event
// is the object, or the member "data" of a combined stream, whose "stream" is `symbol@name`:
//   trade, aggTrade    "e"; T time, p price, q quantity, m buyer is maker, t or a (aggTrade) id;
//                      what has an "X" that is not MARKET, insurance fund and ADL, is left out
//   bookTicker         "e", of spot the stream alone; b, B, a, A prices and quantities, u id
//   depthUpdate        "e"; b and a lists of levels, U first, u last, pu previous update
//   snapshot           an answer to a request for depth: lastUpdateId, bids, asks. With the newer
//                      of the messages that came before it, it is the book of the last of them,
//                      and has the time of that one, if its own is earlier
// Rows: where trades alone are read, those are the rows, and lines of other streams pass by unread;
// else each line is one, so that its number does not depend on the kinds that are wanted.
// Traps: a line that mentions a trade stream but cannot be read is refused, not skipped. The two
// streams tell of the same trades, so a recording of both counts each twice. Streams like depth20
// have the best levels in the form of changes: they are not read. Exchange times do not rise from
// stream to stream.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tickeng/io/depth_columns.hpp"
#include "tickeng/io/line_reader.hpp"
#include "tickeng/io/time_text.hpp"

namespace tickeng::io {

struct RawJsonOptions {
  TimeText ts;                                        // of the exchange
  TimeText recv;                                      // of the local clock
  bool trades = true, quotes = false, depth = false;  // which are wanted
  bool clocked = true;      // a local clock stands in front of each message
  bool by_recv = false;     // an event without an exchange time has the local one
  std::string symbol = {};  // of snapshots that name none; empty: that of the depth messages
};

class RawJsonEvents final : public LineReader {
 public:
  /// What is in a line, as far as its stream or its event says.
  enum class Kind : std::uint8_t { kUnknown, kOther, kTrade, kQuote, kDepth };
  /// Of which market of the venue, as far as messages tell: trades of spot have a member M, those
  /// of futures may have an X; changes of depth of futures have a pu. Quotes do not tell.
  enum class Product : std::uint8_t { kUnknown, kSpot, kFutures };
  /// Levels after which a batch ends, so that its memory does not grow with the books.
  static constexpr std::size_t kMostLevels = std::size_t{1} << 20;

  explicit RawJsonEvents(RawJsonOptions options)
      : wanted_(std::move(options)), lines_are_rows_(wanted_.quotes || wanted_.depth) {}

  /// Where a batch's quotes go; to be called behind begin_batch(), whose columns take its trades.
  void begin_market(const EventColumns& quotes) noexcept {
    quotes_ = quotes;
    quotes_.size = 0;
    depth_ = {};
  }
  [[nodiscard]] std::size_t quotes() const noexcept { return quotes_.size; }
  [[nodiscard]] const DepthColumns& depth() const noexcept { return depth_; }

  /// Lines of any kind so far.
  [[nodiscard]] std::int64_t lines() const noexcept { return lines_; }
  /// Those of the kinds that are wanted, refused ones too.
  [[nodiscard]] std::int64_t trade_lines() const noexcept { return met(Kind::kTrade); }
  [[nodiscard]] std::int64_t quote_lines() const noexcept { return met(Kind::kQuote); }
  [[nodiscard]] std::int64_t depth_lines() const noexcept { return met(Kind::kDepth); }
  /// By symbol; those behind the last are not known.
  [[nodiscard]] const std::vector<Product>& products() const noexcept { return products_; }
  /// Whether events of both streams of trades were met.
  [[nodiscard]] bool twice() const noexcept { return trades_ && aggregates_; }

 private:
  struct Event;
  struct Line;
  static constexpr std::uint32_t kNoSymbol = std::numeric_limits<std::uint32_t>::max();

  void on_line(const char* begin, const char* end) override;
  void on_trade(const Line& line, const Event& event);
  void on_quote(const Line& line, const Event& event);
  void on_depth(const Line& line, const Event& event);
  [[nodiscard]] bool wants(Kind kind) const noexcept;
  [[nodiscard]] std::int64_t met(Kind kind) const noexcept {
    return met_[static_cast<std::size_t>(kind)];
  }
  void leave_out() noexcept {
    if (lines_are_rows_) filter();
  }
  [[nodiscard]] static bool read(std::string_view text, Event& event);
  [[nodiscard]] static Kind kind_of(const Event& event) noexcept;
  [[nodiscard]] bool read_times(const Line& line, const Event& event, std::string_view time,
                                std::string_view symbol, EventRow& row);
  [[nodiscard]] static bool read_numbers(const Event& event, DepthRow& message) noexcept;
  [[nodiscard]] bool is_of(Product product, std::uint32_t symbol);
  [[nodiscard]] bool name_depth(const Line& line, const Event& event, std::uint32_t& symbol);
  [[nodiscard]] bool borrow_symbol(std::uint32_t& symbol);
  [[nodiscard]] bool may_be_best_levels(const DepthRow& message, std::size_t first);

  RawJsonOptions wanted_;
  bool lines_are_rows_;
  EventColumns quotes_;
  DepthColumns depth_;
  std::int64_t lines_ = 0;
  std::array<std::int64_t, 5> met_{};  // by kind
  bool trades_ = false;
  bool aggregates_ = false;
  std::vector<Product> products_;           // by symbol
  std::vector<std::int64_t> depth_ns_;      // of the newest message of depth, by symbol
  std::uint32_t depth_symbol_ = kNoSymbol;  // of the first message of depth
  std::uint32_t other_symbol_ = kNoSymbol;  // of the first that has another
  bool borrowed_ = false;                   // a snapshot without a symbol was given that one
  int like_best_ = 0;  // messages without a stream that may be the best levels alone; -1: none is
};

}  // namespace tickeng::io
