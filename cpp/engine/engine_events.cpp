// Events of several kinds one by one, and many of them in the order of their stamps.
#include <algorithm>

#include "tickeng/engine/engine.hpp"

namespace tickeng {

Status Engine::on_quote(SymbolId symbol, const Quote& quote, const double** row) {
  return runner_.on(states_[symbol], quote, row);
}

Status Engine::on_book(SymbolId symbol, const Book& book, const double** row) {
  return runner_.on(states_[symbol], book, row);
}

Status Engine::on_depth(SymbolId symbol, const DepthUpdate& update, const double** row) {
  return runner_.on(states_[symbol], update, row);
}

void Engine::follow(const DepthColumns& messages) {
  for (std::size_t i = 0; i < messages.size; ++i) {
    SymbolState& state = states_[messages.symbol != nullptr ? messages.symbol[i] : 0];
    state.feeds.books.get_or_make().follow(messages[i], options_.snapshot_depth);
  }
}

Status Engine::on_bar(SymbolId symbol, const Bar& bar, const double** row) {
  return runner_.on(states_[symbol], bar, row);
}

Status Engine::on_fill(SymbolId symbol, const Fill& fill, const double** row) {
  return runner_.on(states_[symbol], fill, row);
}

void Engine::run(const EventColumns& events, EventRun& run, std::size_t most, std::size_t workers) {
  struct Writing {  // the graphs outlive the sink, also where memory ends
    Engine& engine;
    ~Writing() { engine.write_bars_to({}); }
  } const writing{*this};
  check_sides(events.trades);
  write_bars_to(run.bars);
  for (std::size_t c = 0; c < kClocks; ++c) {
    row_slots_[c].clear();
    if (run.rows[c].columns.empty()) continue;
    for (const PipelineOutput& o : pipeline_->outputs()) {
      row_slots_[c].push_back(o.slot_at(static_cast<Clock>(c)));
    }
    run.rows[c].slots = row_slots_[c];
  }
  const bool as_columns = pipeline_->mergeable() && !options_.dedupe_id;
  const std::size_t total = events.total();
  const EventOrder order(events);
  while (most > 0 && !run.ended && run.done() < total) {
    const std::size_t before = run.done();
    if (events.has_symbols()) {
      run_mix(events, order, run, most, workers);
    } else if (SymbolState& state = states_[0];
               !as_columns ||
               !runner_.run(state, {leader_of(state), named_.get(), state.flags | flags_}, events,
                            order, run, most)) {
      run_event(events, order, run);
    }
    for (BarSink& sink : run.bars) {
      sink.symbol.resize(sink.ts_ns.size(), 0);
      sink.event.clear();
    }
    most -= run.done() - before;
  }
}

BarSink Engine::make_sink(std::string_view clock) const {
  return pipeline_->make_sink(pipeline_->clock(clock));
}

void Engine::write_bars_to(std::span<BarSink> sinks) noexcept {
  for (SymbolState& state : states_) state.write_bars_to(sinks);
}

/// The next event, if it ends nothing.
void Engine::run_event(const EventColumns& events, const EventOrder& order, EventRun& run) {
  const Clock clock = order.next(run);
  const std::size_t i = run.next[index_of(clock)];
  const SymbolId symbol = events.symbol(clock, i);
  const double* row = nullptr;
  Status status = Status::kOk;
  if (clock == Clock::kTrade) {
    const TradeColumns& t = events.trades;
    status = on_trade(symbol, t[i], t.id != nullptr ? t.id[i] : kNoId, &row);
    show_side(symbol, t, i, status);
  } else {
    status = runner_.on(states_[symbol], events, clock, i, 0, &row);
  }
  for (BarSink& sink : run.bars) sink.symbol.resize(sink.ts_ns.size(), symbol);
  run.write(clock, status, row);
  run.ended = status == Status::kLate && options_.on_late == LatePolicy::kError;
  if (!run.ended) ++run.next[index_of(clock)];
}

}  // namespace tickeng
