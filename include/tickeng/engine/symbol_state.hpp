// All of one symbol.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "tickeng/engine/clock.hpp"
#include "tickeng/engine/counters.hpp"
#include "tickeng/engine/leader_feed.hpp"
#include "tickeng/engine/seen_ids.hpp"
#include "tickeng/engine/symbol_feeds.hpp"
#include "tickeng/graph/graph.hpp"

namespace tickeng {

struct SymbolState {
  std::unique_ptr<Graph> graph;  // null before the first event that moves it
  std::uint64_t left = 0;        // rows that may still come before its windows need memory
  BaseSeries base;
  std::vector<double> row;
  Counters counters;  // of trades
  StreamClock clock;
  std::uint32_t flags = 0;
  std::unique_ptr<LeaderFeed> leader;  // null: the shared one
  std::unique_ptr<SeenIds> ids;        // null: none seen
  SymbolFeeds feeds = {};              // what comes beside trades

  /// Rows of all clocks together.
  [[nodiscard]] std::uint64_t rows() const noexcept { return base.count() + feeds.rows(); }
};

}  // namespace tickeng
