// What a ParallelEngine gives back: decisions, counters, marks.
#include <algorithm>

#include "tickeng/engine/parallel.hpp"

namespace tickeng {

std::size_t ParallelEngine::unread() const noexcept {
  std::size_t rows = 0;
  if (!decides_) return 0;
  // Not done() - polled: decisions can be read before the worker says that it is done with them.
  for (const auto& lane : lanes_) rows += lane->worker->outbox().size();
  return rows;
}

/// The lane whose first unread decision is the oldest of all, and up to which number its decisions
/// are; null while an older one may be under way. Only then is the next place in order known.
ParallelEngine::Lane* ParallelEngine::next_in_order(std::uint64_t& end) {
  Lane* first = nullptr;
  std::uint64_t lowest = UINT64_MAX;
  end = UINT64_MAX;
  for (const auto& lane : lanes_) {
    const auto seqs = lane->worker->outbox().front(1);
    if (seqs.empty()) {
      if (!closed_ && lane->polled != lane->sent) return nullptr;
      continue;
    }
    if (seqs[0] < lowest) {
      end = lowest;
      lowest = seqs[0];
      first = lane.get();
    } else {
      end = std::min(end, seqs[0]);
    }
  }
  return first;
}

std::size_t ParallelEngine::poll(std::size_t most, const DecisionColumns& out) {
  if (!decides_) return 0;
  std::size_t rows = 0;
  const auto take = [&](Lane& lane, std::uint64_t end) {
    const auto seqs = lane.worker->outbox().front(most - rows);
    const auto last = std::lower_bound(seqs.begin(), seqs.end(), end);
    const auto n = static_cast<std::size_t>(last - seqs.begin());
    lane.worker->outbox().take(n, out, rows);
    lane.polled += n;
    rows += n;
    return n > 0;
  };
  if (total_order_) {
    std::uint64_t end = 0;
    while (rows < most) {
      Lane* const lane = next_in_order(end);
      if (lane == nullptr || !take(*lane, end)) break;
    }
    return rows;
  }
  // Twice each: a ring has two stretches, before and after its end.
  for (std::size_t i = 0; i < 2 * lanes_.size() && rows < most; ++i) {
    (void)take(*lanes_[(first_polled_ + i / 2) % lanes_.size()], UINT64_MAX);
  }
  first_polled_ = (first_polled_ + 1) % lanes_.size();
  return rows;
}

bool ParallelEngine::wait_readable(TimeNs patience_ns) {
  if (!decides_) return false;
  std::uint64_t end = 0;
  const auto readable = [&] {
    if (total_order_) return next_in_order(end) != nullptr;
    return std::any_of(lanes_.begin(), lanes_.end(),
                       [](const auto& lane) { return lane->worker->outbox().ready(); });
  };
  const auto idle = [&] {
    return std::all_of(lanes_.begin(), lanes_.end(),
                       [](const auto& lane) { return lane->polled == lane->sent; });
  };
  if (closed_ || idle()) return readable();
  publish();
  return wait_for(readable, patience_ns);
}

void ParallelEngine::ask(std::size_t worker, const Worker::Errand& errand) {
  lanes_[worker]->worker->ask(
      errand, [this](const auto& done) { (void)wait_for(done, queue::Parker::kForEver); });
}

std::vector<Counters> ParallelEngine::counters() {
  std::vector<Counters> all(doors_.size());
  for (std::size_t w = 0; w < lanes_.size(); ++w) {
    ask(w, [&](Worker& worker) {
      for (SymbolId code = 0; code < all.size(); ++code) {
        const SymbolId local = worker.local(code);
        if (local != Worker::kUnknown) all[code] = worker.engine().counters(local);
      }
    });
  }
  for (SymbolId code = 0; code < all.size(); ++code) {
    Counters& c = all[code];
    c.held += doors_[code].sent - (c.in - c.dropped);
    c.dropped = doors_[code].dropped;
    c.in = doors_[code].sent + c.dropped;
  }
  return all;
}

ParallelEngine::Last ParallelEngine::last(SymbolId symbol) {
  Last last{kNoTime, {}};
  ask(doors_[symbol].worker, [&](Worker& worker) {
    const SymbolId local = worker.introduce(symbol, names_[symbol]);
    last = {worker.engine().last_ts_ns(local), worker.engine().row(local)};
  });
  return last;
}

void ParallelEngine::reset(SymbolId symbol) {
  ask(doors_[symbol].worker,
      [&](Worker& worker) { worker.engine().reset(worker.introduce(symbol, names_[symbol])); });
}

void ParallelEngine::set_flag(SymbolId symbol, std::uint32_t flag, bool on) {
  if (symbol != kShared) {
    std::uint32_t& flags = doors_[symbol].flags;
    flags = on ? flags | flag : flags & ~flag;
    ask(doors_[symbol].worker, [&](Worker& worker) {
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
std::vector<Mark::Change> ParallelEngine::changes_for(std::size_t worker) {
  std::vector<Mark::Change> changes;
  for (SymbolId code = 0; code < doors_.size(); ++code) {
    Door& door = doors_[code];
    if (door.worker != worker) continue;
    if (door.introduced && door.dropped == door.told && !door.leader) continue;
    changes.push_back({code, &names_[code], door.dropped - door.told,
                       door.leader ? std::make_unique<LeaderFeed>(*door.leader) : nullptr});
    door.introduced = true;
    door.leader_due = false;
    door.told = door.dropped;
  }
  return changes;
}

std::shared_ptr<Mark> ParallelEngine::mark(TimeNs patience_ns) {
  check();
  publish();
  const auto room = [this] {
    return std::all_of(lanes_.begin(), lanes_.end(),
                       [](const auto& lane) { return lane->inbox->has_room(1); });
  };
  if (!wait_for(room, patience_ns)) return nullptr;
  std::erase_if(marks_, [](const auto& mark) { return mark->ready(); });
  std::vector<std::uint32_t> symbol_flags;
  for (const Door& door : doors_) symbol_flags.push_back(door.flags);
  auto mark = std::make_shared<Mark>(lanes_.size(), flags_.load(std::memory_order_relaxed),
                                     std::move(symbol_flags), leader_);
  marks_.push_back(mark);
  for (std::size_t w = 0; w < lanes_.size(); ++w) {
    mark->part(w).changes = changes_for(w);
    Record& r = lanes_[w]->inbox->stage();
    r.ts_recv_ns = 0;
    r.kind = EventKind::kControl;
    r.control = {mark.get()};
  }
  publish();
  return mark;
}

bool ParallelEngine::wait_mark(const Mark& mark, TimeNs patience_ns) {
  if (mark.ready()) return true;
  check();
  return wait_for([&] { return mark.ready(); }, patience_ns);
}

std::string Mark::state() {
  std::vector<const Section*> sections(symbols());
  for (const Part& part : parts_) {
    for (const Section& section : part.sections) sections[section.code] = &section;
  }
  ByteWriter out;
  save_head(out, flags_, kNoTime, symbols());
  for (const Section* const section : sections) {
    out.text(section->name);
    out.raw(section->bytes);
  }
  leader_.save(out);
  return std::move(out).take();
}

ParallelEngine::WorkerFacts ParallelEngine::facts(std::size_t worker) const {
  const Lane& lane = *lanes_[worker];
  WorkerFacts facts;
  // Done first: it never runs ahead of what was sent before.
  facts.processed = lane.worker->done();
  facts.dropped = lane.dropped.get();
  facts.in = std::max(lane.in.get(), facts.processed + facts.dropped);
  facts.held = facts.in - facts.processed - facts.dropped;
  facts.high_water = lane.worker->high_water();
  facts.sleeps = lane.worker->sleeps();
  for (std::size_t i = 0; i < Worker::kBuckets; ++i) {
    facts.latency.push_back(lane.worker->latency(i));
  }
  facts.cpu = lane.worker->cpu();
  facts.pin_refusal = lane.worker->pin_refusal();
  return facts;
}

}  // namespace tickeng
