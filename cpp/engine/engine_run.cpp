// Batches: stretches of one symbol as blocks of columns, symbols in a mix put in order first.
#include <algorithm>

#include "tickeng/engine/engine.hpp"
#include "tickeng/engine/team.hpp"

namespace tickeng {
namespace {

constexpr std::size_t kWorthColumns = 8;    // shorter runs of one symbol go tick by tick
constexpr std::size_t kPutBackRows = 4096;  // whose outputs a worker puts back at once
constexpr std::size_t kCached = 1 << 24;    // bytes of output that may stay in caches

/// Whether symbols change so often that rows are better put in order by symbol. That also is what
/// several workers can share.
bool is_mixed(const TradeColumns& trades, std::size_t from, std::size_t end, std::size_t workers) {
  std::size_t changes = 0;
  for (std::size_t i = from + 1; trades.symbol != nullptr && i < end; ++i) {
    changes += trades.symbol[i] == trades.symbol[i - 1] ? 0 : 1;
  }
  return workers > 1 ? changes > 0 : changes * 4 * kWorthColumns > end - from;
}

/// Rows to put in order by symbol at once: enough of each that its state is worth fetching, in
/// memory that is small beside those states; and few enough for the caches, where that is many.
std::size_t batch_rows(std::size_t symbols, std::size_t workers) {
  constexpr std::size_t kEach = 256, kMost = 1 << 20;
  const std::size_t least = workers > 1 ? 1 << 17 : 1 << 14;  // threads are started for each batch
  return std::max(least * workers, std::min(kEach * symbols, kMost));
}

void put_row(std::span<const OutputColumn> columns, const Pipeline& pipeline, std::size_t row,
             const double* values) noexcept {
  for (std::size_t c = 0; c < columns.size(); ++c) {
    columns[c].put(row, values[pipeline.outputs()[c].slot]);
  }
}

}  // namespace

std::size_t TradeColumns::plain(std::size_t from, std::size_t end, TimeNs before_ns,
                                const TimeRule& rule) const noexcept {
  const TimeNs* const ts = ts_ns + from;
  const double* const p = price + from;
  const double* const q = qty + from;
  const std::int8_t* const s = side + from;
  const auto good = [=](std::size_t i) {
    return (p[i] > 0.0) & (p[i] <= 1e300) & (q[i] >= 0.0) & (q[i] <= 1e300) & (s[i] >= -1) &
           (s[i] <= 1);
  };
  // One vector loop says whether all are good; only where not is the first bad one looked for.
  const std::size_t n = end - from;
  std::size_t bad = 0;
  for (std::size_t i = 0; i < n; ++i) bad += good(i) ? 0 : 1;
  if (bad == 0 && rule.in_order(ts, n, before_ns)) return n;
  if (!good(0) || !rule.starts(before_ns, ts[0])) return 0;
  std::size_t i = 1;
  while (i < n && good(i) && rule.starts(ts[i - 1], ts[i])) ++i;
  return i;
}

std::size_t QuoteColumns::plain(std::size_t from, std::size_t end, TimeNs before_ns,
                                TimeNs max_age_ns, const TimeRule& rule) const noexcept {
  const TimeNs* const ts = ts_ns + from;
  const double *const b = bid + from, *const a = ask + from;
  const double *const bq = bid_qty + from, *const aq = ask_qty + from;
  const auto good = [=](std::size_t i) {
    return (b[i] > 0.0) & (b[i] < a[i]) & (a[i] <= 1e300) & (bq[i] >= 0.0) & (bq[i] <= 1e300) &
           (aq[i] >= 0.0) & (aq[i] <= 1e300);
  };
  const TimeNs most = max_age_ns > 0 ? max_age_ns : std::numeric_limits<TimeNs>::max();
  const std::size_t n = end - from;
  std::size_t bad = 0;  // as for trades
  for (std::size_t i = 0; i < n; ++i) bad += good(i) ? 0 : 1;
  for (std::size_t i = 1; i < n; ++i) {
    const auto step = static_cast<std::uint64_t>(ts[i]) - static_cast<std::uint64_t>(ts[i - 1]);
    bad += static_cast<TimeNs>(step) > most ? 1 : 0;
  }
  if (bad == 0 && rule.in_order(ts, n, before_ns)) return n;
  if (!good(0) || !rule.starts(before_ns, ts[0])) return 0;
  std::size_t i = 1;
  while (i < n && good(i) && rule.starts(ts[i - 1], ts[i]) && ts[i] - ts[i - 1] <= most) {
    ++i;
  }
  return i;
}

std::size_t Engine::run(const TradeColumns& trades, std::span<const OutputColumn> columns,
                        std::uint8_t* status, std::size_t workers, std::size_t from,
                        std::size_t most_new) {
  check_sides(trades);
  may_open_ = most_new;
  batch_.set_scratch(1, columns, *pipeline_);
  const bool large = trades.size * columns.size() * sizeof(double) > kCached;
  outputs_ = large ? Outputs::kMoveOut : Outputs::kWrite;
  if (workers <= 1 && trades.symbol == nullptr) {
    return run_rows(trades, from, trades.size, columns, status);
  }
  while (from < trades.size && may_open_ > 0) {
    const std::size_t most = batch_rows(states_.size(), workers);
    const Stretch stretch = workers > 1 ? plan(trades, from, workers, most) : Stretch{};
    const bool any = stretch.way == Stretch::Way::kAny;
    const std::size_t rows = any ? most : stretch.rows;
    const std::size_t end = std::min(trades.size, from + rows);
    std::size_t done = end;
    if (stretch.way == Stretch::Way::kChunks || stretch.way == Stretch::Way::kWavefront) {
      const SymbolId symbol = trades.symbol != nullptr ? trades.symbol[from] : 0;
      states_[symbol].feeds.infer_sides(trades, from, end);
    }
    if (stretch.way == Stretch::Way::kChunks) {
      run_chunks(trades, from, end, columns, status, workers, stretch.memory);
    } else if (stretch.way == Stretch::Way::kWavefront) {
      run_wavefront(trades, from, end, columns, status, workers);
    } else if (any && pipeline_->on_trades_alone() && is_mixed(trades, from, end, workers)) {
      done = run_mixed(trades, from, end, columns, status, workers);
    } else {
      done = run_rows(trades, from, end, columns, status);
    }
    if (done < end) return done;
    from = end;
  }
  return from;
}

/// Rows [from, end) in their order; returns where it stopped.
std::size_t Engine::run_rows(const TradeColumns& trades, std::size_t from, std::size_t end,
                             std::span<const OutputColumn> columns, std::uint8_t* status) {
  for (std::size_t i = from; i < end;) {
    const SymbolId symbol = trades.symbol != nullptr ? trades.symbol[i] : 0;
    SymbolState& state = states_[symbol];
    const bool is_new = !state.graph;
    const std::size_t n = admit(state, trades, i, end);
    if (n >= kWorthColumns) {
      state.feeds.infer_sides(trades, i, i + n);
      run_block(state, trades, i, n, columns);
      std::fill_n(status + i, n, static_cast<std::uint8_t>(Status::kOk));
      i += n;
    } else {
      const double* row = nullptr;
      const Trade trade{trades.ts_ns[i], trades.price[i], trades.qty[i], trades.side[i]};
      const Status outcome =
          on_trade(symbol, trade, trades.id != nullptr ? trades.id[i] : kNoId, &row);
      status[i] = static_cast<std::uint8_t>(outcome);
      show_side(symbol, trades, i, outcome);
      put_row(columns, *pipeline_, i, row);
      if (outcome == Status::kLate && options_.on_late == LatePolicy::kError) return i;
      ++i;
    }
    if (is_new && state.graph && --may_open_ == 0) return i;
  }
  return end;
}

/// The same, symbol by symbol: admission and the leader's as-of in the order of the rows, kernels
/// in the order of the symbols, which share nothing else.
std::size_t Engine::run_mixed(const TradeColumns& trades, std::size_t from, std::size_t end,
                              std::span<const OutputColumn> columns, std::uint8_t* status,
                              std::size_t workers) {
  batch_.open(end - from, states_.size(), columns, *pipeline_);
  batch_.set_scratch(workers, columns, *pipeline_);
  const std::size_t rows = admit_batch(trades, from, end, status) - from;
  const std::size_t leaders = pipeline_->leaders().size();
  for (std::size_t i = from; options_.sides != SideRule::kGiven && i < from + rows; ++i) {
    if (status[i] != static_cast<std::uint8_t>(Status::kOk)) continue;
    trades.inferred[i] =
        states_[trades.symbol[i]].feeds.side_of(trades[i], batch_.admitted_ns[i - from]);
  }
  std::uint32_t slot = 0;
  for (const SymbolId symbol : batch_.symbols) {
    slot += batch_.count[symbol];
    batch_.count[symbol] = slot;  // one past the symbol's last slot
  }
  for (std::size_t i = rows; i-- > 0;) {
    batch_.out.slot[i] = batch_.out.no_slot();
    if (status[from + i] != static_cast<std::uint8_t>(Status::kOk)) continue;
    const std::uint32_t at = batch_.out.slot[i] = --batch_.count[trades.symbol[from + i]];
    batch_.ts_ns[at] = batch_.admitted_ns[i];
    batch_.price[at] = trades.price[from + i];
    batch_.qty[at] = trades.qty[from + i];
    batch_.side[at] = trades.side[from + i];
    batch_.leader[at] = batch_.seen[i];
    for (std::size_t l = 0; l < leaders; ++l) {
      batch_.named[at * leaders + l] = batch_.named_seen[i * leaders + l];
    }
  }
  on_team(workers, batch_.symbols.size(), [&](std::size_t s, std::size_t worker) {
    const SymbolId symbol = batch_.symbols[s];
    const bool last = s + 1 == batch_.symbols.size();
    run_symbol(states_[symbol], batch_.count[symbol],
               last ? slot : batch_.count[batch_.symbols[s + 1]], *batch_.scratch[worker]);
  });
  on_team(workers, (rows + kPutBackRows - 1) / kPutBackRows, [&](std::size_t piece, std::size_t) {
    const std::size_t begin = piece * kPutBackRows;
    batch_.out.put_back(begin, std::min(rows, begin + kPutBackRows), columns, from,
                        outputs_ == Outputs::kMoveOut);
  });
  return from + rows;
}

/// Admission and the leader's as-of of each row; counts the accepted rows of each symbol.
std::size_t Engine::admit_batch(const TradeColumns& trades, std::size_t from, std::size_t end,
                                std::uint8_t* status) {
  std::size_t stop = end;
  for (std::size_t i = from; i < stop; ++i) {
    SymbolState& state = states_[trades.symbol[i]];
    const Trade trade = trades[i];
    TimeNs& ts_ns = batch_.admitted_ns[i - from];
    ts_ns = trade.ts_ns;
    const Status outcome = admit(state, trade, trades.id != nullptr ? trades.id[i] : kNoId, ts_ns);
    status[i] = static_cast<std::uint8_t>(outcome);
    if (outcome == Status::kOk) {
      LeaderFeed& leader = leader_of(state);
      leader.advance(ts_ns, options_.leader_latency_ns);
      batch_.seen[i - from] = leader.price();
      if (named_) {
        const std::size_t leaders = named_->feeds().size();
        std::copy_n(named_->as_of(ts_ns), leaders, &batch_.named_seen[(i - from) * leaders]);
      }
      if (batch_.count[trades.symbol[i]]++ == 0) {
        batch_.symbols.push_back(trades.symbol[i]);
        if (!state.graph && --may_open_ == 0) stop = i + 1;
      }
    } else if (outcome == Status::kLate && options_.on_late == LatePolicy::kError) {
      stop = i;
    }
  }
  return stop;
}

/// Slots [begin, end) of the batch, all of one symbol.
void Engine::run_symbol(SymbolState& state, std::size_t begin, std::size_t end,
                        SymbolBatch::Scratch& scratch) {
  TradeBlock& block = scratch.block;
  const std::size_t leaders = pipeline_->leaders().size();
  state.take_rows(*pipeline_, end - begin);
  block.flags = state.flags | flags_;
  for (std::size_t at = begin; at < end;) {
    const std::size_t room = TradeBlock::kMax - state.base.count() % TradeBlock::kMax;
    const std::size_t n = std::min(room, end - at);
    if (n < kWorthColumns) {
      const Trade trade{batch_.ts_ns[at], batch_.price[at], batch_.qty[at], batch_.side[at]};
      double* const row = state.row.data();
      if (leaders == 0) {
        state.graph->on(state.base, trade, trade.ts_ns, batch_.leader[at], block.flags, row);
      } else {
        state.graph->on(state.base, trade, trade.ts_ns, batch_.leader[at], block.flags, row,
                        &batch_.named[at * leaders]);
      }
      put_row(batch_.out.columns, *pipeline_, at, state.row.data());
      ++at;
      continue;
    }
    block.gather(state.base, &batch_.ts_ns[at], &batch_.price[at], &batch_.qty[at],
                 &batch_.side[at], n);
    block.see(&batch_.leader[at], batch_.named.data() + at * leaders);
    scratch.runner->run(*state.graph, block, batch_.out.columns.data(), at, state.row.data());
    at += n;
  }
}

/// How many trades from row `from` on are of one symbol and plainly acceptable, up to the next
/// multiple of a block in that symbol's own count (which keeps blocks on the windows' grid).
std::size_t Engine::admit(const SymbolState& state, const TradeColumns& trades, std::size_t from,
                          std::size_t end) const noexcept {
  if (options_.dedupe_id || !pipeline_->on_trades_alone()) return 0;
  const std::size_t room = TradeBlock::kMax - state.base.count() % TradeBlock::kMax;
  std::size_t n = std::min(room, end - from);
  for (std::size_t i = 1; trades.symbol != nullptr && i < n; ++i) {
    if (trades.symbol[from + i] != trades.symbol[from]) n = i;
  }
  return trades.plain(from, from + n, state.clock.last_ns(), options_.time);
}

Engine::SymbolRun Engine::symbol_run(SymbolState& state, std::size_t rows) {
  state.take_rows(*pipeline_, rows);
  const LeaderFeed& feed = leader_of(state);
  return {state.graph.get(),    state.base,      &feed,
          feed.view(),          named_.get(),    named_ ? named_->views() : NamedLeaders::Views{},
          state.flags | flags_, state.row.data()};
}

void Engine::SymbolRun::gather(const TradeColumns& trades, std::size_t from, std::size_t end,
                               TimeNs latency_ns, TradeBlock& block) noexcept {
  const std::size_t n = std::min(end - from, TradeBlock::kMax - base.count() % TradeBlock::kMax);
  block.gather(base, trades.ts_ns + from, trades.price + from, trades.qty + from,
               trades.side + from, n);
  feed->align(block.ts_ns, n, block.leader, latency_ns, leader);
  if (named != nullptr) named->align(block, named_at);
  block.flags = flags;
}

/// Rows [from, end), block by block on the grid.
void Engine::SymbolRun::run(const TradeColumns& trades, std::size_t from, std::size_t end,
                            TimeNs latency_ns, const OutputColumn* columns, Outputs outputs,
                            SymbolBatch::Scratch& scratch) noexcept {
  TradeBlock& block = scratch.block;
  while (from < end) {
    gather(trades, from, end, latency_ns, block);
    if (outputs == Outputs::kWrite) {
      scratch.runner->run(*graph, block, columns, from, row);
    } else {
      scratch.runner->run(*graph, block, scratch.columns.data(), 0, row);
      if (outputs == Outputs::kMoveOut) scratch.move_out(columns, from, block.size);
    }
    from += block.size;
  }
  if (outputs == Outputs::kMoveOut) _mm_sfence();
}

void Engine::run_block(SymbolState& state, const TradeColumns& trades, std::size_t from,
                       std::size_t n, std::span<const OutputColumn> columns) {
  SymbolRun symbol_run = this->symbol_run(state, n);
  state.arrive(n, trades.ts_ns[from + n - 1]);
  symbol_run.run(trades, from, from + n, options_.leader_latency_ns, columns.data(), outputs_,
                 *batch_.scratch[0]);
  state.base = symbol_run.base;
  move_leaders_to(symbol_run, state);
}

}  // namespace tickeng
