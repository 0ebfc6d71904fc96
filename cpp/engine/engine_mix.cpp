// Events of several kinds of many symbols: trades are admitted in the order of all, as they share a
// leader and what ids say; then symbols share nothing, and are run apart.
#include <algorithm>
#include <numeric>

#include "tickeng/engine/engine.hpp"
#include "tickeng/engine/team.hpp"

namespace tickeng {
namespace {

constexpr std::size_t kTrades = index_of(Clock::kTrade);
constexpr std::size_t kWorthColumns = 16;    // fewer events of a symbol go one by one
constexpr std::size_t kWorthThreads = 1024;  // events; fewer go one by one
constexpr std::size_t kPutBackRows = 4096;   // whose outputs a worker puts back at once

/// Where each clock's rows end when `most` events have come.
std::array<std::size_t, kClocks> end_of(const EventColumns& events, const EventOrder& order,
                                        EventRun run, std::size_t most) {
  const auto sizes = events.sizes();
  for (std::size_t left = std::min(most, events.total() - run.done()); left > 0;) {
    const Clock clock = order.next(run);
    std::size_t& next = run.next[index_of(clock)];
    const std::size_t n = order.stretch(clock, run, std::min(sizes[index_of(clock)], next + left));
    next += n;
    left -= n;
  }
  return run.next;
}

}  // namespace

/// Whether a row may be late. Those that are in order never are.
bool Engine::may_be_late(const EventColumns& events, const EventRun& run,
                         const std::array<std::size_t, kClocks>& end) {
  for (std::size_t c = 0; c < kClocks; ++c) {
    const auto clock = static_cast<Clock>(c);
    std::vector<TimeNs> last_ns(states_.size(), kNoTime);
    for (std::size_t i = run.next[c]; i < end[c]; ++i) {
      const SymbolId symbol = events.symbol(clock, i);
      const SymbolState& state = states_[symbol];
      const EventFeed* const feed = state.feeds.of(clock);
      TimeNs& last = last_ns[symbol];
      if (last == kNoTime && c == kTrades) last = state.clock.last_ns();
      if (last == kNoTime && feed != nullptr) last = feed->last_ns();
      const TimeNs ts_ns = events.stamps()[c][i];
      if (ts_ns < last) return true;
      last = ts_ns;
    }
  }
  return false;
}

/// The next events, at most `most`.
void Engine::run_mix(const EventColumns& events, const EventOrder& order, EventRun& run,
                     std::size_t most, std::size_t workers) {
  const auto end = end_of(events, order, run, std::min(most, workers << 17));
  const std::size_t ended = std::accumulate(end.begin(), end.end(), std::size_t{0});
  const bool alone = workers <= 1 || ended - run.done() < kWorthThreads;
  if (alone || (options_.on_late == LatePolicy::kError && may_be_late(events, run, end))) {
    while (!run.ended && run.next != end) run_event(events, order, run);
    return;
  }
  if (!mix_) mix_ = std::make_unique<EventMix>();
  EventMix& mix = *mix_;
  const std::size_t trades = end[kTrades] - run.next[kTrades];
  may_open_ = SIZE_MAX;
  batch_.open(trades, states_.size(), {}, *pipeline_);
  (void)admit_batch(events.trades, run.next[kTrades], end[kTrades], run.status[kTrades]);
  mix.share_out(events, run, end, states_.size());
  mix.gather(events, run, batch_, pipeline_->leaders().size());
  for (std::size_t c = 0; c < kClocks; ++c) {
    OutputSlots& out = mix.out[c];
    out.open(end[c] - run.next[c], run.rows[c].columns, *pipeline_);
    if (out.columns.empty()) continue;
    std::ranges::fill(out.slot, out.no_slot());
    const std::vector<std::size_t>& row = mix.kinds[c].row;
    for (std::size_t i = 0; i < row.size(); ++i) {
      out.slot[row[i] - run.next[c]] = static_cast<std::uint32_t>(i);
    }
  }
  mix.open_workers(workers, *pipeline_, options_, run.bars);
  on_team(workers, mix.symbols.size(), [&](std::size_t s, std::size_t worker) {
    run_share(mix.symbols[s], *mix.workers[worker], run);
  });
  const std::vector<std::size_t>& taken = mix.kinds[kTrades].row;
  for (std::size_t i = 0; events.trades.inferred != nullptr && i < taken.size(); ++i) {
    events.trades.inferred[taken[i]] = mix.side[i];
  }
  for (std::size_t c = 0; c < kClocks; ++c) {
    const std::size_t begin = run.next[c], rows = end[c] - begin;
    const auto columns = run.rows[c].columns;
    if (columns.empty()) continue;
    on_team(workers, (rows + kPutBackRows - 1) / kPutBackRows, [&](std::size_t piece, std::size_t) {
      const std::size_t at = piece * kPutBackRows;
      mix.out[c].put_back(at, std::min(rows, at + kPutBackRows), columns, begin, false);
    });
  }
  for (const auto& worker : mix.workers) {
    options_.time.max_ns = std::max(options_.time.max_ns, worker->time.max_ns);
    for (std::size_t r = 0; r < refused_.size(); ++r) refused_[r] += worker->refused[r];
  }
  mix.write_bars(run.bars);
  run.next = end;
}

/// One symbol's events.
void Engine::run_share(SymbolId symbol, EventMix::Worker& worker, const EventRun& run) {
  EventMix& mix = *mix_;
  SymbolState& state = states_[symbol];
  const auto begin = mix.begin(symbol), end = mix.end(symbol);
  EventColumns events = mix.columns;
  events.resize(end);
  EventRun own{.next = begin, .bars = worker.bars};
  for (std::size_t c = 0; c < kClocks; ++c) {
    own.rows[c] = {mix.out[c].columns, run.rows[c].slots};
    own.status[c] = mix.kinds[c].status.data();
  }
  state.write_bars_to(own.bars);
  const EventOrder order(mix.order_ns(), end);
  const EventRunner::Around around{leader_of(state), named_.get(), state.flags | flags_};
  const std::size_t total = events.total();
  const bool as_columns = pipeline_->mergeable() && total - own.done() >= kWorthColumns;
  while (own.done() < total) {
    if (!as_columns || !worker.runner.run(state, around, events, order, own, SIZE_MAX)) {
      const Clock clock = order.next(own);
      const std::size_t i = own.next[index_of(clock)];
      const double* row = nullptr;
      const Status status = worker.runner.on(state, events, clock, i, around.flags, &row);
      own.write(clock, status, row);
      ++own.next[index_of(clock)];
      for (std::size_t s = 0; s < worker.bars.size(); ++s) {
        worker.made[s].resize(worker.bars[s].ts_ns.size(), mix.at(clock, i));
      }
    } else {
      worker.name_bars(mix);
    }
  }
  for (BarSink& sink : worker.bars) sink.symbol.resize(sink.ts_ns.size(), symbol);
  for (std::size_t c = kTrades + 1; c < kClocks; ++c) {
    const EventMix::Kind& kind = mix.kinds[c];
    for (std::size_t i = begin[c]; i < end[c]; ++i) run.status[c][kind.row[i]] = kind.status[i];
  }
}

}  // namespace tickeng
