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

/// Where to begin so that from `row` on all windows are right: where all that nodes carry from
/// further back is known by then, or `lowest`.
std::size_t known_from(const Pipeline& pipeline, const TradeColumns& trades, std::size_t row,
                       std::size_t lowest) {
  std::size_t begin = row;
  for (const Pipeline::Anchor& a : pipeline.anchors()) {
    std::size_t at = row;
    while (at > lowest && !a.known(*a.params, trade_at(trades, at), trade_at(trades, at - 1))) --at;
    begin = std::min(begin, std::max(at, lowest + a.inputs) - a.inputs);
  }
  return begin;
}

}  // namespace

/// What to do with the rows from `from` on: chunks where a stretch of one symbol is worth it, one
/// by one up to where chunks may begin or a bad row has passed, or (0 rows) what others see fit.
Engine::Stretch Engine::plan(const TradeColumns& trades, std::size_t from,
                             std::size_t workers) const {
  const auto memory = pipeline_->memory();
  if (!memory || options_.dedupe_id) return {};
  const std::size_t worth = 2 * *memory + 4 * workers * TradeBlock::kMax;
  const SymbolId symbol = trades.symbol != nullptr ? trades.symbol[from] : 0;
  std::size_t end = std::min(trades.size, from + workers * kStretchRows);
  for (std::size_t i = from; trades.symbol != nullptr && i < end; ++i) {
    if (trades.symbol[i] != symbol) end = i;
  }
  const SymbolState& state = states_[symbol];
  const std::uint64_t count = state.base.count();
  const std::size_t cold = count < *memory ? static_cast<std::size_t>(*memory - count) : 0;
  if (end - from < cold + worth) return {};
  if (cold > 0) return {cold, false};
  const std::size_t rows = plain_rows(state, trades, from, end, workers);
  return rows < worth ? Stretch{worth, false} : Stretch{rows, true};
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
                        std::size_t workers) {
  SymbolState& state = states_[trades.symbol != nullptr ? trades.symbol[from] : 0];
  const std::size_t n = end - from;
  const auto memory = static_cast<std::size_t>(*pipeline_->memory());
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
  const SymbolRun start = symbol_run(state);
  on_team(workers, count, [&](std::size_t i, std::size_t) {
    Chunk& chunk = chunks[i];
    SymbolBatch::Scratch scratch(columns, *pipeline_);
    const std::size_t begin = i == 0 ? from : from + memory + i * rows;
    const std::size_t until = i + 1 == count ? end : from + memory + (i + 1) * rows;
    const std::size_t before = i == 0 ? from : known_from(*pipeline_, trades, begin - memory, from);
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
