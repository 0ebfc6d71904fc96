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
std::size_t slab_rows(std::size_t symbols, std::size_t workers) {
  constexpr std::size_t kEach = 256, kMost = 1 << 20;
  const std::size_t least = workers > 1 ? 1 << 17 : 1 << 14;  // threads are started for each slab
  return std::max(least * workers, std::min(kEach * symbols, kMost));
}

void put_row(std::span<const OutputColumn> columns, std::size_t row,
             const double* values) noexcept {
  for (std::size_t c = 0; c < columns.size(); ++c) columns[c].put(row, values[c]);
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

std::size_t Engine::run(const TradeColumns& trades, std::span<const OutputColumn> columns,
                        std::uint8_t* status, std::size_t workers, std::size_t from,
                        std::size_t most_new) {
  may_open_ = most_new;
  slab_.set_desks(1, columns);
  const bool large = trades.size * columns.size() * sizeof(double) > kCached;
  outputs_ = large ? Outputs::kMoveOut : Outputs::kWrite;
  if (workers <= 1 && trades.symbol == nullptr) {
    return run_rows(trades, from, trades.size, columns, status);
  }
  while (from < trades.size && may_open_ > 0) {
    const Stretch stretch = workers > 1 ? plan(trades, from, workers) : Stretch{};
    const std::size_t rows = stretch.rows > 0 ? stretch.rows : slab_rows(books_.size(), workers);
    const std::size_t end = std::min(trades.size, from + rows);
    std::size_t done = end;
    if (stretch.chunks) {
      run_chunks(trades, from, end, columns, status, workers);
    } else if (stretch.rows == 0 && is_mixed(trades, from, end, workers)) {
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
    Book& book = books_[symbol];
    const bool is_new = !book.graph;
    const std::size_t n = admit(book, trades, i, end);
    if (n >= kWorthColumns) {
      run_block(book, trades, i, n, columns);
      std::fill_n(status + i, n, static_cast<std::uint8_t>(Status::kOk));
      i += n;
    } else {
      const double* row = nullptr;
      const Trade trade{trades.ts_ns[i], trades.price[i], trades.qty[i], trades.side[i]};
      const Status outcome =
          on_trade(symbol, trade, trades.id != nullptr ? trades.id[i] : kNoId, &row);
      status[i] = static_cast<std::uint8_t>(outcome);
      put_row(columns, i, row);
      if (outcome == Status::kLate && options_.on_late == LatePolicy::kError) return i;
      ++i;
    }
    if (is_new && book.graph && --may_open_ == 0) return i;
  }
  return end;
}

/// The same, symbol by symbol: admission and the leader's as-of in the order of the rows, kernels
/// in the order of the symbols, which share nothing else.
std::size_t Engine::run_mixed(const TradeColumns& trades, std::size_t from, std::size_t end,
                              std::span<const OutputColumn> columns, std::uint8_t* status,
                              std::size_t workers) {
  slab_.open(end - from, books_.size(), columns, pipeline_->absent());
  slab_.set_desks(workers, columns);
  const std::size_t rows = admit_slab(trades, from, end, status) - from;
  std::uint32_t place = 0;
  for (const SymbolId symbol : slab_.symbols) {
    place += slab_.count[symbol];
    slab_.count[symbol] = place;  // one past the symbol's last place
  }
  for (std::size_t i = rows; i-- > 0;) {
    slab_.place[i] = slab_.no_place();
    if (status[from + i] != static_cast<std::uint8_t>(Status::kOk)) continue;
    const std::uint32_t at = slab_.place[i] = --slab_.count[trades.symbol[from + i]];
    slab_.ts_ns[at] = slab_.admitted_ns[i];
    slab_.price[at] = trades.price[from + i];
    slab_.qty[at] = trades.qty[from + i];
    slab_.side[at] = trades.side[from + i];
    slab_.leader[at] = slab_.seen[i];
  }
  on_team(workers, slab_.symbols.size(), [&](std::size_t s, std::size_t worker) {
    const SymbolId symbol = slab_.symbols[s];
    const bool last = s + 1 == slab_.symbols.size();
    run_symbol(books_[symbol], slab_.count[symbol],
               last ? place : slab_.count[slab_.symbols[s + 1]], slab_.desk[worker]->block);
  });
  on_team(workers, (rows + kPutBackRows - 1) / kPutBackRows, [&](std::size_t piece, std::size_t) {
    const std::size_t begin = piece * kPutBackRows;
    slab_.put_back(begin, std::min(rows, begin + kPutBackRows), columns, from,
                   outputs_ == Outputs::kMoveOut);
  });
  return from + rows;
}

/// Admission and the leader's as-of of each row; counts the accepted rows of each symbol.
std::size_t Engine::admit_slab(const TradeColumns& trades, std::size_t from, std::size_t end,
                               std::uint8_t* status) {
  std::size_t stop = end;
  for (std::size_t i = from; i < stop; ++i) {
    Book& book = books_[trades.symbol[i]];
    const Trade trade{trades.ts_ns[i], trades.price[i], trades.qty[i], trades.side[i]};
    TimeNs& ts_ns = slab_.admitted_ns[i - from];
    ts_ns = trade.ts_ns;
    const Status outcome = admit(book, trade, trades.id != nullptr ? trades.id[i] : kNoId, ts_ns);
    status[i] = static_cast<std::uint8_t>(outcome);
    if (outcome == Status::kOk) {
      LeaderFeed& leader = leader_of(book);
      leader.advance(ts_ns, options_.leader_latency_ns);
      slab_.seen[i - from] = leader.price();
      if (slab_.count[trades.symbol[i]]++ == 0) {
        slab_.symbols.push_back(trades.symbol[i]);
        if (!book.graph && --may_open_ == 0) stop = i + 1;
      }
    } else if (outcome == Status::kLate && options_.on_late == LatePolicy::kError) {
      stop = i;
    }
  }
  return stop;
}

/// Places [begin, end) of the slab, all of one symbol.
void Engine::run_symbol(Book& book, std::size_t begin, std::size_t end, TradeBlock& block) {
  if (!book.graph) open(book);
  block.flags = book.flags | flags_;
  for (std::size_t at = begin; at < end;) {
    const std::size_t room = TradeBlock::kMax - book.base.count() % TradeBlock::kMax;
    const std::size_t n = std::min(room, end - at);
    if (n < kWorthColumns) {
      const Trade trade{slab_.ts_ns[at], slab_.price[at], slab_.qty[at], slab_.side[at]};
      book.graph->on(book.base, trade, trade.ts_ns, slab_.leader[at], block.flags, book.row.data());
      put_row(slab_.columns, at, book.row.data());
      ++at;
      continue;
    }
    block.gather(book.base, &slab_.ts_ns[at], &slab_.price[at], &slab_.qty[at], &slab_.side[at], n);
    for (std::size_t i = 0; i < n; ++i) {
      const LeaderPrice& leader = slab_.leader[at + i];
      block.leader_price[i] = leader.price;
      block.leader_previous[i] = leader.previous;
      block.leader_ts_ns[i] = leader.ts_ns;
    }
    book.graph->run(block, slab_.columns.data(), at, book.row.data());
    at += n;
  }
}

/// How many trades from row `from` on are of one symbol and plainly acceptable, up to the next
/// multiple of a block in that symbol's own count (which keeps blocks on the windows' grid).
std::size_t Engine::admit(const Book& book, const TradeColumns& trades, std::size_t from,
                          std::size_t end) const noexcept {
  if (options_.dedupe_id) return 0;
  const std::size_t room = TradeBlock::kMax - book.base.count() % TradeBlock::kMax;
  std::size_t n = std::min(room, end - from);
  for (std::size_t i = 1; trades.symbol != nullptr && i < n; ++i) {
    if (trades.symbol[from + i] != trades.symbol[from]) n = i;
  }
  return trades.plain(from, from + n, book.clock.last_ns(), options_.time);
}

/// Counts rows that admit() has found acceptable.
void Engine::arrive(Book& book, const TradeColumns& trades, std::size_t from, std::size_t n) {
  book.counters.in += n;
  book.counters.processed += n;
  book.clock.accept(trades.ts_ns[from + n - 1]);
}

Engine::Course Engine::course(Book& book) {
  if (!book.graph) open(book);
  const LeaderFeed& feed = leader_of(book);
  return {book.graph.get(), book.base, &feed, feed.view(), book.flags | flags_, book.row.data()};
}

/// Rows [from, end), block by block on the grid.
void Engine::Course::run(const TradeColumns& trades, std::size_t from, std::size_t end,
                         TimeNs latency_ns, const OutputColumn* columns, Outputs outputs,
                         Slab::Desk& desk) noexcept {
  TradeBlock& block = desk.block;
  while (from < end) {
    const std::size_t n = std::min(end - from, TradeBlock::kMax - base.count() % TradeBlock::kMax);
    block.gather(base, trades.ts_ns + from, trades.price + from, trades.qty + from,
                 trades.side + from, n);
    feed->align(block, latency_ns, leader);
    block.flags = flags;
    if (outputs == Outputs::kWrite) {
      graph->run(block, columns, from, row);
    } else {
      graph->run(block, desk.columns.data(), 0, row);
      if (outputs == Outputs::kMoveOut) desk.move_out(columns, from, n);
    }
    from += n;
  }
  if (outputs == Outputs::kMoveOut) _mm_sfence();
}

void Engine::run_block(Book& book, const TradeColumns& trades, std::size_t from, std::size_t n,
                       std::span<const OutputColumn> columns) {
  Course course = this->course(book);
  arrive(book, trades, from, n);
  course.run(trades, from, from + n, options_.leader_latency_ns, columns.data(), outputs_,
             *slab_.desk[0]);
  book.base = course.base;
  leader_of(book).move_to(course.leader);
}

}  // namespace tickeng
