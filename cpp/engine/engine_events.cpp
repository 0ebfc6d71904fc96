// Events of several kinds: one by one, and many of them merged by their stamps.
#include <algorithm>

#include "tickeng/engine/engine.hpp"
#include "tickeng/graph/sweep.hpp"

namespace tickeng {

Status Engine::on_quote(SymbolId symbol, const Quote& given, const double** row) {
  SymbolState& state = states_[symbol];
  if (!state.quotes) state.quotes = std::make_unique<QuoteFeed>();
  QuoteFeed& feed = *state.quotes;
  Quote quote = given;
  const auto [status, market] = feed.admit(quote, quote_rule(), options_.time);
  if (status == Status::kRejected) count_refused(feed.last_reject());
  *row = status == Status::kOk ? state.row.data() : pipeline_->absent().data();
  if (status != Status::kOk) return status;
  const QuoteStep step = market ? feed.step(quote) : QuoteStep{};
  if (!pipeline_->uses(Clock::kQuote)) return status;
  if (!state.graph) open(state);
  if (market) {
    state.graph->on(step, feed.until_ns(), state.row.data());
  } else {
    state.graph->pass(quote.ts_ns, state.row.data());
    state.graph->expire(feed.until_ns());
  }
  return status;
}

void Engine::run(const EventColumns& events, EventRun& run, std::size_t most) {
  const bool as_columns = pipeline_->mergeable() && events.trades.symbol == nullptr &&
                          events.quotes.symbol == nullptr && !options_.dedupe_id;
  struct Writing {  // the graphs outlive the sink, also where memory ends
    Engine& engine;
    ~Writing() { engine.write_bars_to(nullptr); }
  } const writing{*this};
  write_bars_to(run.bars);
  while (most > 0 && !run.ended &&
         (run.trade < events.trades.size || run.quote < events.quotes.size)) {
    const std::size_t before = run.trade + run.quote;
    if (!as_columns || !run_merged(events, run, most)) run_event(events, run);
    most -= run.trade + run.quote - before;
  }
}

BarSink Engine::make_sink(std::string_view clock) const {
  return pipeline_->make_sink(pipeline_->clock(clock));
}

void Engine::write_bars_to(BarSink* sink) noexcept {
  bars_ = sink;
  for (const SymbolState& state : states_) {
    if (state.graph) state.graph->write_bars_to(sink);
  }
}

/// The next event, if it ends nothing.
void Engine::run_event(const EventColumns& events, EventRun& run) {
  const auto& [trades, quotes] = events;
  const double* row = nullptr;
  Status status = Status::kOk;
  const bool is_trade = events.trade_next(run);
  const std::size_t i = is_trade ? run.trade : run.quote;
  const SymbolId* const symbols = is_trade ? trades.symbol : quotes.symbol;
  const SymbolId symbol = symbols != nullptr ? symbols[i] : 0;
  if (is_trade) {
    const Trade trade{trades.ts_ns[i], trades.price[i], trades.qty[i], trades.side[i]};
    status = on_trade(symbol, trade, trades.id != nullptr ? trades.id[i] : kNoId, &row);
    run.trade_status[i] = static_cast<std::uint8_t>(status);
  } else {
    status = on_quote(symbol, quotes[i], &row);
    run.quote_status[i] = static_cast<std::uint8_t>(status);
  }
  if (run.bars != nullptr) run.bars->symbol.resize(run.bars->ts_ns.size(), symbol);
  const bool writes = run.rows == (is_trade ? Clock::kTrade : Clock::kQuote);
  for (std::size_t c = 0; writes && c < run.columns.size(); ++c) {
    const PipelineOutput& o = pipeline_->outputs()[c];
    run.columns[c].put(i, row[is_trade ? o.slot : o.newest]);
  }
  run.ended = status == Status::kLate && options_.on_late == LatePolicy::kError;
  if (!run.ended) ++(is_trade ? run.trade : run.quote);
}

MergedBatch::MergedBatch(const Pipeline& pipeline) : runner(pipeline.make_merged_runner()) {
  rows.trade_blocks.resize(kBlocks);
  rows.quote_blocks.resize(kBlocks);
}

/// As many of the next events as may go as columns; false where the next one may not.
bool Engine::run_merged(const EventColumns& events, EventRun& run, std::size_t most) {
  SymbolState& state = states_[0];
  const std::size_t room = std::min(most, MergedRows::kMax);
  const TradeColumns& trades = events.trades;
  const std::size_t plain = run.trade == trades.size
                                ? 0
                                : trades.plain(run.trade, std::min(trades.size, run.trade + room),
                                               state.clock.last_ns(), options_.time);
  if (plain == 0 && events.trade_next(run)) return false;
  if (!merged_) merged_ = std::make_unique<MergedBatch>(*pipeline_);
  MergedBatch& batch = *merged_;
  batch.first_trade = run.trade;
  batch.first_quote = run.quote;
  merge(state, events, run, room, plain);
  fill_blocks(state, trades);
  const bool moves = pipeline_->uses(Clock::kQuote) ? batch.rows.events > 0 : batch.trades > 0;
  if (!state.graph && moves) open(state);
  batch.runner->run(state.graph.get(), batch.rows, state.row.data());
  if (state.graph && state.quotes) state.graph->expire(state.quotes->until_ns());
  write_rows(run);
  return true;
}

/// Puts the next events in order and admits them, up to the first trade that is not plain.
void Engine::merge(SymbolState& state, const EventColumns& events, EventRun& run, std::size_t room,
                   std::size_t plain) {
  MergedBatch& batch = *merged_;
  MergedRows& rows = batch.rows;
  const QuoteFeed::Rule rule = quote_rule();
  rows.events = 0;
  rows.size.fill(0);
  batch.trades = 0;
  batch.by_quote.clear();
  TimeNs until_ns = state.quotes ? state.quotes->until_ns() : kNever;
  for (; room > 0 && (run.trade < events.trades.size || run.quote < events.quotes.size); --room) {
    if (events.trade_next(run)) {
      if (batch.trades == plain) break;
      rows.event[index_of(Clock::kTrade)][batch.trades++] =
          batch.push(events.trades.ts_ns[run.trade++], until_ns);
      continue;
    }
    if (!state.quotes) state.quotes = std::make_unique<QuoteFeed>();
    Quote quote = events.quotes[run.quote];
    const auto [status, market] = state.quotes->admit(quote, rule, options_.time);
    run.quote_status[run.quote] = static_cast<std::uint8_t>(status);
    if (status == Status::kRejected) count_refused(state.quotes->last_reject());
    const bool ok = status == Status::kOk;
    const std::uint32_t event = ok ? batch.push(quote.ts_ns, until_ns) : MergedBatch::kNone;
    if (market) batch.push(quote, event);
    until_ns = state.quotes->until_ns();
    batch.by_quote.push_back(event);
    run.ended = status == Status::kLate && options_.on_late == LatePolicy::kError;
    if (run.ended) break;
    ++run.quote;
  }
  rows.quote_until_ns[rows.events] = until_ns;
}

/// The rows of each clock in blocks on its grid.
void Engine::fill_blocks(SymbolState& state, const TradeColumns& trades) {
  MergedBatch& batch = *merged_;
  MergedRows& rows = batch.rows;
  LeaderFeed& feed = leader_of(state);
  LeaderFeed::View view = feed.view();
  std::size_t blocks = 0;
  for (std::size_t i = 0; i < batch.trades; ++blocks) {
    TradeBlock& block = rows.trade_blocks[blocks];
    const std::size_t from = batch.first_trade + i;
    const std::size_t n =
        std::min(batch.trades - i, TradeBlock::kMax - state.base.count() % TradeBlock::kMax);
    block.gather(state.base, trades.ts_ns + from, trades.price + from, trades.qty + from,
                 trades.side + from, n);
    feed.align(block, options_.leader_latency_ns, view);
    block.flags = state.flags | flags_;
    i += n;
  }
  rows.trade_block_count = blocks;
  rows.size[index_of(Clock::kTrade)] = batch.trades;
  rows.row_ts_ns = {trades.ts_ns + batch.first_trade, batch.ts_ns.data()};
  if (batch.trades > 0) {
    feed.move_to(view);
    arrive(state, trades, batch.first_trade, batch.trades);
  }
  const std::size_t quotes = rows.size[index_of(Clock::kQuote)];
  blocks = 0;
  for (std::size_t i = 0; i < quotes; ++blocks) {
    QuoteBlock& block = rows.quote_blocks[blocks];
    const std::size_t n =
        std::min(quotes - i, QuoteBlock::kMax - state.quotes->count() % QuoteBlock::kMax);
    block.bid = &batch.bid[i];
    block.bid_qty = &batch.bid_qty[i];
    block.ask = &batch.ask[i];
    block.ask_qty = &batch.ask_qty[i];
    state.quotes->gather(block, &batch.ts_ns[i], n);
    i += n;
  }
  rows.quote_block_count = blocks;
}

void Engine::write_rows(const EventRun& run) const {
  const MergedBatch& batch = *merged_;
  MergedRunner& runner = *batch.runner;
  std::fill_n(run.trade_status + batch.first_trade, batch.trades, std::uint8_t{0});
  if (run.bars != nullptr && states_[0].graph) {
    runner.write(*run.bars);
    run.bars->symbol.resize(run.bars->ts_ns.size(), 0);
  }
  const bool by_trade = run.rows == Clock::kTrade;
  for (std::size_t c = 0; c < run.columns.size(); ++c) {
    const PipelineOutput& o = pipeline_->outputs()[c];
    const std::size_t slot = by_trade ? o.slot : o.newest;
    const double* const values = runner.after(slot);
    const Clock clock = runner.clock_of(slot);
    if (by_trade && clock == Clock::kTrade) {
      if (o.flag) {
        to_flags(values + 1, batch.trades, run.columns[c].flag + batch.first_trade);
      } else {
        std::copy_n(values + 1, batch.trades, run.columns[c].real + batch.first_trade);
      }
      continue;
    }
    const std::uint32_t* const through = runner.through(clock);
    if (by_trade) {
      const auto& event = batch.rows.event[index_of(Clock::kTrade)];
      for (std::size_t t = 0; t < batch.trades; ++t) {
        run.columns[c].put(batch.first_trade + t, values[through[event[t]]]);
      }
      continue;
    }
    for (std::size_t q = 0; q < batch.by_quote.size() && run.rows == Clock::kQuote; ++q) {
      const std::uint32_t event = batch.by_quote[q];
      run.columns[c].put(batch.first_quote + q, event != MergedBatch::kNone
                                                    ? values[through[event]]
                                                    : pipeline_->absent()[o.newest]);
    }
  }
}

}  // namespace tickeng
