// How several threads share a stretch of one symbol: in chunks (engine_chunks.cpp) or node by node
// (wavefront.hpp).
#include <algorithm>
#include <atomic>
#include <utility>

#include "tickeng/engine/engine.hpp"
#include "tickeng/engine/team.hpp"

namespace tickeng {
namespace {

constexpr std::size_t kPieceRows = 65536;      // looked through at once
constexpr std::size_t kStretchRows = 1 << 20;  // a worker's, at once: bounds what is looked through
// Measured, see docs/decisions/0041-node-by-node.md.
constexpr std::size_t kUnitRows = 1 << 15;      // rows times units that are worth starting threads
constexpr std::size_t kWide = 8;                // units a worker that are likely to even out
constexpr std::size_t kTooMany = SIZE_MAX / 2;  // rows: for a way that cannot be

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

/// What to do with the rows from `from` on: chunks or a wavefront where a stretch of one symbol is
/// worth it, one by one up to where those may begin or a bad row has passed, or what others see
/// fit. `shared`: rows that would be shared out by symbol at once.
Engine::Stretch Engine::plan(const TradeColumns& trades, std::size_t from, std::size_t workers,
                             std::size_t shared) const {
  using Way = Stretch::Way;
  if (options_.dedupe_id || !pipeline_->on_trades_alone()) return {};
  const SymbolId symbol = trades.symbol != nullptr ? trades.symbol[from] : 0;
  std::size_t end = std::min(trades.size, from + workers * kStretchRows);
  for (std::size_t i = from; trades.symbol != nullptr && i < end; ++i) {
    if (trades.symbol[i] != symbol) end = i;
  }
  const SymbolState& state = states_[symbol];
  const auto missing = [count = state.base.count() - state.loaded_at](std::uint64_t rows) {
    return count < rows ? static_cast<std::size_t>(rows - count) : 0;
  };
  const std::size_t units = pipeline_->unit_count(), least = 4 * workers * TradeBlock::kMax;
  const bool wide = units >= kWide * workers, alone = end == trades.size || end - from >= shared;
  std::size_t chunks = kTooMany, cold = 0, span = 0;
  if (const auto memory = pipeline_->memory()) {
    cold = missing(std::max<std::uint64_t>(memory->rows, 1));
    span = rows_of(*memory, trades, from, end);
    chunks = (wide ? kWide * workers : 2) * span + least;
  }
  const std::size_t wavefront = units > 1 && alone ? kUnitRows / units + least : kTooMany;
  if (end - from < cold + chunks) {
    chunks = kTooMany;
    cold = missing(1);
  }
  if (end - from < cold + std::min(chunks, wavefront)) return {};
  if (cold > 0) return {Way::kRows, std::max(cold, TradeBlock::kMax), 0};
  const std::size_t rows = plain_rows(state, trades, from, end, workers);
  if (rows >= chunks) return {Way::kChunks, rows, span};
  if (rows >= wavefront) return {Way::kWavefront, rows, 0};
  return {Way::kRows, std::min(chunks, wavefront), 0};
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
void Engine::run_wavefront(const TradeColumns& trades, std::size_t from, std::size_t end,
                           std::span<const OutputColumn> columns, std::uint8_t* status,
                           std::size_t workers) {
  SymbolState& state = states_[trades.symbol != nullptr ? trades.symbol[from] : 0];
  SymbolRun run = symbol_run(state, end - from);
  const std::size_t before = run.base.count() % TradeBlock::kMax, n = end - from;
  const std::size_t blocks = (before + n + TradeBlock::kMax - 1) / TradeBlock::kMax;
  workers = std::min(workers, pipeline_->unit_count());
  if (!wavefront_ || wavefront_->workers() != workers) {
    wavefront_ = std::make_unique<Wavefront>(*pipeline_, workers);
  }
  std::size_t row = from;
  const Wavefront::Source gather = [&](TradeBlock& block) {
    run.gather(trades, row, end, options_.leader_latency_ns, block);
    return std::exchange(row, row + block.size);
  };
  wavefront_->run({.graph = run.graph,
                   .source = gather,
                   .blocks = blocks,
                   .columns = columns,
                   .past_caches = outputs_ == Outputs::kMoveOut,
                   .row = run.row});
  ++wavefronts_;
  state.arrive(n, trades.ts_ns[end - 1]);
  std::fill_n(status + from, n, static_cast<std::uint8_t>(Status::kOk));
  state.base = run.base;
  move_leaders_to(run, state);
}

}  // namespace tickeng
