// Records that are no trades on their way from the ring to the engine.
#include "tickeng/base/error.hpp"
#include "tickeng/parallel/worker.hpp"

namespace tickeng {

void Worker::Levels::add(const Record& r) {
  if ((r.flags & kFirst) != 0) {
    for (std::vector<double>* column : {&bid, &bid_qty, &ask, &ask_qty}) column->clear();
  }
  if (r.side == 0) return;
  (r.side > 0 ? bid : ask).push_back(r.level.price);
  (r.side > 0 ? bid_qty : ask_qty).push_back(r.level.qty);
}

/// Feeds an event once it is whole.
void Worker::take_event(const Record& r) {
  const auto feed = [&](Clock clock, auto on, const auto& event) {
    const double* row = nullptr;
    const Status status = ((*engine_).*on)(symbols_[r.symbol].local, event, &row);
    if (!writes(clock)) return;
    const std::uint64_t at = outbox_->next(1);
    outbox_->name(at, r.seq, r.symbol);
    outbox_->claim(1);
    outbox_->put(at, status, row);
  };
  const TimeNs ts_ns = r.ts_event_ns;
  const bool whole = (r.flags & kMore) == 0;
  switch (r.kind) {
    case EventKind::kQuote: {
      const QuotePayload& q = r.quote;
      return feed(Clock::kQuote, &Engine::on_quote,
                  Quote{ts_ns, q.bid, q.bid_qty, q.ask, q.ask_qty});
    }
    case EventKind::kBookSnapshot:
      book_.add(r);
      return whole ? feed(Clock::kBook, &Engine::on_book, book_.at(ts_ns)) : void();
    case EventKind::kBar: {
      if (!whole) {
        bar_ = r.bar;
        return;
      }
      const BarVolumePayload& v = r.bar_volume;
      return feed(Clock::kBar, &Engine::on_bar,
                  Bar{ts_ns, bar_.open, bar_.high, bar_.low, bar_.close, v.volume, v.signed_volume,
                      v.vwap, v.trades});
    }
    case EventKind::kOwnOrder:
      return feed(Clock::kOwn, &Engine::on_fill,
                  Fill{ts_ns, r.own_order.price, r.own_order.qty, r.side});
    default:  // a payload of another kind must not be read as one of these
      throw Error("a record of kind " + std::to_string(static_cast<int>(r.kind)) +
                  " came into a worker's ring, which knows trades, quotes, books, bars, fills, "
                  "leader ticks, timers and snapshots");
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
