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
#include "tickeng/graph/pipeline.hpp"

namespace tickeng {

struct SymbolState {
  std::unique_ptr<Graph> graph;  // null before the first event that moves it
  std::uint64_t left = 0;        // rows that may still come before its windows need memory
  std::uint64_t loaded_at = 0;   // trades: nodes that began without a past may know none before
  BaseSeries base;
  std::vector<double> row;
  Counters counters;  // of trades
  StreamClock clock;
  std::uint32_t flags = 0;
  std::unique_ptr<LeaderFeed> leader;  // null: the shared one
  std::unique_ptr<SeenIds> ids;        // null: none seen
  SymbolFeeds feeds = {};              // what comes beside trades
  std::span<BarSink> bars = {};        // where rows of builders' clocks go, of a run in progress
  Leaders* named = nullptr;            // those that the pipeline names; null: none

  /// Rows of all clocks together.
  [[nodiscard]] std::uint64_t rows() const noexcept { return base.count() + feeds.rows(); }
  /// Memory for the next rows, at most so many; to be called before they come.
  [[gnu::always_inline]] void take_rows(const Pipeline& pipeline, std::uint64_t n = 1) {
    if (left < n) [[unlikely]]
      make_room(pipeline, n);
    left -= n;
  }
  /// Makes the graph, or lets its windows grow. Where there is no memory, the symbol starts anew.
  void make_room(const Pipeline& pipeline, std::uint64_t n);
  void write_bars_to(std::span<BarSink> sinks) noexcept;
  /// Counts n trades that are acceptable, the last one at this time.
  void arrive(std::size_t n, TimeNs last_ns) noexcept {
    counters.in += n;
    counters.processed += n;
    clock.accept(last_ns);
  }
  /// Windows, clock and ids anew. Counters, flags and leader stay.
  void restart(const Pipeline& pipeline) noexcept;
  /// The same, and the memory is freed.
  void forget(const Pipeline& pipeline) noexcept;
};

}  // namespace tickeng
