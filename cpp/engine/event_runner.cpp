// One symbol's events of several kinds one by one.
#include "tickeng/engine/event_runner.hpp"

namespace tickeng {

/// Counts an event that was rejected, and points to the row of one that was not.
bool EventRunner::was_taken(const EventFeed& feed, Status status, const SymbolState& state,
                            const double** row) noexcept {
  if (status == Status::kRejected) count_refused(feed.last_reject());
  *row = status == Status::kOk ? state.row.data() : pipeline_.absent().data();
  return status == Status::kOk;
}

/// Whether there is one for an event, which `moves` nodes or not, with memory for its rows.
bool EventRunner::has_graph(SymbolState& state, bool moves) {
  if (state.graph || moves) state.take_rows(pipeline_, kRowsOfAnEvent);
  return state.graph != nullptr;
}

const std::vector<bool>& EventRunner::moved_by(Clock clock, Clock rows) {
  std::vector<bool>& found = moved_by_[rows == Clock::kQuote ? 0 : clock == Clock::kQuote ? 1 : 2];
  if (found.empty()) found = pipeline_.moved_by(clock, rows);
  return found;
}

const double* EventRunner::shown(const SymbolState& state, Clock rows, TimeNs ts_ns) {
  const bool no_quote = ts_ns > state.feeds.quotes_until_ns();
  const bool no_book = rows == Clock::kBook && ts_ns > state.feeds.books_until_ns();
  if (!no_quote && !no_book) return state.row.data();
  shown_.assign(state.row.begin(), state.row.end());
  const auto hide = [&](const std::vector<bool>& moved) {
    for (std::size_t s = 0; s < shown_.size(); ++s) {
      if (moved[s]) shown_[s] = pipeline_.absent()[s];
    }
  };
  if (no_quote) hide(moved_by(Clock::kQuote, rows));
  if (no_book) hide(moved_by(Clock::kBook, rows));
  return shown_.data();
}

Status EventRunner::on(SymbolState& state, Quote quote, const double** row) {
  const Status status = take(state, quote, row);
  if (status == Status::kOk) *row = shown(state, Clock::kQuote, quote.ts_ns);
  return status;
}

Status EventRunner::take(SymbolState& state, Quote& quote, const double** row) {
  const TimeNs before_ns = state.feeds.quotes_until_ns();
  QuoteFeed& feed = state.feeds.quotes.get_or_make();
  const auto [status, market] = feed.admit(quote, market_rule(), time_);
  if (!was_taken(feed, status, state, row)) return status;
  if (state.feeds.source == QuoteSource::kBooks) {
    if (state.graph) state.graph->pass(quote.ts_ns, state.row.data());
    return status;
  }
  QuoteStep step{
      .bid = quote.bid, .bid_qty = quote.bid_qty, .ask = quote.ask, .ask_qty = quote.ask_qty};
  if (market) {
    state.feeds.quotes.rows.number(step, quote.ts_ns);
    state.feeds.sides.see(quote.bid, quote.ask);
  }
  if (!has_graph(state, pipeline_.uses(Clock::kQuote))) return status;
  if (market && quote.ts_ns > before_ns) state.graph->lapse(Clock::kQuote, before_ns + 1);
  if (market) {
    state.graph->on(step, feed.until_ns(), state.row.data());
  } else {
    state.graph->pass(quote.ts_ns, state.row.data());
    state.graph->expire(Clock::kQuote, feed.until_ns());
  }
  return status;
}

Status EventRunner::on(SymbolState& state, Book book, const double** row) {
  const TimeNs before_ns = state.feeds.books_until_ns();
  BookFeed& feed = state.feeds.books.get_or_make();
  const auto [status, market] = feed.admit(book, market_rule(), time_);
  if (!was_taken(feed, status, state, row)) return status;
  move(state, book, market, before_ns);
  *row = shown(state, Clock::kBook, book.ts_ns);
  return status;
}

Status EventRunner::on(SymbolState& state, const DepthUpdate& update, const double** row) {
  const TimeNs before_ns = state.feeds.books_until_ns();
  BookFeed& feed = state.feeds.books.get_or_make();
  Book book;
  const auto [status, market] = apply(feed, update, book);
  if (!was_taken(feed, status, state, row)) return status;
  move(state, book, market, before_ns);
  *row = shown(state, Clock::kBook, book.ts_ns);
  return status;
}

MarketFeed::Admitted EventRunner::apply(BookFeed& feed, const DepthUpdate& update, Book& book) {
  return feed.apply(update, options_.snapshot_depth, market_rule(), time_, book);
}

/// By a book that was taken, and the quote that it gives. `before_ns`: up to when the one before
/// was the market.
void EventRunner::move(SymbolState& state, const Book& book, bool market, TimeNs before_ns) {
  BookFeed& feed = *state.feeds.books.feed;
  BookStep step{.bids = book.bids, .asks = book.asks};
  if (market) state.feeds.books.rows.number(step, book.ts_ns);
  const Quote touch = book.touch();
  QuoteStep from_book{
      .bid = touch.bid, .bid_qty = touch.bid_qty, .ask = touch.ask, .ask_qty = touch.ask_qty};
  const bool quotes = state.feeds.quotes_from_books();
  const bool gives = quotes && market && feed.moves_touch(touch);
  if (gives) {
    state.feeds.quotes.rows.number(from_book, book.ts_ns);
    state.feeds.sides.see(touch.bid, touch.ask);
  }
  const bool moves = pipeline_.uses(Clock::kBook) || (quotes && pipeline_.uses(Clock::kQuote));
  if (!has_graph(state, moves)) return;
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
    state.graph->on(from_book, feed.until_ns(), state.row.data());
  } else if (quotes) {
    state.graph->expire(Clock::kQuote, feed.until_ns());
  }
  if (market) state.graph->show(Clock::kBook, book.ts_ns, state.row.data());
}

Status EventRunner::on(SymbolState& state, Bar bar, const double** row) {
  BarFeed& feed = state.feeds.bars.get_or_make();
  const Status status = feed.admit(bar, clamps(), time_);
  if (!was_taken(feed, status, state, row)) return status;
  BarStep step = feed.step(bar);
  state.feeds.bars.rows.number(step, bar.ts_ns);
  if (has_graph(state, pipeline_.uses(Clock::kBar))) state.graph->on(step, state.row.data());
  return status;
}

Status EventRunner::on(SymbolState& state, Fill fill, const double** row) {
  FillFeed& feed = state.feeds.fills.get_or_make();
  const Status status = feed.admit(fill, clamps(), time_);
  if (!was_taken(feed, status, state, row)) return status;
  OwnStep step{.price = fill.price, .qty = fill.qty, .side = static_cast<double>(fill.side)};
  state.feeds.fills.rows.number(step, fill.ts_ns);
  if (has_graph(state, pipeline_.uses(Clock::kOwn))) state.graph->on(step, state.row.data());
  return status;
}

Status EventRunner::on(SymbolState& state, const EventColumns& events, Clock clock, std::size_t i,
                       std::uint32_t flags, const double** row) {
  if (clock == Clock::kTrade) {
    state.feeds.infer_sides(events.trades, i, i + 1);
    const Trade trade = events.trades[i];
    state.take_rows(pipeline_);
    const LeaderPrice& leader = events.trades.leader[i];
    double* const outputs = state.row.data();
    if (events.trades.named == nullptr) {
      state.graph->on(state.base, trade, trade.ts_ns, leader, flags, outputs);
    } else {
      state.graph->on(state.base, trade, trade.ts_ns, leader, flags, outputs,
                      events.trades.named + i * pipeline_.leaders().size());
    }
    *row = outputs;
    return Status::kOk;
  }
  if (clock == Clock::kQuote) return on(state, events.quotes[i], row);
  if (clock == Clock::kBook && events.has_messages()) {
    return on(state, events.depth[i], row);
  }
  if (clock == Clock::kBook) return on(state, events.books[i], row);
  if (clock == Clock::kBar) return on(state, events.bars[i], row);
  return on(state, events.fills[i], row);
}

}  // namespace tickeng
