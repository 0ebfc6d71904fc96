// Records that are no trades on their way from the ring to the engine.
#include "tickeng/base/error.hpp"
#include "tickeng/parallel/worker.hpp"

namespace tickeng {

void Worker::SideBuffer::take(queue::SpscRing<BookLevel>& levels, std::size_t size) {
  price.clear();
  qty.clear();
  while (price.size() < size) {  // twice around the ring's end
    const auto part = levels.front(size - price.size());
    for (const BookLevel& level : part) {
      price.push_back(level.price);
      qty.push_back(level.qty);
    }
    levels.release(part.size());
  }
}

template <class Event>
void Worker::feed(const Record& r, Clock clock,
                  Status (Engine::*on)(SymbolId, const Event&, const double**),
                  const Event& event) {
  const double* row = nullptr;
  const Status status = ((*engine_).*on)(symbols_[r.symbol].local, event, &row);
  if (!writes(clock)) return;
  const std::uint64_t at = outbox_->next(1);
  outbox_->name(at, r.seq, r.symbol);
  outbox_->claim(1);
  outbox_->put(at, status, row);
}

/// A book, or a message of a depth feed.
void Worker::take_book(const Record& r) {
  bids_.take(*levels_, r.book.bids);
  asks_.take(*levels_, r.book.asks);
  if ((r.flags & kAfterLoss) != 0) engine_->lose_book(symbols_[r.symbol].local);
  if (r.kind == EventKind::kBookSnapshot) {
    return feed(r, Clock::kBook, &Engine::on_book, Book{r.ts_event_ns, bids_.view(), asks_.view()});
  }
  feed(r, Clock::kBook, &Engine::on_depth,
       DepthUpdate{r.ts_event_ns, bids_.view(), asks_.view(), (r.flags & kSnapshot) != 0,
                   r.book.first, r.book.last, r.book.previous});
}

/// Feeds an event once it is whole.
void Worker::take_event(const Record& r) {
  const TimeNs ts_ns = r.ts_event_ns;
  switch (r.kind) {
    case EventKind::kQuote: {
      const QuotePayload& q = r.quote;
      return feed(r, Clock::kQuote, &Engine::on_quote,
                  Quote{ts_ns, q.bid, q.bid_qty, q.ask, q.ask_qty});
    }
    case EventKind::kBookSnapshot:
    case EventKind::kBookDelta: return take_book(r);
    case EventKind::kBar: {
      if ((r.flags & kMore) != 0) {
        bar_ = r.bar;
        return;
      }
      const BarVolumePayload& v = r.bar_volume;
      return feed(r, Clock::kBar, &Engine::on_bar,
                  Bar{ts_ns, bar_.open, bar_.high, bar_.low, bar_.close, v.volume, v.signed_volume,
                      v.vwap, v.trades});
    }
    case EventKind::kOwnOrder:
      return feed(r, Clock::kOwn, &Engine::on_fill,
                  Fill{ts_ns, r.own_order.price, r.own_order.qty, r.side});
    default:  // a payload of another kind must not be read as one of these
      throw Error("a record of kind " + std::to_string(static_cast<int>(r.kind)) +
                  " came into a worker's ring, which knows trades, quotes, books, messages of "
                  "depth feeds, bars, fills, leader ticks, timers and snapshots");
  }
}

void Worker::pass_time(const Record& r) {
  engine_->see_time(r.timer.now_ns);
  (void)engine_->on_time(r.ts_event_ns,
                         r.symbol == Engine::kShared ? r.symbol : symbols_[r.symbol].local);
  // release: see times(). There is one writer.
  times_.store(times_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

void Worker::obey(const Record& r) {
  if ((r.flags & kIntroduces) == 0) return save_part(*static_cast<Snapshot*>(r.control.subject));
  introduce(r.symbol, *r.control.name);
  ++fresh_;
}

}  // namespace tickeng
