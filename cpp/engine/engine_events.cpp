// Events of several kinds one by one, and many of them in the order of their stamps.
#include <algorithm>

#include "tickeng/engine/engine.hpp"

namespace tickeng {

Status Engine::on_quote(SymbolId symbol, const Quote& given, const double** row) {
  SymbolState& state = states_[symbol];
  QuoteFeed& feed = state.quote_feed();
  Quote quote = given;
  const auto admitted = feed.admit(quote, market_rule(), options_.time);
  if (admitted.status == Status::kRejected) count_refused(feed.last_reject());
  const bool ok = admitted.status == Status::kOk;
  *row = ok ? state.row.data() : pipeline_->absent().data();
  if (!ok) return admitted.status;
  QuoteStep step{
      .bid = quote.bid, .bid_qty = quote.bid_qty, .ask = quote.ask, .ask_qty = quote.ask_qty};
  if (admitted.market) state.quote_rows.number(step, quote.ts_ns);
  if (!state.graph && !pipeline_->uses(Clock::kQuote)) return Status::kOk;
  if (!state.graph) open(state);
  if (admitted.market) {
    state.graph->on(step, feed.until_ns(), state.row.data());
  } else {
    state.graph->pass(quote.ts_ns, state.row.data());
    state.graph->expire(Clock::kQuote, feed.until_ns());
  }
  return Status::kOk;
}

Status Engine::on_book(SymbolId symbol, const Book& given, const double** row) {
  SymbolState& state = states_[symbol];
  BookFeed& feed = state.book_feed();
  Book book = given;
  const auto admitted = feed.admit(book, market_rule(), options_.time);
  if (admitted.status == Status::kRejected) count_refused(feed.last_reject());
  const bool ok = admitted.status == Status::kOk;
  *row = ok ? state.row.data() : pipeline_->absent().data();
  if (!ok) return admitted.status;
  BookStep step{.bids = book.bids, .asks = book.asks};
  if (admitted.market) state.book_rows.number(step, book.ts_ns);
  const Quote touch = book.touch();
  QuoteStep quote{
      .bid = touch.bid, .bid_qty = touch.bid_qty, .ask = touch.ask, .ask_qty = touch.ask_qty};
  const bool quotes = state.quotes_from_books();
  const bool moves = quotes && admitted.market && feed.moves_touch(touch);
  if (moves) state.quote_rows.number(quote, book.ts_ns);
  if (!state.graph) {
    if (!pipeline_->uses(Clock::kBook) && !(quotes && pipeline_->uses(Clock::kQuote))) {
      return Status::kOk;
    }
    open(state);
  }
  if (admitted.market) {
    state.graph->on(step, feed.until_ns(), state.row.data());
  } else {
    state.graph->pass(book.ts_ns, state.row.data());
    state.graph->expire(Clock::kBook, feed.until_ns());
  }
  if (moves) {
    state.graph->on(quote, feed.until_ns(), state.row.data());
  } else if (quotes) {
    state.graph->expire(Clock::kQuote, feed.until_ns());
  }
  if (admitted.market) state.graph->show(Clock::kBook, book.ts_ns, state.row.data());
  return Status::kOk;
}

void Engine::run(const EventColumns& events, EventRun& run, std::size_t most) {
  const bool as_columns = pipeline_->mergeable() && events.trades.symbol == nullptr &&
                          events.quotes.symbol == nullptr && events.books.symbol == nullptr &&
                          !options_.dedupe_id;
  struct Writing {  // the graphs outlive the sink, also where memory ends
    Engine& engine;
    ~Writing() { engine.write_bars_to(nullptr); }
  } const writing{*this};
  write_bars_to(run.bars);
  row_slots_.clear();
  for (const PipelineOutput& o : pipeline_->outputs()) row_slots_.push_back(o.slot_at(run.rows));
  const std::size_t total = events.total();
  while (most > 0 && !run.ended && run.done() < total) {
    const std::size_t before = run.done();
    if (!as_columns || !run_merged(events, run, most)) run_event(events, run);
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
void Engine::run_event(const EventColumns& events, EventRun& run) {
  const Clock clock = events.next(run);
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
  } else {
    status = on_book(symbol, events.books[i], &row);
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
