// Events that are no trades, and the time, on their way into the rings.
#include <algorithm>
#include <bit>
#include <string>

#include "tickeng/base/error.hpp"
#include "tickeng/parallel/parallel_engine.hpp"

namespace tickeng {
namespace {

void put_levels(queue::SpscRing<BookLevel>& ring, const BookSide& side) noexcept {
  for (std::size_t k = 0; k < side.levels;) {
    for (BookLevel& level : ring.claim(side.levels - k)) {
      level = {side.price[k], side.qty[k]};
      ++k;
    }
  }
}

}  // namespace

/// Hands over one event as so many records and levels, all of them or none; `write(i, record)`
/// fills in what its kind has.
template <class Write>
SubmitResult ParallelEngine::hand_over(SymbolId symbol, Clock clock, TimeNs ts_ns,
                                       std::size_t records, TimeNs patience_ns, const Write& write,
                                       std::size_t levels) {
  check();
  Route& route = routes_[symbol];
  Link& link = *links_[route.worker];
  const TimeNs now_ns = queue::Parker::now_ns(), end_ns = end_of(patience_ns, now_ns);
  using End = SubmitResult::End;
  End end = End::kAll;
  if (!route.introduced) {
    end = make_room(link, 1, credit(clock), end_ns);
    if (end == End::kAll) introduce(link, route, symbol, now_ns);
  }
  if (end == End::kAll) end = make_room(link, records, credit(clock), end_ns, levels);
  if (end != End::kAll && on_full_ != OnFull::kDrop) return {0, 0, end};
  if (end != End::kAll) {
    drop(link, route, clock);
    return {1, 1, End::kAll};
  }
  for (std::size_t i = 0; i < records; ++i) {
    Record& r = link.inbox->stage();
    r.ts_event_ns = ts_ns;
    r.ts_recv_ns = now_ns;
    r.seq = next_seq_;
    r.symbol = symbol;
    r.side = 0;
    r.flags = i + 1 < records ? kMore : 0;
    write(i, r);
  }
  ++next_seq_;
  ++route.passed[index_of(clock)].sent;
  ++link.sent;
  link.rows += rows_ == clock ? 1 : 0;
  publish();
  return {1, 0, End::kAll};
}

void ParallelEngine::introduce(Link& link, Route& route, SymbolId code, TimeNs now_ns) {
  Record& r = link.inbox->stage();
  r.ts_recv_ns = now_ns;
  r.symbol = code;
  r.kind = EventKind::kControl;
  r.flags = kIntroduces;
  r.control = {nullptr, &names_[code]};
  route.introduced = true;
}

SubmitResult ParallelEngine::submit(SymbolId symbol, const Quote& quote, TimeNs patience_ns) {
  return hand_over(symbol, Clock::kQuote, quote.ts_ns, 1, patience_ns, [&](std::size_t, Record& r) {
    r.kind = EventKind::kQuote;
    r.quote = {quote.bid, quote.bid_qty, quote.ask, quote.ask_qty};
  });
}

SubmitResult ParallelEngine::submit(SymbolId symbol, const Book& book, TimeNs patience_ns) {
  return submit_book(symbol, EventKind::kBookSnapshot,
                     {.ts_ns = book.ts_ns, .bids = book.bids, .asks = book.asks}, patience_ns);
}

SubmitResult ParallelEngine::submit(SymbolId symbol, const DepthUpdate& update,
                                    TimeNs patience_ns) {
  return submit_book(symbol, EventKind::kBookDelta, update, patience_ns);
}

SubmitResult ParallelEngine::submit_book(SymbolId symbol, EventKind kind, const DepthUpdate& update,
                                         TimeNs patience_ns) {
  Route& route = routes_[symbol];
  queue::SpscRing<BookLevel>& ring = links_[route.worker]->worker->levels();
  const std::size_t levels = update.bids.levels + update.asks.levels;
  if (levels > ring.capacity()) {
    throw DataError("a book of " + std::to_string(levels) + " levels: at most " +
                    std::to_string(ring.capacity()) +
                    " can wait for a worker; use ring=" + std::to_string(std::bit_ceil(levels)));
  }
  const auto write = [&](std::size_t, Record& r) {
    r.kind = kind;
    r.flags = static_cast<std::uint16_t>((update.snapshot ? kSnapshot : 0) |
                                         (route.book_lost ? kAfterLoss : 0));
    route.book_lost = false;
    r.book = {update.first, update.last, update.previous,
              static_cast<std::uint32_t>(update.bids.levels),
              static_cast<std::uint32_t>(update.asks.levels)};
    put_levels(ring, update.bids);
    put_levels(ring, update.asks);
    (void)ring.publish();  // before the record that says that they are there
  };
  return hand_over(symbol, Clock::kBook, update.ts_ns, 1, patience_ns, write, levels);
}

SubmitResult ParallelEngine::submit(SymbolId symbol, const Bar& bar, TimeNs patience_ns) {
  return hand_over(symbol, Clock::kBar, bar.ts_ns, 2, patience_ns, [&](std::size_t i, Record& r) {
    r.kind = EventKind::kBar;
    if (i == 0) {
      r.bar = {bar.open, bar.high, bar.low, bar.close};
    } else {
      r.bar_volume = {bar.volume, bar.signed_volume, bar.vwap, bar.trades};
    }
  });
}

SubmitResult ParallelEngine::submit(SymbolId symbol, const Fill& fill, TimeNs patience_ns) {
  return hand_over(symbol, Clock::kOwn, fill.ts_ns, 1, patience_ns, [&](std::size_t, Record& r) {
    r.kind = EventKind::kOwnOrder;
    r.side = fill.side;
    r.own_order = {fill.price, fill.qty, 0, 0, 0};
  });
}

bool ParallelEngine::on_time(TimeNs ts_ns, SymbolId symbol, TimeNs patience_ns) {
  check();
  if (!options_.time.covers(ts_ns)) {
    throw DataError("on_time(" + std::to_string(ts_ns) +
                    "): the time is outside min_time and max_time");
  }
  publish();
  const auto concerns = [&](std::size_t w) {
    return symbol == kShared || (routes_[symbol].worker == w && routes_[symbol].introduced);
  };
  const auto room = [&] {
    for (std::size_t w = 0; w < links_.size(); ++w) {
      if (concerns(w) && !links_[w]->inbox->has_room(1)) return false;
    }
    return true;
  };
  if (!wait_for(room, patience_ns)) return false;
  now_ns_ = std::max(now_ns_, ts_ns);
  for (std::size_t w = 0; w < links_.size(); ++w) {
    if (!concerns(w)) continue;  // what never got through has nothing that time could move
    Record& r = links_[w]->inbox->stage();
    r.ts_event_ns = ts_ns;
    r.ts_recv_ns = 0;
    r.symbol = symbol;
    r.kind = EventKind::kTimer;
    r.timer = {now_ns_, {}};
    ++links_[w]->times;
  }
  publish();
  return true;
}

}  // namespace tickeng
