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
    state.graph->expire(Clock::kQuote, feed.until_ns());
  }
  return status;
}

void Engine::run(const EventColumns& events, EventRun& run, std::size_t most) {
  const bool as_columns = pipeline_->mergeable() && events.trades.symbol == nullptr &&
                          events.quotes.symbol == nullptr && !options_.dedupe_id;
  while (most > 0 && !run.ended &&
         (run.trade < events.trades.size || run.quote < events.quotes.size)) {
    const std::size_t before = run.trade + run.quote;
    if (!as_columns || !run_merged(events, run, most)) run_event(events, run);
    most -= run.trade + run.quote - before;
  }
}

/// The next event, if it ends nothing.
void Engine::run_event(const EventColumns& events, EventRun& run) {
  const auto& [trades, quotes] = events;
  const double* row = nullptr;
  Status status = Status::kOk;
  const bool is_trade = events.trade_next(run);
  const std::size_t i = is_trade ? run.trade : run.quote;
  if (is_trade) {
    const Trade trade{trades.ts_ns[i], trades.price[i], trades.qty[i], trades.side[i]};
    status = on_trade(trades.symbol != nullptr ? trades.symbol[i] : 0, trade,
                      trades.id != nullptr ? trades.id[i] : kNoId, &row);
    run.trade_status[i] = static_cast<std::uint8_t>(status);
  } else {
    status = on_quote(quotes.symbol != nullptr ? quotes.symbol[i] : 0, quotes[i], &row);
    run.quote_status[i] = static_cast<std::uint8_t>(status);
  }
  for (std::size_t c = 0; is_trade == (run.rows == Clock::kTrade) && c < run.columns.size(); ++c) {
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
  const bool moves = batch.trades > 0 || (pipeline_->uses(Clock::kQuote) && batch.quote_accepted());
  if (!state.graph && moves) open(state);
  batch.runner->run(state.graph.get(), batch.rows, state.row.data());
  if (state.graph && state.quotes) {
    state.graph->expire(Clock::kQuote, state.quotes->until_ns());
  }
  write_rows(run);
  return true;
}

/// Puts the next events in order and admits them, up to the first trade that is not plain.
void Engine::merge(SymbolState& state, const EventColumns& events, EventRun& run, std::size_t room,
                   std::size_t plain) {
  MergedBatch& batch = *merged_;
  auto& quotes = batch.rows.size[static_cast<std::size_t>(Clock::kQuote)];
  const QuoteFeed::Rule rule = quote_rule();
  quotes = 0;
  batch.trades = 0;
  batch.by_quote.clear();
  TimeNs until_ns = state.quotes ? state.quotes->until_ns() : kNoTime;
  for (; room > 0 && (run.trade < events.trades.size || run.quote < events.quotes.size); --room) {
    if (events.trade_next(run)) {
      if (batch.trades == plain) return;
      batch.rows.quotes_seen[batch.trades] = static_cast<std::uint32_t>(quotes);
      batch.rows.is_market[batch.trades] = events.trades.ts_ns[run.trade] <= until_ns ? 1 : 0;
      ++batch.trades;
      ++run.trade;
      continue;
    }
    if (!state.quotes) state.quotes = std::make_unique<QuoteFeed>();
    Quote quote = events.quotes[run.quote];
    const auto [status, market] = state.quotes->admit(quote, rule, options_.time);
    run.quote_status[run.quote] = static_cast<std::uint8_t>(status);
    if (status == Status::kRejected) count_refused(state.quotes->last_reject());
    if (market) batch.push(quote);
    until_ns = state.quotes->until_ns();
    const auto seen = static_cast<std::uint32_t>(batch.trades);
    batch.by_quote.push_back({{seen, static_cast<std::uint32_t>(quotes)}, status == Status::kOk});
    run.ended = status == Status::kLate && options_.on_late == LatePolicy::kError;
    if (run.ended) return;
    ++run.quote;
  }
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
  rows.size[static_cast<std::size_t>(Clock::kTrade)] = batch.trades;
  if (batch.trades > 0) {
    feed.move_to(view);
    arrive(state, trades, batch.first_trade, batch.trades);
  }
  const std::size_t quotes = rows.size[static_cast<std::size_t>(Clock::kQuote)];
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
  std::fill_n(run.trade_status + batch.first_trade, batch.trades, std::uint8_t{0});
  for (std::size_t c = 0; c < run.columns.size(); ++c) {
    const PipelineOutput& o = pipeline_->outputs()[c];
    if (run.rows == Clock::kTrade) {
      const double* const values = batch.runner->after(o.slot) + 1;
      if (o.flag) {
        to_flags(values, batch.trades, run.columns[c].flag + batch.first_trade);
      } else {
        std::copy_n(values, batch.trades, run.columns[c].real + batch.first_trade);
      }
      continue;
    }
    const double* const values = batch.runner->after(o.newest);
    const auto clock = static_cast<std::size_t>(batch.runner->clock_of(o.newest));
    for (std::size_t q = 0; q < batch.by_quote.size(); ++q) {
      const auto& [rows, ok] = batch.by_quote[q];
      run.columns[c].put(batch.first_quote + q,
                         ok ? values[rows[clock]] : pipeline_->absent()[o.newest]);
    }
  }
}

}  // namespace tickeng
