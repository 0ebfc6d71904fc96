// Room for a stretch of trades and quotes of one symbol on their way through a graph as columns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "tickeng/graph/pipeline.hpp"

namespace tickeng {

struct MergedBatch {
  static constexpr std::size_t kBlocks = MergedRows::kMax / TradeBlock::kMax + 1;

  MergedRows rows;
  std::unique_ptr<MergedRunner> runner;
  // Quotes that are a market, in order.
  std::vector<TimeNs> ts_ns = std::vector<TimeNs>(MergedRows::kMax);
  std::vector<double> bid = std::vector<double>(MergedRows::kMax);
  std::vector<double> bid_qty = std::vector<double>(MergedRows::kMax);
  std::vector<double> ask = std::vector<double>(MergedRows::kMax);
  std::vector<double> ask_qty = std::vector<double>(MergedRows::kMax);
  static constexpr std::uint32_t kNone = UINT32_MAX;
  std::vector<std::uint32_t> by_quote;  ///< of every quote that came: its event, if accepted
  std::size_t first_trade = 0, first_quote = 0;
  std::size_t trades = 0;  ///< that came

  explicit MergedBatch(const Pipeline& pipeline);

  /// The next event.
  std::uint32_t push(TimeNs at_ns, TimeNs until_ns) noexcept {
    rows.ts_ns[rows.events] = at_ns;
    rows.quote_until_ns[rows.events] = until_ns;
    return static_cast<std::uint32_t>(rows.events++);
  }
  void push(const Quote& quote, std::uint32_t event) noexcept {
    const std::size_t i = rows.size[index_of(Clock::kQuote)]++;
    ts_ns[i] = quote.ts_ns;
    bid[i] = quote.bid;
    bid_qty[i] = quote.bid_qty;
    ask[i] = quote.ask;
    ask_qty[i] = quote.ask_qty;
    rows.event[index_of(Clock::kQuote)][i] = event;
  }
};

}  // namespace tickeng
