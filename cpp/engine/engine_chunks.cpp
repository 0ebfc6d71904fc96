// One symbol's long stretch on many threads: chunks, each run by a clone of the symbol's graph that
// first takes in as many rows before its chunk as kernels remember. The graph of the last chunk,
// with the counts of all, is then the symbol's: the same bits as on one thread.
#include <algorithm>

#include "tickeng/engine/engine.hpp"
#include "tickeng/engine/team.hpp"

namespace tickeng {
namespace {

Trade trade_at(const TradeColumns& trades, std::size_t row) noexcept {
  return {trades.ts_ns[row], trades.price[row], trades.qty[row], trades.side[row]};
}

/// The first row that a node must see so that it is right from `row` on; `lowest` at least.
std::size_t back(const Pipeline::Memory& node, const TradeColumns& trades, std::size_t row,
                 std::size_t lowest) {
  std::size_t at = row;
  if (node.reach.ns > 0) {
    const TimeNs until = trades.ts_ns[row] - static_cast<TimeNs>(node.reach.ns);
    const TimeNs* const ts = trades.ts_ns;
    at = static_cast<std::size_t>(std::upper_bound(ts + lowest, ts + row, until) - ts);
  }
  at = std::max<std::size_t>(at, lowest + node.reach.rows) - node.reach.rows;
  const auto known = [&](std::size_t i) {
    return node.known(*node.params, trade_at(trades, i), trade_at(trades, i - 1));
  };
  while (node.known != nullptr && at > lowest && !known(at)) --at;
  return at;
}

/// Where to begin so that from `row` on every node is right: each in time for those that read it.
std::size_t known_from(const Pipeline& pipeline, const TradeColumns& trades, std::size_t row,
                       std::size_t lowest) {
  const std::vector<Pipeline::Memory>& nodes = pipeline.memories();
  std::vector<std::size_t> needed(nodes.size(), row);
  std::size_t begin = row;
  for (std::size_t n = nodes.size(); n-- > 0;) {
    const std::size_t from = back(nodes[n], trades, needed[n], lowest);
    for (const std::size_t in : nodes[n].inputs) needed[in] = std::min(needed[in], from);
    begin = std::min(begin, from);
  }
  return begin;
}

}  // namespace

/// Precondition: plan() says so.
void Engine::run_chunks(const TradeColumns& trades, std::size_t from, std::size_t end,
                        std::span<const OutputColumn> columns, std::uint8_t* status,
                        std::size_t workers, std::size_t memory) {
  SymbolState& state = states_[trades.symbol != nullptr ? trades.symbol[from] : 0];
  const std::size_t n = end - from;
  const TimeNs latency_ns = options_.leader_latency_ns;
  // The first chunk needs no rows before it, so it is that much longer.
  const std::size_t least = std::max(memory / 2, TradeBlock::kMax);
  const std::size_t count = std::min(workers, (n - memory) / least);
  const std::size_t rows = (n - memory) / count;
  struct Chunk {
    std::unique_ptr<Graph> graph;
    std::vector<double> row;
    SymbolRun symbol_run;
  };
  std::vector<Chunk> chunks(count);
  chunks_ += count;
  const SymbolRun start = symbol_run(state, n);
  on_team(workers, count, [&](std::size_t i, std::size_t) {
    Chunk& chunk = chunks[i];
    SymbolBatch::Scratch scratch(columns, *pipeline_);
    const std::size_t begin = i == 0 ? from : from + memory + i * rows;
    const std::size_t until = i + 1 == count ? end : from + memory + (i + 1) * rows;
    const std::size_t before = i == 0 ? from : known_from(*pipeline_, trades, begin, from);
    chunk.graph = std::make_unique<Graph>(*state.graph);
    chunk.row = state.row;
    chunk.symbol_run = start;
    chunk.symbol_run.graph = chunk.graph.get();
    chunk.symbol_run.row = chunk.row.data();
    if (before > from) {
      chunk.graph->skip(before - from);
      chunk.symbol_run.base.pass(before - from, trades.ts_ns[before - 1], trades.price[before - 1]);
      chunk.symbol_run.leader = start.feed->view(trades.ts_ns[before - 1], latency_ns);
      if (named_) chunk.symbol_run.named_at = named_->views(trades.ts_ns[before - 1]);
    }
    if (i > 0) {
      chunk.symbol_run.run(trades, before, begin, latency_ns, columns.data(), Outputs::kDrop,
                           scratch);
      chunk.graph->forget_health();
    }
    chunk.symbol_run.run(trades, begin, until, latency_ns, columns.data(), outputs_, scratch);
  });
  for (std::size_t i = 1; i < count; ++i) chunks[i].graph->follow(*chunks[i - 1].graph);
  Chunk& last = chunks.back();
  state.arrive(n, trades.ts_ns[end - 1]);
  std::fill_n(status + from, n, static_cast<std::uint8_t>(Status::kOk));
  state.graph = std::move(last.graph);
  state.base = last.symbol_run.base;
  state.row = std::move(last.row);
  move_leaders_to(last.symbol_run, state);
}

}  // namespace tickeng
