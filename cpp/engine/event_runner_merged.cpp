// One symbol's events of several kinds as columns: put in order, cut by clock, run node by node.
#include <algorithm>

#include "tickeng/engine/event_runner.hpp"
#include "tickeng/graph/sweep.hpp"

namespace tickeng {
namespace {

constexpr std::size_t kTrades = index_of(Clock::kTrade), kQuotes = index_of(Clock::kQuote),
                      kBooks = index_of(Clock::kBook), kBars = index_of(Clock::kBar),
                      kFills = index_of(Clock::kOwn);

constexpr std::size_t kBarsOfAStretch = 16 * MergedRows::kMax;  // about: what memory they take
constexpr std::size_t kLookAgain = 256;  // quotes, behind one that could not be taken as it stood

/// Cuts n rows into blocks on the grid of the symbol's rows of that clock, and where there was no
/// market before a row; `at` says where a block finds its values.
template <class Block, class At>
std::size_t cut(std::vector<Block>& blocks, RowSeries& series, const TimeNs* ts_ns, std::size_t n,
                const std::vector<MergedBatch::Lapse>& lapses, const At& at) {
  std::size_t count = 0;
  auto lapse = lapses.begin();
  for (std::size_t i = 0; i < n; ++count) {
    if (count == blocks.size()) blocks.emplace_back();
    Block& block = blocks[count];
    std::size_t size = std::min(n - i, Block::kMax - series.count() % Block::kMax);
    if constexpr (requires { block.lapse_ns; }) {
      const bool begins = lapse != lapses.end() && lapse->row == i;
      block.lapse_ns = begins ? (lapse++)->at_ns : kNoTime;
      if (lapse != lapses.end()) size = std::min(size, lapse->row - i);
    }
    at(block, i);
    series.gather(block, ts_ns + i, size);
    i += size;
  }
  return count;
}

}  // namespace

MergedBatch::MergedBatch(const Pipeline& pipeline) : runner(pipeline.make_merged_runner()) {
  rows.trade_blocks.resize(kBlocks);
  for (TradeBlock& block : rows.trade_blocks) block.named.resize(pipeline.leaders().size());
  rows.quote_blocks.resize(kBlocks);
  rows.book_blocks.resize(kBlocks);
  rows.own_blocks.resize(kBlocks);
}

bool EventRunner::run(SymbolState& state, const Around& around, const EventColumns& events,
                      const EventOrder& order, EventRun& run, std::size_t most) {
  const std::size_t room = std::min(most, room_);
  const TradeColumns& trades = events.trades;
  const std::size_t from = run.next[kTrades], end = std::min(trades.size, from + room);
  std::size_t plain = end - from;
  if (plain > 0 && trades.leader == nullptr) {
    plain = trades.plain(from, end, state.clock.last_ns(), time_);
  }
  if (plain == 0 && order.next(run) == Clock::kTrade) return false;
  if (!batch_) batch_ = std::make_unique<MergedBatch>(pipeline_);
  MergedBatch& batch = *batch_;
  batch.first = run.next;
  merge(state, events, order, run, room, plain);
  fill_trades(state, around, trades);
  fill_blocks(state);
  if (state.graph || batch.trades > 0 || batch.moves) {
    state.take_rows(pipeline_, kRowsOfAnEvent * batch.rows.events);
  }
  batch.runner->run(state.graph.get(), batch.rows, state.row.data());
  const std::size_t bars = batch.runner->most_bars();
  room_ = bars > kBarsOfAStretch ? std::max<std::size_t>(room / (bars / kBarsOfAStretch + 1), 1)
                                 : std::min(2 * room_, MergedRows::kMax);
  for (const Clock clock : {Clock::kQuote, Clock::kBook}) {
    if (state.graph) state.graph->expire(clock, batch.until_ns[index_of(clock)]);
  }
  write_rows(state, run);
  return true;
}

/// Puts the next events in order and admits them, up to the first trade that is not plain.
void EventRunner::merge(SymbolState& state, const EventColumns& events, const EventOrder& order,
                        EventRun& run, std::size_t room, std::size_t plain) {
  MergedBatch& batch = *batch_;
  MergedRows& rows = batch.rows;
  rows.events = 0;
  rows.size.fill(0);
  rows.bars.clear();
  batch.trades = 0;
  batch.moves = false;
  for (auto& event_of : batch.event_of) event_of.clear();
  for (auto& lapses : batch.lapses) lapses.clear();
  batch.until_ns[kBooks] = state.feeds.books_until_ns();
  batch.until_ns[kQuotes] = state.feeds.quotes_until_ns();
  std::size_t plain_quotes = plain_end(state, events.quotes, run.next[kQuotes], room);
  for (std::size_t left = std::min(room, events.total() - run.done()); left > 0; --left) {
    const std::size_t c = index_of(order.next(run));
    std::size_t& next = run.next[c];
    if (c == kTrades) {
      if (batch.trades == plain) break;
      state.feeds.infer_sides(events.trades, next, next + 1);
      rows.event[c][batch.trades++] = batch.push(events.trades.ts_ns[next++]);
      continue;
    }
    if (c == kQuotes && next < plain_quotes) {
      const std::size_t end = std::min(plain_quotes, next + left);
      const std::size_t n = order.stretch(Clock::kQuote, run, end);
      merge_quotes(state, events.quotes, run, n);
      left -= n - 1;
      continue;
    }
    const Status status = c == kQuotes  ? merge_quote(state, events.quotes[next])
                          : c == kBooks ? merge_book(state, events, next)
                          : c == kBars  ? merge_bar(state, events.bars[next])
                                        : merge_fill(state, events.fills[next]);
    run.status[c][next] = static_cast<std::uint8_t>(status);
    run.ended = status == Status::kLate && options_.on_late == LatePolicy::kError;
    if (run.ended) break;
    ++next;
    if (c == kQuotes) plain_quotes = plain_end(state, events.quotes, next, kLookAgain);
  }
  batch.note_markets();
}

/// The row of quotes from `from` on, of `most`, that cannot be taken as it stands.
std::size_t EventRunner::plain_end(const SymbolState& state, const QuoteColumns& quotes,
                                   std::size_t from, std::size_t most) const noexcept {
  if (from == quotes.size || state.feeds.quotes_from_books() || !state.feeds.quotes.feed ||
      quotes.ts_ns[from] > batch_->until_ns[kQuotes]) {
    return from;
  }
  return from + quotes.plain(from, std::min(quotes.size, from + most),
                             state.feeds.quotes.feed->last_ns(), options_.max_quote_age_ns, time_);
}

/// Takes the next n > 0 quotes as they stand.
void EventRunner::merge_quotes(SymbolState& state, const QuoteColumns& quotes, EventRun& run,
                               std::size_t n) {
  std::size_t& next = run.next[kQuotes];
  const MarketRule rule = market_rule();
  batch_->push(quotes, next, n, rule);
  batch_->moves |= pipeline_.uses(Clock::kQuote);
  std::fill_n(run.status[kQuotes] + next, n, static_cast<std::uint8_t>(Status::kOk));
  next += n;
  state.feeds.quotes.feed->take(n, quotes.ts_ns[next - 1], rule);
  state.feeds.sides.see(quotes.bid[next - 1], quotes.ask[next - 1]);
}

/// Counts an event, and gives it its number in the stretch if it is taken.
[[gnu::always_inline]] inline std::uint32_t EventRunner::number_event(Status status, TimeNs ts_ns,
                                                                      const EventFeed& feed,
                                                                      Clock clock) {
  if (status == Status::kRejected) count_refused(feed.last_reject());
  const bool ok = status == Status::kOk;
  auto& event_of = batch_->event_of[index_of(clock)];
  event_of.push_back(ok ? batch_->push(ts_ns) : MergedBatch::kNone);
  batch_->moves |= ok && pipeline_.uses(clock);
  return event_of.back();
}

[[gnu::always_inline]] inline Status EventRunner::merge_quote(SymbolState& state, Quote quote) {
  QuoteFeed& feed = state.feeds.quotes.get_or_make();
  const auto [status, market] = feed.admit(quote, market_rule(), time_);
  const bool moves = batch_->moves;
  const std::uint32_t event = number_event(status, quote.ts_ns, feed, Clock::kQuote);
  if (state.feeds.source == QuoteSource::kBooks) {
    batch_->moves = moves;
    return status;
  }
  if (market) {
    batch_->note_lapse(Clock::kQuote, quote.ts_ns);
    batch_->push(quote, event);
    state.feeds.sides.see(quote.bid, quote.ask);
  }
  if (status == Status::kOk) batch_->until_ns[kQuotes] = feed.until_ns();
  return status;
}

/// A book or a message of a depth feed, and the quote that it gives.
Status EventRunner::merge_book(SymbolState& state, const EventColumns& events, std::size_t i) {
  MergedBatch& batch = *batch_;
  BookFeed& feed = state.feeds.books.get_or_make();
  const bool depth = events.has_messages();
  Book book = depth ? Book{} : events.books[i];
  const auto [status, market] =
      depth ? apply(feed, events.depth[i], book) : feed.admit(book, market_rule(), time_);
  const std::uint32_t event = number_event(status, book.ts_ns, feed, Clock::kBook);
  if (status != Status::kOk) return status;
  const Quote touch = book.touch();
  const bool quotes = state.feeds.quotes_from_books();
  if (market) {
    if (depth) batch.keep(book);
    batch.note_lapse(Clock::kBook, book.ts_ns);
    batch.push(book, event);
  }
  if (market && quotes && feed.moves_touch(touch)) {
    batch.note_lapse(Clock::kQuote, book.ts_ns);
    batch.push(touch, event);
    state.feeds.sides.see(touch.bid, touch.ask);
  }
  batch.until_ns[kBooks] = feed.until_ns();
  if (quotes) batch.until_ns[kQuotes] = feed.until_ns();
  batch.moves |= quotes && pipeline_.uses(Clock::kQuote);
  return status;
}

Status EventRunner::merge_bar(SymbolState& state, Bar bar) {
  BarFeed& feed = state.feeds.bars.get_or_make();
  const Status status = feed.admit(bar, clamps(), time_);
  const std::uint32_t event = number_event(status, bar.ts_ns, feed, Clock::kBar);
  if (status != Status::kOk) return status;
  BarStep step = feed.step(bar);
  state.feeds.bars.rows.number(step, bar.ts_ns);
  batch_->rows.bars.push(event, bar.ts_ns, step, false);
  return status;
}

Status EventRunner::merge_fill(SymbolState& state, Fill fill) {
  FillFeed& feed = state.feeds.fills.get_or_make();
  const Status status = feed.admit(fill, clamps(), time_);
  const std::uint32_t event = number_event(status, fill.ts_ns, feed, Clock::kOwn);
  if (status == Status::kOk) batch_->push(fill, event);
  return status;
}

/// The trades of the stretch in blocks on their grid.
void EventRunner::fill_trades(SymbolState& state, const Around& around,
                              const TradeColumns& trades) {
  MergedBatch& batch = *batch_;
  MergedRows& rows = batch.rows;
  LeaderFeed::View view = around.leader.view();
  NamedLeaders* const named = around.named;
  NamedLeaders::Views named_view = named != nullptr ? named->views() : NamedLeaders::Views{};
  const std::size_t first = batch.first[kTrades];
  std::size_t blocks = 0;
  for (std::size_t i = 0; i < batch.trades; ++blocks) {
    TradeBlock& block = rows.trade_blocks[blocks];
    const std::size_t from = first + i;
    const std::size_t n =
        std::min(batch.trades - i, TradeBlock::kMax - state.base.count() % TradeBlock::kMax);
    block.gather(state.base, trades.ts_ns + from, trades.price + from, trades.qty + from,
                 trades.side + from, n);
    if (trades.leader != nullptr) {
      block.see(trades.leader + from, trades.named + from * block.named.size());
    } else {
      around.leader.align(block.ts_ns, n, block.leader, options_.leader_latency_ns, view);
      if (named != nullptr) named->align(block, named_view);
    }
    block.flags = around.flags;
    i += n;
  }
  rows.block_count[kTrades] = blocks;
  rows.size[kTrades] = batch.trades;
  rows.row_ts_ns[kTrades] = trades.ts_ns + first;
  if (batch.trades == 0 || trades.leader != nullptr) return;
  around.leader.move_to(view);
  if (named != nullptr) named->move_to(named_view);
  state.arrive(batch.trades, trades.ts_ns[first + batch.trades - 1]);
}

/// Its rows of other clocks.
void EventRunner::fill_blocks(SymbolState& state) {
  MergedBatch& batch = *batch_;
  MergedRows& rows = batch.rows;
  rows.row_ts_ns[kQuotes] = batch.quote_ns.data();
  rows.row_ts_ns[kBooks] = batch.book_ns.data();
  rows.row_ts_ns[kFills] = batch.fill_ns.data();
  const auto quotes = [&](QuoteBlock& block, std::size_t i) {
    block.bid = &batch.bid[i];
    block.bid_qty = &batch.bid_qty[i];
    block.ask = &batch.ask[i];
    block.ask_qty = &batch.ask_qty[i];
  };
  const auto books = [&](BookBlock& block, std::size_t i) { block.books = &batch.books[i]; };
  const auto fills = [&](OwnBlock& block, std::size_t i) { block.fills = &batch.fills[i]; };
  rows.block_count[kQuotes] = cut(rows.quote_blocks, state.feeds.quotes.rows, batch.quote_ns.data(),
                                  rows.size[kQuotes], batch.lapses[kQuotes], quotes);
  rows.block_count[kBooks] = cut(rows.book_blocks, state.feeds.books.rows, batch.book_ns.data(),
                                 rows.size[kBooks], batch.lapses[kBooks], books);
  rows.block_count[kFills] = cut(rows.own_blocks, state.feeds.fills.rows, batch.fill_ns.data(),
                                 rows.size[kFills], batch.lapses[kFills], fills);
}

void EventRunner::write_rows(const SymbolState& state, const EventRun& run) {
  const MergedBatch& batch = *batch_;
  if (batch.trades > 0) {
    std::fill_n(run.status[kTrades] + batch.first[kTrades], batch.trades, std::uint8_t{0});
  }
  for (BarSink& sink : run.bars) {
    if (state.graph) batch.runner->write(sink);
  }
  for (std::size_t c = 0; c < kClocks; ++c) write_columns(static_cast<Clock>(c), run.rows[c]);
}

/// What the events of one clock in the stretch show.
void EventRunner::write_columns(Clock rows, const EventRun::Rows& written) {
  const MergedBatch& batch = *batch_;
  MergedRunner& runner = *batch.runner;
  const std::size_t first = batch.first[index_of(rows)];
  const bool is_book = rows == Clock::kBook, may_end = is_book || rows == Clock::kQuote;
  for (std::size_t c = 0; c < written.columns.size(); ++c) {
    const OutputColumn& column = written.columns[c];
    const std::size_t slot = written.slots[c];
    const double* const values = runner.after(slot);
    const Clock clock = runner.clock_of(slot);
    if (rows == Clock::kTrade && clock == Clock::kTrade) {
      if (column.flag != nullptr) {
        to_flags(values + 1, batch.trades, column.flag + first);
      } else {
        std::copy_n(values + 1, batch.trades, column.real + first);
      }
      continue;
    }
    const std::uint32_t* const through = runner.through(clock);
    if (rows == Clock::kTrade) {
      const auto& event = batch.rows.event[kTrades];
      for (std::size_t t = 0; t < batch.trades; ++t) {
        column.put(first + t, values[through[event[t]]]);
      }
      continue;
    }
    const auto& event_of = batch.event_of[index_of(rows)];
    const TimeNs* until_ns = nullptr;  // behind each event
    if (may_end && moved_by(Clock::kQuote, rows)[slot]) {
      until_ns = batch.rows.until_ns[kQuotes].data() + 1;
    } else if (is_book && moved_by(Clock::kBook, rows)[slot]) {
      until_ns = batch.rows.until_ns[kBooks].data() + 1;
    }
    for (std::size_t i = 0; i < event_of.size(); ++i) {
      const std::uint32_t event = event_of[i];
      const bool shows = event != MergedBatch::kNone &&
                         (until_ns == nullptr || batch.rows.ts_ns[event] <= until_ns[event]);
      column.put(first + i, shows ? values[through[event]] : pipeline_.absent()[slot]);
    }
  }
}

}  // namespace tickeng
