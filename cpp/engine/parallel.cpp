#include "tickeng/engine/parallel.hpp"

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <numeric>

#include "tickeng/base/error.hpp"
#include "tickeng/engine/cpu_map.hpp"
#include "tickeng/engine/symbol_name.hpp"

namespace tickeng {
namespace {

constexpr std::size_t kPublish = 64;                   // trades between two publications
constexpr unsigned kSpins = 2000, kSpinsCrowded = 20;  // some 50 us; with too few cores: none
constexpr unsigned kSubmitterSpins = 200;
constexpr TimeNs kForEver = queue::Parker::kForEver;

/// FNV-1a, 64 bits: the same for a name on every machine and in every version.
std::uint64_t hash(std::string_view name) noexcept {
  std::uint64_t h = 0xcbf29ce484222325ULL;
  for (const char c : name) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return h;
}

}  // namespace

ParallelEngine::ParallelEngine(std::shared_ptr<const Pipeline> pipeline,
                               const EngineOptions& options, const ParallelOptions& parallel,
                               std::string_view state)
    : pipeline_(std::move(pipeline)), options_(options),
      credit_(parallel.unread > 0 ? parallel.unread : UINT64_MAX), on_full_(parallel.on_full),
      decides_(parallel.unread > 0), total_order_(parallel.total_order), owner_(getpid()),
      map_(parallel.map), parker_(kSubmitterSpins) {
  if (options.on_late == LatePolicy::kError) {
    throw ConfigError(
        "on_late = error cannot stop a feed that many workers share; drop counts "
        "late ticks, clamp takes them");
  }
  StateParts parts;
  if (!state.empty()) parts = split_state(state);
  try {
    start(options, parallel, state.empty() ? nullptr : &parts);
  } catch (...) {
    lanes_.clear();  // threads end before the state that they read
    throw;
  }
}

/// Shares out the workers: those of the map, and those that symbols are spread over.
void ParallelEngine::spread(std::size_t workers) {
  std::vector<bool> reserved(workers);
  for (const auto& [name, worker] : map_) {
    if (worker >= workers) {
      throw ConfigError("map sends " + name + " to worker " + std::to_string(worker) +
                        ", there are " + std::to_string(workers) + ", counted from 0");
    }
    reserved[worker] = true;
  }
  for (std::size_t w = 0; w < workers; ++w) {
    if (!reserved[w]) shared_workers_.push_back(w);
  }
  if (shared_workers_.empty()) {
    shared_workers_.resize(workers);
    std::iota(shared_workers_.begin(), shared_workers_.end(), 0);
  }
}

void ParallelEngine::start(const EngineOptions& options, const ParallelOptions& parallel,
                           const StateParts* state) {
  const CpuMap cpus = CpuMap::usable();
  const std::size_t count = cpus.order.size(), spare = std::max<std::size_t>(cpus.cores, 2) - 1;
  const std::size_t workers = parallel.workers > 0 ? parallel.workers : spare;
  spread(workers);
  if (state != nullptr) adopt(*state);
  std::vector<Worker::Plan> plans(workers);
  for (SymbolId code = 0; code < doors_.size(); ++code) {
    plans[doors_[code].worker].codes.push_back(code);
  }
  for (std::size_t w = 0; w < workers; ++w) {
    Worker::Plan& plan = plans[w];
    plan.pipeline = pipeline_;
    plan.options = options;
    plan.place = w;
    plan.ring = parallel.ring;
    plan.outbox = parallel.unread;
    plan.spins = workers < count ? kSpins : kSpinsCrowded;
    plan.sleeps = !parallel.spin;
    // The first core is left to the submitting thread while there are enough.
    if (parallel.pin && workers <= count) plan.cpu = cpus.order[(w + 1) % count];
    plan.state = state;
    plan.flags = &flags_;
    lanes_.push_back(std::make_unique<Lane>());
    lanes_.back()->worker = std::make_unique<Worker>(std::move(plan), parker_);
  }
  for (const auto& lane : lanes_) {
    const Worker& worker = *lane->worker;
    parker_.wait([&] { return worker.phase() != Worker::Phase::kStarting; });
    if (worker.phase() == Worker::Phase::kFailed) std::rethrow_exception(worker.fault());
    lane->inbox = &lane->worker->inbox();
  }
}

/// The symbols of a saved state, in their order.
void ParallelEngine::adopt(const StateParts& state) {
  std::size_t waiting = state.leader.waiting();
  for (const auto& symbol : state.symbols) waiting += symbol.leader ? symbol.leader->waiting() : 0;
  if (waiting > 0) {
    throw StateError(std::to_string(waiting) +
                     " leader ticks of this state wait for their time, and ParallelEngine takes "
                     "leaders in call order only; continue it with Engine");
  }
  flags_.store(state.flags, std::memory_order_relaxed);  // relaxed: no thread has started
  leader_ = state.leader;
  for (const StateParts::Symbol& symbol : state.symbols) {
    Door& door = doors_[add_symbol(symbol.name)];
    door.introduced = true;
    door.flags = symbol.flags;
    door.dropped = door.told = symbol.counters.dropped;
    door.sent = symbol.counters.in - symbol.counters.dropped;
    if (symbol.leader) door.leader = std::make_unique<LeaderFeed>(*symbol.leader);
  }
}

std::size_t ParallelEngine::worker_of(std::string_view name) const {
  const auto mapped =
      std::find_if(map_.begin(), map_.end(), [name](const auto& m) { return m.first == name; });
  if (mapped != map_.end()) return mapped->second;
  return shared_workers_[hash(name) % shared_workers_.size()];
}

SymbolId ParallelEngine::find(std::string_view name) const {
  const auto found = ids_.find(name);
  return found != ids_.end() ? found->second : kShared;
}

SymbolId ParallelEngine::intern(std::string_view name) {
  if (const SymbolId known = find(name); known != kShared) return known;
  check_symbol_name(name, options_);
  return add_symbol(name);
}

SymbolId ParallelEngine::add_symbol(std::string_view name) {
  check_symbol_count(names_.size(), options_, *pipeline_);
  const auto code = static_cast<SymbolId>(names_.size());
  ids_.emplace(names_.emplace_back(name), code);
  doors_.emplace_back().worker = static_cast<std::uint32_t>(worker_of(name));
  return code;
}

Offer ParallelEngine::submit(const TradeColumns& given, std::size_t from, TimeNs patience_ns) {
  check();
  const TradeColumns trades = given;  // a copy that no store into a ring can be thought to change
  const TimeNs now_ns = queue::Parker::now_ns();
  const TimeNs end_ns = patience_ns < kForEver - now_ns ? now_ns + patience_ns : kForEver;
  Offer offer{from, 0, Offer::End::kAll};
  std::size_t i = from;
  for (; i < trades.size; ++i) {
    const SymbolId code = trades.symbol != nullptr ? trades.symbol[i] : 0;
    Door& door = doors_[code];
    Lane& lane = *lanes_[door.worker];
    const bool due = door.leader ? door.leader_due : lane.leader_due;
    const std::size_t records = due ? 2 : 1;
    if (!lane.inbox->has_room(records) || lane.sent - lane.polled == credit_) [[unlikely]] {
      offer.end = make_room(lane, records, end_ns);
      if (offer.end != Offer::End::kAll && on_full_ != OnFull::kDrop) break;
      if (offer.end != Offer::End::kAll) {
        drop(lane, door);
        ++offer.dropped;
        continue;
      }
    }
    if (due) put_due_leader(lane, door, code, now_ns);
    put(lane, door, code, trades, i, now_ns);
    if (i % kPublish == kPublish - 1) publish();
  }
  offer.rows = i;
  if (on_full_ == OnFull::kDrop) offer.end = Offer::End::kAll;
  publish();
  return offer;
}

/// What stands in the way of so many records, after waiting as the policy says.
Offer::End ParallelEngine::make_room(Lane& lane, std::size_t records, TimeNs end_ns) {
  publish();
  // Only the caller can change this, so it is not waited for.
  if (lane.sent - lane.polled == credit_) return Offer::End::kUnread;
  if (lane.inbox->has_room(records)) return Offer::End::kAll;
  if (on_full_ != OnFull::kBlock) return Offer::End::kFull;
  const TimeNs left_ns = end_ns - queue::Parker::now_ns();
  const bool room = wait_for([&] { return lane.inbox->has_room(records); }, left_ns);
  return room ? Offer::End::kAll : Offer::End::kPatience;
}

inline void ParallelEngine::put(Lane& lane, Door& door, SymbolId code, const TradeColumns& trades,
                                std::size_t i, TimeNs now_ns) {
  Record& r = lane.inbox->stage();
  r.ts_event_ns = trades.ts_ns[i];
  r.ts_recv_ns = now_ns;
  r.seq = next_seq_++;
  r.symbol = code;
  r.kind = EventKind::kTrade;
  r.side = trades.side[i];
  r.flags = 0;
  r.trade = {trades.price[i], trades.qty[i], trades.id != nullptr ? trades.id[i] : kNoId, nullptr};
  if (!door.introduced) [[unlikely]] {
    r.flags = kIntroduces;
    r.trade.name = &names_[code];
    door.introduced = true;
  }
  ++door.sent;
  ++lane.sent;
}

/// What the next trade of a symbol can see of its leader, and the worker has not been told.
[[gnu::noinline]] void ParallelEngine::put_due_leader(Lane& lane, Door& door, SymbolId code,
                                                      TimeNs now_ns) {
  if (door.leader) {
    put_leader(lane, code, door.leader->price(), now_ns);
    door.leader_due = false;
  } else {
    put_leader(lane, kShared, leader_.price(), now_ns);
    lane.leader_due = false;
  }
}

void ParallelEngine::put_leader(Lane& lane, SymbolId symbol, const LeaderPrice& seen,
                                TimeNs now_ns) {
  Record& r = lane.inbox->stage();
  r.ts_event_ns = seen.ts_ns;
  r.ts_recv_ns = now_ns;
  r.symbol = symbol;
  r.kind = EventKind::kLeader;
  r.leader = {seen.price, seen.previous, symbol != kShared ? &names_[symbol] : nullptr};
}

void ParallelEngine::drop(Lane& lane, Door& door) noexcept {
  ++next_seq_;
  ++door.dropped;
  lane.in.add();
  lane.dropped.add();
}

void ParallelEngine::publish() noexcept {
  for (const auto& lane : lanes_) {
    if (!lane->inbox->publish()) continue;
    lane->in.add(lane->sent + lane->dropped.get() - lane->in.get());
    lane->worker->wake();
  }
}

Status ParallelEngine::on_leader(TimeNs ts_ns, double price, SymbolId symbol) {
  check();
  if (symbol == kShared) {
    const Status status = leader_.on(ts_ns, price, options_.time);
    if (status == Status::kOk) {
      for (const auto& lane : lanes_) lane->leader_due = true;
    }
    return status;
  }
  Door& door = doors_[symbol];
  if (!door.leader) {
    door.leader = std::make_unique<LeaderFeed>();
    door.leader_due = true;
  }
  const Status status = door.leader->on(ts_ns, price, options_.time);
  if (status == Status::kOk) door.leader_due = true;
  return status;
}

bool ParallelEngine::failed() const noexcept {
  return std::any_of(lanes_.begin(), lanes_.end(), [](const auto& lane) {
    return lane->worker->phase() == Worker::Phase::kFailed;
  });
}

/// Throws when nothing can be waited for any more.
void ParallelEngine::check() const {
  if (closed_) throw Error("this ParallelEngine is closed; make a new one");
  if (getpid() != owner_) {
    throw Error(
        "the workers of a ParallelEngine stay in the process that made it; make a new one "
        "after a fork");
  }
  for (std::size_t w = 0; w < lanes_.size(); ++w) {
    if (lanes_[w]->worker->phase() != Worker::Phase::kFailed) continue;
    try {
      std::rethrow_exception(lanes_[w]->worker->fault());
    } catch (const std::exception& e) {
      throw Error("worker " + std::to_string(w) + " failed: " + e.what());
    }
  }
}

bool ParallelEngine::flush(TimeNs patience_ns) {
  check();
  publish();
  const auto done = [this] {
    return std::all_of(lanes_.begin(), lanes_.end(),
                       [](const auto& lane) { return lane->worker->done() == lane->sent; }) &&
           std::all_of(marks_.begin(), marks_.end(),
                       [](const auto& mark) { return mark->ready(); });
  };
  return wait_for(done, patience_ns);
}

void ParallelEngine::close() noexcept {
  if (closed_) return;
  closed_ = true;
  publish();
  for (const auto& lane : lanes_) lane->worker->close();
  for (const auto& lane : lanes_) lane->worker->stop();
}

}  // namespace tickeng
