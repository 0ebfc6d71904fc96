#include "tickeng/parallel/worker.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <system_error>

#include "tickeng/base/error.hpp"
#include "tickeng/parallel/cpu_map.hpp"

namespace tickeng {
namespace {

constexpr std::size_t kWorthColumns = 32;  // fewer trades of a symbol in a batch go tick by tick

/// Signals are for the threads of the program: while this lives, new threads block them.
class NoSignals {
 public:
  NoSignals() {
    sigset_t all;
    sigfillset(&all);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP}) sigdelset(&all, fault);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~NoSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  NoSignals(const NoSignals&) = delete;
  NoSignals& operator=(const NoSignals&) = delete;

 private:
  sigset_t before_;
};

Trade trade_of(const Record& r) noexcept {
  return {r.ts_event_ns, r.trade.price, r.trade.qty, r.side};
}

}  // namespace

Worker::Worker(Plan plan, queue::Parker& submitter)
    : plan_(std::move(plan)), submitter_(submitter), owner_(getpid()),
      parker_(plan_.spins, plan_.sleeps), cpu_(plan_.cpu) {
  const NoSignals blocked;
  try {
    thread_ = std::thread([this] { live(); });
  } catch (const std::system_error& e) {
    throw Error("a worker thread cannot be started: " + std::string(e.what()));
  }
}

void Worker::stop() noexcept {
  if (!thread_.joinable()) return;
  if (getpid() != owner_) {
    new std::thread(std::move(thread_));  // kept for ever: it is the parent's, and cannot be joined
    return;
  }
  submitter_.wait([this] { return phase() != Phase::kStarting; });
  close();
  thread_.join();
}

void Worker::live() noexcept {
  const auto enter = [this](Phase phase) {
    // release: see phase().
    phase_.store(phase, std::memory_order_release);
    submitter_.wake();
  };
  try {
    build();
    enter(Phase::kRunning);
    serve();
    enter(Phase::kEnded);
  } catch (...) {
    fault_ = std::current_exception();
    enter(Phase::kFailed);
  }
}

/// Memory is first touched here, on the processor that will use it.
void Worker::build() {
  if (plan_.cpu >= 0) pin_refusal_ = pin_this_thread(plan_.cpu);
  if (!pin_refusal_.empty()) cpu_ = -1;
  engine_ = std::make_unique<Engine>(plan_.pipeline, plan_.options);
  const std::size_t rows = plan_.outbox > 0 ? plan_.outbox : kBatch;
  outbox_ = std::make_unique<Outbox>(rows, engine_->outputs(), plan_.rows);
  scratch_ = std::make_unique<Scratch>(engine_->outputs(), plan_.rows);
  if (plan_.state != nullptr) {
    const StateParts& state = *plan_.state;
    engine_->see_leader(Engine::kShared, state.leader.price());
    for (std::size_t l = 0; l < engine_->leaders().size(); ++l) {
      const auto saved = state.named.find(engine_->leaders()[l]);
      if (saved == state.named.end()) continue;
      engine_->see_leader(Engine::leader_code(l), saved->second.price());
    }
    for (const SymbolId code : plan_.codes) {
      const StateParts::Symbol& symbol = state.symbols[code];
      if (symbols_.size() <= code) symbols_.resize(code + 1);
      symbols_[code].local = engine_->load_symbol(symbol.name, symbol.section, state.format);
    }
  }
  inbox_ = std::make_unique<queue::SpscRing<Record>>(plan_.ring);
  levels_ = std::make_unique<queue::SpscRing<BookLevel>>(std::max(plan_.ring, kLevels));
}

void Worker::serve() {
  const auto called = [this] {
    return inbox_->ready() || inbox_->closed() || task_.load(std::memory_order_acquire) != nullptr;
  };
  for (;;) {
    parker_.wait(called);
    // acquire, release: what the task refers to, and what it has done.
    if (const Task* task = task_.load(std::memory_order_acquire)) {
      (*task)(*this);
      task_.store(nullptr, std::memory_order_release);
      submitter_.wake();
    }
    if (inbox_->closed()) return;
    std::span<const Record> batch = inbox_->front(kBatch);
    if (batch.empty()) continue;
    high_water_.raise_to(inbox_->backlog());
    batch = batch.first(take(batch));
    const std::uint64_t events = note_latency(batch);
    outbox_->publish();
    if (plan_.outbox == 0) outbox_->discard();
    inbox_->release(batch.size());
    // release: see done(). There is one writer.
    done_.store(done_.load(std::memory_order_relaxed) + events, std::memory_order_release);
    submitter_.wake();
  }
}

void Worker::heed_flags() {
  // relaxed: flags set before trades were published are seen with them, by way of the ring.
  const std::uint32_t flags = plan_.flags->load(std::memory_order_relaxed);
  if (flags == flags_) return;
  engine_->set_flag(Engine::kShared, ~flags, false);
  engine_->set_flag(Engine::kShared, flags, true);
  flags_ = flags;
}

/// Returns how many records it took: not all where many symbols are new, whose first trades take
/// memory and cost some 200 others.
std::size_t Worker::take(std::span<const Record> batch) {
  std::size_t i = 0;
  for (fresh_ = 0; i < batch.size() && fresh_ < kFresh;) {
    const Record& r = batch[i];
    if (r.kind == EventKind::kTrade) {
      i += take_trades(batch.subspan(i));
      continue;
    }
    switch (r.kind) {
      case EventKind::kLeader: see_leader(r); break;
      case EventKind::kTimer: pass_time(r); break;
      case EventKind::kControl: obey(r); break;
      default: take_event(r);
    }
    ++i;
  }
  return i;
}

void Worker::see_leader(const Record& r) {
  const std::string* const name = r.leader.name;
  engine_->see_leader(name != nullptr ? introduce(r.symbol, *name) : r.symbol,
                      {r.ts_event_ns, r.leader.price, r.leader.previous});
}

/// The trades before the next record of another kind, symbol by symbol, for symbols share nothing
/// else: each one's state is fetched once, and rows go to the slots that their trades have in the
/// order of submission. Returns how many there were.
std::size_t Worker::take_trades(std::span<const Record> records) {
  const bool writes_rows = writes(Clock::kTrade);
  const std::uint64_t at = writes_rows ? outbox_->next(records.size()) : 0;
  std::size_t size = 0, groups = 0;
  Scratch& d = *scratch_;
  for (; size < records.size() && records[size].kind == EventKind::kTrade; ++size) {
    const Record& r = records[size];
    if ((r.flags & kIntroduces) != 0) [[unlikely]] {
      introduce(r.symbol, *r.trade.name);
      if (++fresh_ == kFresh) records = records.first(size + 1);
    }
    const auto row = static_cast<std::uint32_t>(size);
    Symbol& s = symbols_[r.symbol];
    // No branch: no predictor foresees the next symbol.
    d.codes[groups] = r.symbol;
    groups += s.size == 0 ? 1 : 0;
    s.first = s.size == 0 ? row : s.first;
    d.next[s.last] = row;
    s.last = row;
    ++s.size;
    if (writes_rows) outbox_->name(at + size, r.seq, r.symbol);
  }
  if (writes_rows) outbox_->claim(size);
  for (std::size_t g = 0; g < groups; ++g) {
    heed_flags();  // a kill switch does not wait for the end of a batch
    Symbol& s = symbols_[d.codes[g]];
    if (s.size < kWorthColumns) {
      run_ticks(records.data(), s, at);
    } else {
      run_columns(records.data(), s, at);
    }
    s.size = 0;
    s.last = kBatch;
  }
  return size;
}

void Worker::run_ticks(const Record* records, const Symbol& symbol, std::uint64_t at) {
  std::uint32_t i = symbol.first;
  for (std::uint32_t n = symbol.size; n > 0; --n, i = scratch_->next[i]) {
    const Record& r = records[i];
    const double* row = nullptr;
    const Status status = engine_->on_trade(symbol.local, trade_of(r), r.trade.id, &row);
    if (writes(Clock::kTrade)) outbox_->put(at + i, status, row);
  }
}

void Worker::run_columns(const Record* records, const Symbol& symbol, std::uint64_t at) {
  Scratch& d = *scratch_;
  std::uint32_t i = symbol.first;
  for (std::size_t left = symbol.size; left > 0;) {
    const std::size_t n = std::min(left, kPiece);
    for (std::size_t k = 0; k < n; ++k, i = d.next[i]) {
      const Record& r = records[i];
      d.ts_ns[k] = r.ts_event_ns;
      d.price[k] = r.trade.price;
      d.qty[k] = r.trade.qty;
      d.side[k] = r.side;
      d.symbol[k] = symbol.local;
      d.id[k] = r.trade.id;
      d.slot[k] = static_cast<std::uint32_t>(outbox_->slot(at + i));
    }
    const TradeColumns trades{.ts_ns = d.ts_ns.data(),
                              .price = d.price.data(),
                              .qty = d.qty.data(),
                              .side = d.side.data(),
                              .symbol = d.symbol.data(),
                              .id = d.id.data(),
                              .size = n,
                              .inferred = d.side.data()};
    const bool kept = writes(Clock::kTrade);
    const bool together = kept && d.slot[n - 1] - d.slot[0] == n - 1;  // not around the ring's end
    Outbox& rows = together ? *outbox_ : d.rows;
    const std::size_t first = together ? d.slot[0] : 0;
    rows.columns_from(first, d.columns);
    engine_->run(trades, d.columns, rows.status(first));
    if (kept && !together) outbox_->scatter(d.rows, std::span(d.slot).first(n));
    left -= n;
  }
}

SymbolId Worker::introduce(SymbolId code, const std::string& name) {
  if (symbols_.size() <= code) symbols_.resize(code + 1);
  SymbolId& local = symbols_[code].local;
  if (local == kUnknown) local = engine_->intern(name);
  return local;
}

void Worker::save_part(Snapshot& snapshot) {
  Snapshot::Part& part = snapshot.part(plan_.index);
  for (const Snapshot::Change& change : part.changes) {
    const SymbolId symbol = introduce(change.code, *change.name);
    for (std::size_t c = 0; c < kClocks; ++c) {
      const std::uint64_t n = change.dropped[c];
      if (n > 0) engine_->count_dropped(symbol, n, static_cast<Clock>(c));
    }
    if (change.book_lost) engine_->lose_book(symbol);
    if (change.leader) engine_->put_leader(symbol, *change.leader);
  }
  const std::size_t known = std::min(symbols_.size(), snapshot.symbols());
  for (SymbolId code = 0; code < known; ++code) {
    const SymbolId symbol = symbols_[code].local;
    if (symbol == kUnknown) continue;
    part.sections.push_back(
        {code, engine_->symbols()[symbol], engine_->save_symbol(symbol, snapshot.flags(code))});
  }
  snapshot.reached();
}

/// From the call that submitted an event to now; those of one call have one stamp. Returns how many
/// there were.
std::uint64_t Worker::note_latency(std::span<const Record> batch) noexcept {
  const TimeNs now_ns = queue::Parker::now_ns();
  std::uint64_t events = 0;
  for (std::size_t i = 0; i < batch.size();) {
    const TimeNs stamp_ns = batch[i].ts_recv_ns;
    std::uint64_t n = 0;
    for (; i < batch.size() && batch[i].ts_recv_ns == stamp_ns; ++i) {
      n += ends_event(batch[i]) ? 1 : 0;
    }
    const auto ns = static_cast<std::uint64_t>(std::max<TimeNs>(now_ns - stamp_ns, 0));
    latency_[std::min<std::size_t>(std::bit_width(ns), kBuckets - 1)].add(n);
    events += n;
  }
  return events;
}

}  // namespace tickeng
