// Events of several kinds one by one, and many of them in the order of their stamps.
#include <algorithm>

#include "tickeng/engine/engine.hpp"

namespace tickeng {

/// Counts an event that was rejected, and points to the row of one that was not.
bool Engine::was_taken(const EventFeed& feed, Status status, const SymbolState& state,
                       const double** row) noexcept {
  if (status == Status::kRejected) count_refused(feed.last_reject());
  *row = status == Status::kOk ? state.row.data() : pipeline_->absent().data();
  return status == Status::kOk;
}

/// Whether there is one for an event, which `moves` nodes or not, with memory for its rows.
bool Engine::has_graph(SymbolState& state, bool moves) {
  if (state.graph || moves) take_rows(state, kRowsOfAnEvent);
  return state.graph != nullptr;
}

Status Engine::on_quote(SymbolId symbol, const Quote& given, const double** row) {
  SymbolState& state = states_[symbol];
  const TimeNs before_ns = state.feeds.quotes_until_ns();
  QuoteFeed& feed = state.feeds.quotes.get_or_make();
  Quote quote = given;
  const auto [status, market] = feed.admit(quote, market_rule(), options_.time);
  if (!was_taken(feed, status, state, row)) return status;
  QuoteStep step{
      .bid = quote.bid, .bid_qty = quote.bid_qty, .ask = quote.ask, .ask_qty = quote.ask_qty};
  if (market) state.feeds.quotes.rows.number(step, quote.ts_ns);
  if (!has_graph(state, pipeline_->uses(Clock::kQuote))) return status;
  if (market && quote.ts_ns > before_ns) state.graph->lapse(Clock::kQuote, before_ns + 1);
  if (market) {
    state.graph->on(step, feed.until_ns(), state.row.data());
  } else {
    state.graph->pass(quote.ts_ns, state.row.data());
    state.graph->expire(Clock::kQuote, feed.until_ns());
  }
  return status;
}

Status Engine::on_book(SymbolId symbol, const Book& given, const double** row) {
  SymbolState& state = states_[symbol];
  const TimeNs before_ns = state.feeds.books_until_ns();
  BookFeed& feed = state.feeds.books.get_or_make();
  Book book = given;
  const auto [status, market] = feed.admit(book, market_rule(), options_.time);
  if (!was_taken(feed, status, state, row)) return status;
  BookStep step{.bids = book.bids, .asks = book.asks};
  if (market) state.feeds.books.rows.number(step, book.ts_ns);
  const Quote touch = book.touch();
  QuoteStep quote{
      .bid = touch.bid, .bid_qty = touch.bid_qty, .ask = touch.ask, .ask_qty = touch.ask_qty};
  const bool quotes = state.feeds.quotes_from_books();
  const bool gives = quotes && market && feed.moves_touch(touch);
  if (gives) state.feeds.quotes.rows.number(quote, book.ts_ns);
  const bool moves = pipeline_->uses(Clock::kBook) || (quotes && pipeline_->uses(Clock::kQuote));
  if (!has_graph(state, moves)) return status;
  if (market && book.ts_ns > before_ns) {
    state.graph->lapse(Clock::kBook, before_ns + 1);
    if (quotes) state.graph->lapse(Clock::kQuote, before_ns + 1);
  }
  if (market) {
    state.graph->on(step, feed.until_ns(), state.row.data());
  } else {
    state.graph->pass(book.ts_ns, state.row.data());
    state.graph->expire(Clock::kBook, feed.until_ns());
  }
  if (gives) {
    state.graph->on(quote, feed.until_ns(), state.row.data());
  } else if (quotes) {
    state.graph->expire(Clock::kQuote, feed.until_ns());
  }
  if (market) state.graph->show(Clock::kBook, book.ts_ns, state.row.data());
  return status;
}

Status Engine::on_bar(SymbolId symbol, const Bar& given, const double** row) {
  SymbolState& state = states_[symbol];
  BarFeed& feed = state.feeds.bars.get_or_make();
  Bar bar = given;
  const Status status = feed.admit(bar, clamps(), options_.time);
  if (!was_taken(feed, status, state, row)) return status;
  BarStep step = feed.step(bar);
  state.feeds.bars.rows.number(step, bar.ts_ns);
  if (has_graph(state, pipeline_->uses(Clock::kBar))) state.graph->on(step, state.row.data());
  return status;
}

Status Engine::on_fill(SymbolId symbol, const Fill& given, const double** row) {
  SymbolState& state = states_[symbol];
  FillFeed& feed = state.feeds.fills.get_or_make();
  Fill fill = given;
  const Status status = feed.admit(fill, clamps(), options_.time);
  if (!was_taken(feed, status, state, row)) return status;
  OwnStep step{.price = fill.price, .qty = fill.qty, .side = static_cast<double>(fill.side)};
  state.feeds.fills.rows.number(step, fill.ts_ns);
  if (has_graph(state, pipeline_->uses(Clock::kOwn))) state.graph->on(step, state.row.data());
  return status;
}

void Engine::run(const EventColumns& events, EventRun& run, std::size_t most) {
  const bool as_columns = pipeline_->mergeable() && !events.has_symbols() && !options_.dedupe_id;
  struct Writing {  // the graphs outlive the sink, also where memory ends
    Engine& engine;
    ~Writing() { engine.write_bars_to(nullptr); }
  } const writing{*this};
  write_bars_to(run.bars);
  row_slots_.clear();
  for (const PipelineOutput& o : pipeline_->outputs()) row_slots_.push_back(o.slot_at(run.rows));
  const std::size_t total = events.total();
  const EventOrder order(events);
  while (most > 0 && !run.ended && run.done() < total) {
    const std::size_t before = run.done();
    if (!as_columns || !run_merged(events, order, run, most)) run_event(events, order, run);
    most -= run.done() - before;
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
void Engine::run_event(const EventColumns& events, const EventOrder& order, EventRun& run) {
  const Clock clock = order.next(run);
  const std::size_t i = run.next[index_of(clock)];
  const SymbolId* const symbols = events.symbols(clock);
  const SymbolId symbol = symbols != nullptr ? symbols[i] : 0;
  const double* row = nullptr;
  Status status = Status::kOk;
  if (clock == Clock::kTrade) {
    const TradeColumns& t = events.trades;
    const Trade trade{t.ts_ns[i], t.price[i], t.qty[i], t.side[i]};
    status = on_trade(symbol, trade, t.id != nullptr ? t.id[i] : kNoId, &row);
  } else if (clock == Clock::kQuote) {
    status = on_quote(symbol, events.quotes[i], &row);
  } else if (clock == Clock::kBook) {
    status = on_book(symbol, events.books[i], &row);
  } else if (clock == Clock::kBar) {
    status = on_bar(symbol, events.bars[i], &row);
  } else {
    status = on_fill(symbol, events.fills[i], &row);
  }
  run.status[index_of(clock)][i] = static_cast<std::uint8_t>(status);
  if (run.bars != nullptr) run.bars->symbol.resize(run.bars->ts_ns.size(), symbol);
  for (std::size_t c = 0; run.rows == clock && c < run.columns.size(); ++c) {
    run.columns[c].put(i, row[row_slots_[c]]);
  }
  run.ended = status == Status::kLate && options_.on_late == LatePolicy::kError;
  if (!run.ended) ++run.next[index_of(clock)];
}

}  // namespace tickeng
