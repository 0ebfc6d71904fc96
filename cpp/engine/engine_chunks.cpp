// One symbol's long stretch on many threads: chunks, each run by a clone of the symbol's graph that
// first takes in as many rows before its chunk as kernels remember. The graph of the last chunk,
// with the counts of all, is then the symbol's: the same bits as on one thread.
#include <algorithm>
#include <atomic>

#include "tickeng/engine/engine.hpp"
#include "tickeng/engine/team.hpp"

namespace tickeng {
namespace {

constexpr std::size_t kPieceRows = 65536;  // looked through at once
constexpr std::size_t kStretchRows = 1
                                     << 20;  // run at once, a worker: bounds what is looked through

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

/// About how many rows of [from, end) a memory spans.
std::size_t rows_of(const Reach& memory, const TradeColumns& trades, std::size_t from,
                    std::size_t end) {
  const auto rows = static_cast<std::size_t>(std::max<std::uint64_t>(memory.rows, 1));
  if (memory.ns == 0) return rows;
  const TimeNs span = trades.ts_ns[end - 1] - trades.ts_ns[from];
  const auto all = static_cast<double>(end - from);
  if (span <= 0 || static_cast<double>(memory.ns) >= static_cast<double>(span)) return end - from;
  return rows +
         static_cast<std::size_t>(all * static_cast<double>(memory.ns) / static_cast<double>(span));
}

}  // namespace

/// What to do with the rows from `from` on: chunks where a stretch of one symbol is worth it, one
/// by one up to where chunks may begin or a bad row has passed, or (0 rows) what others see fit.
Engine::Stretch Engine::plan(const TradeColumns& trades, std::size_t from,
                             std::size_t workers) const {
  const auto memory = pipeline_->memory();
  if (!memory || options_.dedupe_id) return {};
  const SymbolId symbol = trades.symbol != nullptr ? trades.symbol[from] : 0;
  std::size_t end = std::min(trades.size, from + workers * kStretchRows);
  for (std::size_t i = from; trades.symbol != nullptr && i < end; ++i) {
    if (trades.symbol[i] != symbol) end = i;
  }
  const SymbolState& state = states_[symbol];
  const std::uint64_t count = state.base.count(), least = std::max<std::uint64_t>(memory->rows, 1);
  const std::size_t cold = count < least ? static_cast<std::size_t>(least - count) : 0;
  const std::size_t span = rows_of(*memory, trades, from, end);
  const std::size_t worth = 2 * span + 4 * workers * TradeBlock::kMax;
  if (end - from < cold + worth) return {};
  if (cold > 0) return {cold, false, 0};
  const std::size_t rows = plain_rows(state, trades, from, end, workers);
  return rows < worth ? Stretch{worth, false, 0} : Stretch{rows, true, span};
}

/// How many rows of [from, end), all of one symbol, are plainly acceptable one after another.
std::size_t Engine::plain_rows(const SymbolState& state, const TradeColumns& trades,
                               std::size_t from, std::size_t end, std::size_t workers) const {
  std::atomic<std::size_t> bad = end;
  on_team(workers, (end - from + kPieceRows - 1) / kPieceRows, [&](std::size_t piece, std::size_t) {
    const std::size_t begin = from + piece * kPieceRows;
    if (bad.load(std::memory_order_relaxed) < begin) return;  // later rows no longer matter
    const std::size_t until = std::min(end, begin + kPieceRows);
    const TimeNs before_ns = begin > from ? trades.ts_ns[begin - 1] : state.clock.last_ns();
    const std::size_t stop = begin + trades.plain(begin, until, before_ns, options_.time);
    if (stop == until) return;
    for (std::size_t least = bad.load(std::memory_order_relaxed); stop < least;) {
      // relaxed: joining the threads publishes it; meanwhile it only saves work.
      if (bad.compare_exchange_weak(least, stop, std::memory_order_relaxed)) break;
    }
  });
  return bad.load(std::memory_order_relaxed) - from;
}

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
  arrive(state, trades, from, n);
  std::fill_n(status + from, n, static_cast<std::uint8_t>(Status::kOk));
  state.graph = std::move(last.graph);
  state.base = last.symbol_run.base;
  state.row = std::move(last.row);
  leader_of(state).move_to(last.symbol_run.leader);
}

}  // namespace tickeng
