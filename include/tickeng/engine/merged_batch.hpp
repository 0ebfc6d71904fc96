// Room for a stretch of trades and quotes of one symbol on their way through a graph as columns.
#pragma once

#include <algorithm>
#include <array>
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
  /// How many rows of each clock an event has seen, itself included, and whether it was accepted.
  struct Seen {
    std::array<std::uint32_t, kClocks> rows;
    bool ok;
  };
  std::vector<Seen> by_quote;  ///< of every quote that came
  std::size_t first_trade = 0, first_quote = 0;
  std::size_t trades = 0;  ///< that came

  explicit MergedBatch(const Pipeline& pipeline);

  [[nodiscard]] bool quote_accepted() const noexcept {
    return std::ranges::any_of(by_quote, &Seen::ok);
  }

  void push(const Quote& quote) noexcept {
    const std::size_t i = rows.size[static_cast<std::size_t>(Clock::kQuote)]++;
    ts_ns[i] = quote.ts_ns;
    bid[i] = quote.bid;
    bid_qty[i] = quote.bid_qty;
    ask[i] = quote.ask;
    ask_qty[i] = quote.ask_qty;
    rows.trades_seen[i] = static_cast<std::uint32_t>(trades);
  }
};

}  // namespace tickeng
