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
  BaseSeries base;
  std::vector<double> row;
  Counters counters;  // of trades
  StreamClock clock;
  std::uint32_t flags = 0;
  std::unique_ptr<LeaderFeed> leader;  // null: the shared one
  std::unique_ptr<SeenIds> ids;        // null: none seen
  SymbolFeeds feeds = {};              // what comes beside trades
};

}  // namespace tickeng
