// Events that are no trades, and the time, on their way into the rings.
#include <algorithm>
#include <bit>
#include <string>

#include "tickeng/base/error.hpp"
#include "tickeng/parallel/parallel_engine.hpp"

namespace tickeng {

/// Hands over one event as so many records, all of them or none; `write(i, record)` fills in what
/// its kind has.
template <class Write>
SubmitResult ParallelEngine::hand_over(SymbolId symbol, Clock clock, TimeNs ts_ns,
                                       std::size_t records, TimeNs patience_ns,
                                       const Write& write) {
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
  if (end == End::kAll) end = make_room(link, records, credit(clock), end_ns);
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
    r.flags = static_cast<std::uint16_t>((i == 0 ? kFirst : 0) | (i + 1 < records ? kMore : 0));
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
  const std::size_t bids = book.bids.levels, levels = bids + book.asks.levels;
  const std::size_t records = std::max<std::size_t>(levels, 1);
  if (const std::size_t most = links_[routes_[symbol].worker]->inbox->capacity(); records > most) {
    throw DataError("a book of " + std::to_string(levels) + " levels needs as many records, and " +
                    "a ring holds " + std::to_string(most) +
                    "; use ring=" + std::to_string(std::bit_ceil(records)));
  }
  return hand_over(
      symbol, Clock::kBook, book.ts_ns, records, patience_ns, [&](std::size_t i, Record& r) {
        r.kind = EventKind::kBookSnapshot;
        if (levels == 0) return;
        const bool bid = i < bids;
        const BookSide& side = bid ? book.bids : book.asks;
        const std::size_t level = bid ? i : i - bids;
        r.side = bid ? 1 : -1;
        r.level = {side.price[level], side.qty[level], static_cast<std::uint32_t>(level), 0, 0};
      });
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
