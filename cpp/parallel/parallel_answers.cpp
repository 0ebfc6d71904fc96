// What a ParallelEngine gives back: decisions, counters, snapshots.
#include <algorithm>

#include "tickeng/parallel/parallel_engine.hpp"

namespace tickeng {

std::size_t ParallelEngine::unread() const noexcept {
  std::size_t rows = 0;
  if (!decides_) return 0;
  // Not done() - polled: decisions can be read before the worker says that it is done with them.
  for (const auto& link : links_) rows += link->worker->outbox().size();
  return rows;
}

/// The link whose first unread decision is the oldest of all, and up to which number its decisions
/// are; null while an older one may be in progress. Only then is the next one in order known.
ParallelEngine::Link* ParallelEngine::next_in_order(std::uint64_t& end) {
  Link* first = nullptr;
  std::uint64_t lowest = UINT64_MAX;
  end = UINT64_MAX;
  for (const auto& link : links_) {
    const auto seqs = link->worker->outbox().front(1);
    if (seqs.empty()) {
      if (!closed_ && link->polled != link->rows) return nullptr;
      continue;
    }
    if (seqs[0] < lowest) {
      end = lowest;
      lowest = seqs[0];
      first = link.get();
    } else {
      end = std::min(end, seqs[0]);
    }
  }
  return first;
}

std::size_t ParallelEngine::poll(std::size_t most, const DecisionColumns& out) {
  if (!decides_) return 0;
  std::size_t rows = 0;
  const auto take = [&](Link& link, std::uint64_t end) {
    const auto seqs = link.worker->outbox().front(most - rows);
    const auto last = std::lower_bound(seqs.begin(), seqs.end(), end);
    const auto n = static_cast<std::size_t>(last - seqs.begin());
    link.worker->outbox().take(n, out, rows);
    link.polled += n;
    rows += n;
    return n > 0;
  };
  if (total_order_) {
    std::uint64_t end = 0;
    while (rows < most) {
      Link* const link = next_in_order(end);
      if (link == nullptr || !take(*link, end)) break;
    }
    return rows;
  }
  // Twice each: a ring has two stretches, before and after its end.
  for (std::size_t i = 0; i < 2 * links_.size() && rows < most; ++i) {
    (void)take(*links_[(first_polled_ + i / 2) % links_.size()], UINT64_MAX);
  }
  first_polled_ = (first_polled_ + 1) % links_.size();
  return rows;
}

bool ParallelEngine::wait_readable(TimeNs patience_ns) {
  if (!decides_) return false;
  std::uint64_t end = 0;
  const auto readable = [&] {
    if (total_order_) return next_in_order(end) != nullptr;
    return std::any_of(links_.begin(), links_.end(),
                       [](const auto& link) { return link->worker->outbox().ready(); });
  };
  const auto idle = [&] {
    return std::all_of(links_.begin(), links_.end(),
                       [](const auto& link) { return link->polled == link->rows; });
  };
  if (closed_ || idle()) return readable();
  publish();
  return wait_for(readable, patience_ns);
}

void ParallelEngine::ask(std::size_t worker, const Worker::Task& task) {
  links_[worker]->worker->ask(
      task, [this](const auto& done) { (void)wait_for(done, queue::Parker::kForEver); });
}

std::vector<ParallelEngine::KindCounters> ParallelEngine::counters(Clock clock) {
  std::vector<KindCounters> all(routes_.size());
  const bool markets = clock == Clock::kQuote || clock == Clock::kBook;
  const auto told = [&](const Engine& engine, SymbolId local) -> KindCounters {
    if (clock == Clock::kTrade) return {engine.counters(local)};
    const EventFeed* const feed = engine.feeds(local).of(clock);
    if (feed == nullptr) return {};
    KindCounters found{feed->counters()};
    if (markets) found.crossed = static_cast<const MarketFeed*>(feed)->crossed();
    if (clock != Clock::kBook) return found;
    const BookBuilder* const builder = static_cast<const BookFeed*>(feed)->builder();
    if (builder != nullptr) found.built = builder->counts();
    return found;
  };
  for (std::size_t w = 0; w < links_.size(); ++w) {
    ask(w, [&](Worker& worker) {
      for (SymbolId code = 0; code < all.size(); ++code) {
        const SymbolId local = worker.local(code);
        if (local != Worker::kUnknown) all[code] = told(worker.engine(), local);
      }
    });
  }
  for (SymbolId code = 0; code < all.size(); ++code) {
    Counters& c = all[code];
    const Passage& passed = routes_[code].passed[index_of(clock)];
    c.held += passed.sent - (c.in - c.dropped);
    c.dropped = passed.dropped;
    c.in = passed.sent + c.dropped;
  }
  return all;
}

std::vector<NodeHealth> ParallelEngine::health() {
  std::vector<NodeHealth> all;
  for (std::size_t w = 0; w < links_.size(); ++w) {
    ask(w, [&](Worker& worker) {
      for (SymbolId code = 0; code < routes_.size(); ++code) {
        const SymbolId local = worker.local(code);
        if (local == Worker::kUnknown) continue;
        const std::vector<NodeHealth> its = worker.engine().health(local);
        all.insert(all.end(), its.begin(), its.end());
      }
    });
  }
  return all;
}

ParallelEngine::Last ParallelEngine::last(SymbolId symbol) {
  Last last{kNoTime, {}};
  ask(routes_[symbol].worker, [&](Worker& worker) {
    const SymbolId local = worker.introduce(symbol, names_[symbol]);
    last = {worker.engine().last_ts_ns(local), worker.engine().row(local)};
  });
  return last;
}

std::optional<std::pair<Levels, Levels>> ParallelEngine::book(SymbolId symbol) {
  std::optional<std::pair<Levels, Levels>> book;
  ask(routes_[symbol].worker, [&](Worker& worker) {
    const SymbolId local = worker.local(symbol);
    if (local == Worker::kUnknown) return;
    const EventFeed* const feed = worker.engine().feeds(local).of(Clock::kBook);
    if (feed == nullptr) return;
    const BookBuilder* const builder = static_cast<const BookFeed*>(feed)->builder();
    if (builder == nullptr || !builder->valid()) return;
    book.emplace(builder->all_bids(), builder->all_asks());
  });
  return book;
}

void ParallelEngine::reset(SymbolId symbol) {
  ask(routes_[symbol].worker,
      [&](Worker& worker) { worker.engine().reset(worker.introduce(symbol, names_[symbol])); });
}

void ParallelEngine::set_flag(SymbolId symbol, std::uint32_t flag, bool on) {
  if (symbol != kShared) {
    std::uint32_t& flags = routes_[symbol].flags;
    flags = on ? flags | flag : flags & ~flag;
    ask(routes_[symbol].worker, [&](Worker& worker) {
      worker.engine().set_flag(worker.introduce(symbol, names_[symbol]), flag, on);
    });
    return;
  }
  // relaxed: what the caller submits later carries it along; for the rest soon is enough.
  if (on) {
    flags_.fetch_or(flag, std::memory_order_relaxed);
  } else {
    flags_.fetch_and(~flag, std::memory_order_relaxed);
  }
}

/// What the worker must hear of its symbols before it saves them.
std::vector<Snapshot::Change> ParallelEngine::changes_for(std::size_t worker) {
  std::vector<Snapshot::Change> changes;
  for (SymbolId code = 0; code < routes_.size(); ++code) {
    Route& route = routes_[code];
    if (route.worker != worker) continue;
    std::array<std::uint64_t, kClocks> dropped{};
    for (std::size_t c = 0; c < kClocks; ++c) {
      Passage& passed = route.passed[c];
      dropped[c] = passed.dropped - passed.told;
      passed.told = passed.dropped;
    }
    const bool lost = std::ranges::any_of(dropped, [](std::uint64_t n) { return n > 0; });
    if (route.introduced && !lost && !route.leader) continue;
    changes.push_back({code, &names_[code], dropped, route.book_lost,
                       route.leader ? std::make_unique<LeaderFeed>(*route.leader) : nullptr});
    route.introduced = true;
    route.leader_due = route.book_lost = false;
  }
  return changes;
}

std::shared_ptr<Snapshot> ParallelEngine::snapshot(TimeNs patience_ns) {
  check();
  publish();
  const auto room = [this] {
    return std::all_of(links_.begin(), links_.end(),
                       [](const auto& link) { return link->inbox->has_room(1); });
  };
  if (!wait_for(room, patience_ns)) return nullptr;
  std::erase_if(snapshots_, [](const auto& snapshot) { return snapshot->ready(); });
  std::vector<std::uint32_t> symbol_flags;
  for (const Route& route : routes_) symbol_flags.push_back(route.flags);
  auto snapshot =
      std::make_shared<Snapshot>(links_.size(), flags_.load(std::memory_order_relaxed), now_ns_,
                                 std::move(symbol_flags), leader_, leaders(), named_);
  snapshots_.push_back(snapshot);
  for (std::size_t w = 0; w < links_.size(); ++w) {
    snapshot->part(w).changes = changes_for(w);
    Record& r = links_[w]->inbox->stage();
    r.ts_recv_ns = 0;
    r.kind = EventKind::kControl;
    r.flags = 0;
    r.control = {snapshot.get(), nullptr};
  }
  publish();
  return snapshot;
}

bool ParallelEngine::wait_snapshot(const Snapshot& snapshot, TimeNs patience_ns) {
  if (snapshot.ready()) return true;
  check();
  return wait_for([&] { return snapshot.ready(); }, patience_ns);
}

std::string Snapshot::state() {
  std::vector<const Section*> sections(symbols());
  for (const Part& part : parts_) {
    for (const Section& section : part.sections) sections[section.code] = &section;
  }
  ByteWriter out;
  save_head(out, flags_, now_ns_, symbols());
  for (const Section* const section : sections) {
    out.text(section->name);
    out.raw(section->bytes);
  }
  save_leaders(out, leader_, names_, named_);
  return std::move(out).take();
}

ParallelEngine::WorkerFacts ParallelEngine::facts(std::size_t worker) const {
  const Link& link = *links_[worker];
  WorkerFacts facts;
  // Done first: it never runs ahead of what was sent before.
  facts.processed = link.worker->done();
  facts.dropped = link.dropped.get();
  facts.in = std::max(link.in.get(), facts.processed + facts.dropped);
  facts.held = facts.in - facts.processed - facts.dropped;
  facts.high_water = link.worker->high_water();
  facts.sleeps = link.worker->sleeps();
  for (std::size_t i = 0; i < Worker::kBuckets; ++i) {
    facts.latency.push_back(link.worker->latency(i));
  }
  facts.cpu = link.worker->cpu();
  facts.pin_refusal = link.worker->pin_refusal();
  return facts;
}

}  // namespace tickeng
