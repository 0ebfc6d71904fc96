#include "tickeng/engine/worker.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <system_error>

#include "tickeng/base/error.hpp"
#include "tickeng/engine/cpu_map.hpp"

namespace tickeng {
namespace {

constexpr std::size_t kWorthColumns = 8;  // shorter stretches go tick by tick

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
  desk_ = std::make_unique<Desk>();
  desk_->columns.resize(engine_->outputs().size());
  const std::size_t rows = plan_.outbox > 0 ? plan_.outbox : kBatch;
  outbox_ = std::make_unique<Outbox>(rows, engine_->outputs());
  if (plan_.state != nullptr) {
    const StateParts& state = *plan_.state;
    engine_->see_leader(Engine::kShared, state.leader.price());
    for (const SymbolId code : plan_.codes) {
      const StateParts::Symbol& symbol = state.symbols[code];
      if (local_.size() <= code) local_.resize(code + 1, kUnknown);
      local_[code] = engine_->load_symbol(symbol.name, symbol.section);
    }
  }
  inbox_ = std::make_unique<queue::SpscRing<Record>>(plan_.ring);
}

void Worker::serve() {
  const auto called = [this] {
    return inbox_->ready() || inbox_->closed() ||
           errand_.load(std::memory_order_acquire) != nullptr;
  };
  for (;;) {
    parker_.wait(called);
    // acquire, release: what the errand refers to, and what it has done.
    if (const Errand* errand = errand_.load(std::memory_order_acquire)) {
      (*errand)(*this);
      errand_.store(nullptr, std::memory_order_release);
      submitter_.wake();
    }
    if (inbox_->closed()) return;
    const std::span<const Record> batch = inbox_->front(kBatch);
    if (batch.empty()) continue;
    high_water_.raise_to(inbox_->backlog());
    heed_flags();
    take(batch);
    note_latency(batch);
    const auto trades = static_cast<std::uint64_t>(std::count_if(
        batch.begin(), batch.end(), [](auto& r) { return r.kind == EventKind::kTrade; }));
    outbox_->publish();
    if (plan_.outbox == 0) outbox_->discard();
    inbox_->release(batch.size());
    // release: see done(). There is one writer.
    done_.store(done_.load(std::memory_order_relaxed) + trades, std::memory_order_release);
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

void Worker::take(std::span<const Record> batch) {
  for (std::size_t i = 0; i < batch.size();) {
    const Record& r = batch[i];
    if (r.kind == EventKind::kTrade) {
      i += take_stretch(batch.subspan(i));
      continue;
    }
    if (r.kind == EventKind::kLeader) {
      const std::string* const name = r.leader.name;
      engine_->see_leader(name != nullptr ? introduce(r.symbol, *name) : Engine::kShared,
                          {r.ts_event_ns, r.leader.price, r.leader.previous});
    } else {
      save_part(*static_cast<Mark*>(r.control.subject));
    }
    ++i;
  }
}

/// The trades of one symbol at the front; returns how many there were.
std::size_t Worker::take_stretch(std::span<const Record> records) {
  const SymbolId code = records[0].symbol;
  if ((records[0].flags & kIntroduces) != 0) introduce(code, *records[0].trade.name);
  const auto other = std::find_if(records.begin(), records.end(), [code](const Record& r) {
    return r.kind != EventKind::kTrade || r.symbol != code;
  });
  const auto size = static_cast<std::size_t>(other - records.begin());
  for (std::size_t done = 0; done < size;) {
    const auto slots = outbox_->claim(size - done);
    const auto part = records.subspan(done, slots.size);
    for (std::size_t i = 0; i < part.size(); ++i) {
      outbox_->name(slots.first + i, part[i].seq, code);
    }
    if (part.size() < kWorthColumns) {
      run_ticks(part, local_[code], slots.first);
    } else {
      run_columns(part, local_[code], slots.first);
    }
    done += part.size();
  }
  return size;
}

void Worker::run_ticks(std::span<const Record> records, SymbolId local, std::size_t slot) {
  for (const Record& r : records) {
    const double* row = nullptr;
    const Status status = engine_->on_trade(local, trade_of(r), r.trade.id, &row);
    const auto columns = outbox_->columns();
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const double none = columns[c].real != nullptr ? kNaN : 0.0;
      columns[c].put(slot, status == Status::kOk ? row[c] : none);
    }
    *outbox_->status(slot++) = static_cast<std::uint8_t>(status);
  }
}

void Worker::run_columns(std::span<const Record> records, SymbolId local, std::size_t slot) {
  Desk& d = *desk_;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Record& r = records[i];
    d.ts_ns[i] = r.ts_event_ns;
    d.price[i] = r.trade.price;
    d.qty[i] = r.trade.qty;
    d.side[i] = r.side;
    d.symbol[i] = local;
    d.id[i] = r.trade.id;
  }
  const auto columns = outbox_->columns();
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (columns[c].real != nullptr) {
      d.columns[c] = {columns[c].real + slot, nullptr};
    } else {
      d.columns[c] = {nullptr, columns[c].flag + slot};
    }
  }
  engine_->run({d.ts_ns.data(), d.price.data(), d.qty.data(), d.side.data(), d.symbol.data(),
                d.id.data(), records.size()},
               d.columns, outbox_->status(slot));
}

SymbolId Worker::introduce(SymbolId code, const std::string& name) {
  if (local_.size() <= code) local_.resize(code + 1, kUnknown);
  if (local_[code] == kUnknown) local_[code] = engine_->intern(name);
  return local_[code];
}

void Worker::save_part(Mark& mark) {
  Mark::Part& part = mark.part(plan_.place);
  for (const Mark::Change& change : part.changes) {
    const SymbolId symbol = introduce(change.code, *change.name);
    if (change.dropped > 0) engine_->count_dropped(symbol, change.dropped);
    if (change.leader) engine_->put_leader(symbol, *change.leader);
  }
  const std::size_t known = std::min(local_.size(), mark.symbols());
  for (SymbolId code = 0; code < known; ++code) {
    if (local_[code] == kUnknown) continue;
    part.sections.push_back(
        {code, engine_->symbols()[local_[code]], engine_->save_symbol(local_[code])});
  }
  mark.reached();
}

/// From the call that submitted a trade to now. Trades of one call have one stamp.
void Worker::note_latency(std::span<const Record> batch) noexcept {
  const TimeNs now_ns = queue::Parker::now_ns();
  for (std::size_t i = 0; i < batch.size();) {
    const TimeNs stamp_ns = batch[i].ts_recv_ns;
    std::size_t n = 0, trades = 0;
    for (; i + n < batch.size() && batch[i + n].ts_recv_ns == stamp_ns; ++n) {
      trades += batch[i + n].kind == EventKind::kTrade ? 1 : 0;
    }
    const auto ns = static_cast<std::uint64_t>(std::max<TimeNs>(now_ns - stamp_ns, 0));
    latency_[std::min<std::size_t>(std::bit_width(ns), kBuckets - 1)].add(trades);
    i += n;
  }
}

}  // namespace tickeng
