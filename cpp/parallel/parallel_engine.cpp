#include "tickeng/parallel/parallel_engine.hpp"

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <numeric>

#include "tickeng/base/error.hpp"
#include "tickeng/engine/symbol_name.hpp"
#include "tickeng/parallel/cpu_map.hpp"

namespace tickeng {
namespace {

constexpr std::size_t kPublish = 64;                   // trades between two publications
constexpr unsigned kSpins = 2000, kSpinsCrowded = 20;  // some 50 us; with too few cores: none
constexpr unsigned kSubmitterSpins = 200;

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
      rows_(parallel.rows), decides_(parallel.unread > 0), total_order_(parallel.total_order),
      owner_(getpid()), map_(parallel.map), named_(pipeline_->leaders().size()),
      parker_(kSubmitterSpins) {
  if (options.on_late == LatePolicy::kError) {
    throw ConfigError(
        "on_late = error cannot stop a feed that many workers share; drop counts "
        "late ticks, clamp takes them");
  }
  if (leaders().size() + 2 > parallel.ring) {
    throw ConfigError("a ring of " + std::to_string(parallel.ring) +
                      " records is too small for a trade and what its leaders did before it");
  }
  StateParts parts;
  if (!state.empty()) parts = split_state(state);
  try {
    start(options, parallel, state.empty() ? nullptr : &parts);
  } catch (...) {
    links_.clear();  // threads end before the state that they read
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
  for (SymbolId code = 0; code < routes_.size(); ++code) {
    plans[routes_[code].worker].codes.push_back(code);
  }
  for (std::size_t w = 0; w < workers; ++w) {
    Worker::Plan& plan = plans[w];
    plan.pipeline = pipeline_;
    plan.options = options;
    plan.index = w;
    plan.ring = parallel.ring;
    plan.outbox = parallel.unread;
    plan.rows = parallel.rows;
    plan.spins = workers < count ? kSpins : kSpinsCrowded;
    plan.sleeps = !parallel.spin;
    // The first core is left to the submitting thread while there are enough.
    if (parallel.pin && workers <= count) plan.cpu = cpus.order[(w + 1) % count];
    plan.state = state;
    plan.flags = &flags_;
    links_.push_back(std::make_unique<Link>());
    links_.back()->is_due.resize(leaders().size());
    links_.back()->worker = std::make_unique<Worker>(std::move(plan), parker_);
  }
  for (const auto& link : links_) {
    const Worker& worker = *link->worker;
    parker_.wait([&] { return worker.phase() != Worker::Phase::kStarting; });
    if (worker.phase() == Worker::Phase::kFailed) std::rethrow_exception(worker.fault());
    link->inbox = &link->worker->inbox();
  }
}

/// The symbols of a saved state, in their order.
void ParallelEngine::adopt(const StateParts& state) {
  std::size_t waiting = state.leader.waiting();
  for (const auto& symbol : state.symbols) waiting += symbol.leader ? symbol.leader->waiting() : 0;
  for (const auto& [name, feed] : state.named) waiting += feed.waiting();
  if (waiting > 0) {
    throw StateError(std::to_string(waiting) +
                     " leader ticks of this state wait for their time, and ParallelEngine takes "
                     "leaders in call order only; continue it with Engine");
  }
  flags_.store(state.flags, std::memory_order_relaxed);  // relaxed: no thread has started
  leader_ = state.leader;
  for (std::size_t l = 0; l < leaders().size(); ++l) {
    const auto saved = state.named.find(leaders()[l]);
    if (saved != state.named.end()) named_[l] = saved->second;
  }
  now_ns_ = state.now_ns;
  for (const StateParts::Symbol& symbol : state.symbols) {
    Route& route = routes_[add_symbol(symbol.name)];
    route.introduced = true;
    route.flags = symbol.flags;
    for (std::size_t c = 0; c < kClocks; ++c) {
      const EventFeed* const feed = symbol.feeds.of(static_cast<Clock>(c));
      if (c > 0 && feed == nullptr) continue;
      const Counters& before = c > 0 ? feed->counters() : symbol.counters;
      route.passed[c] = {before.in - before.dropped, before.dropped, before.dropped};
    }
    if (symbol.leader) route.leader = std::make_unique<LeaderFeed>(*symbol.leader);
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
  routes_.emplace_back().worker = static_cast<std::uint32_t>(worker_of(name));
  return code;
}

SubmitResult ParallelEngine::submit(const TradeColumns& given, std::size_t from,
                                    TimeNs patience_ns) {
  check();
  const TradeColumns trades = given;  // a copy that no store into a ring can be thought to change
  const TimeNs now_ns = queue::Parker::now_ns();
  const TimeNs end_ns = end_of(patience_ns, now_ns);
  const std::uint64_t credit = this->credit(Clock::kTrade);
  SubmitResult result{from, 0, SubmitResult::End::kAll};
  std::size_t i = from;
  for (; i < trades.size; ++i) {
    const SymbolId code = trades.symbol != nullptr ? trades.symbol[i] : 0;
    Route& route = routes_[code];
    Link& link = *links_[route.worker];
    const bool due = route.leader ? route.leader_due : link.leader_due;
    const std::size_t records = (due ? 2 : 1) + link.due;
    if (!link.inbox->has_room(records) || link.rows - link.polled == credit) [[unlikely]] {
      result.end = make_room(link, records, credit, end_ns);
      if (result.end != SubmitResult::End::kAll && on_full_ != OnFull::kDrop) break;
      if (result.end != SubmitResult::End::kAll) {
        drop(link, route, Clock::kTrade);
        ++result.dropped;
        continue;
      }
    }
    if (records > 1) put_due_leaders(link, route, code, now_ns);
    put(link, route, code, trades, i, now_ns);
    if (i % kPublish == kPublish - 1) publish();
  }
  result.rows = i;
  if (on_full_ == OnFull::kDrop) result.end = SubmitResult::End::kAll;
  publish();
  return result;
}

/// What stands in the way of so many records and levels, after waiting as the policy says.
SubmitResult::End ParallelEngine::make_room(Link& link, std::size_t records, std::uint64_t credit,
                                            TimeNs end_ns, std::size_t levels) {
  const auto there = [&] {
    return link.inbox->has_room(records) && link.worker->levels().has_room(levels);
  };
  publish();
  // Only the caller can change this, so it is not waited for.
  if (link.rows - link.polled == credit) return SubmitResult::End::kUnread;
  if (there()) return SubmitResult::End::kAll;
  if (on_full_ != OnFull::kBlock) return SubmitResult::End::kFull;
  const TimeNs left_ns = end_ns - queue::Parker::now_ns();
  return wait_for(there, left_ns) ? SubmitResult::End::kAll : SubmitResult::End::kPatience;
}

inline void ParallelEngine::put(Link& link, Route& route, SymbolId code, const TradeColumns& trades,
                                std::size_t i, TimeNs now_ns) {
  Record& r = link.inbox->stage();
  r.ts_event_ns = trades.ts_ns[i];
  r.ts_recv_ns = now_ns;
  r.seq = next_seq_++;
  r.symbol = code;
  r.kind = EventKind::kTrade;
  r.side = trades.side[i];
  r.flags = 0;
  r.trade = {trades.price[i], trades.qty[i], trades.id != nullptr ? trades.id[i] : kNoId, nullptr};
  if (!route.introduced) [[unlikely]] {
    r.flags = kIntroduces;
    r.trade.name = &names_[code];
    route.introduced = true;
  }
  ++route.passed[0].sent;
  ++link.sent;
  link.rows += rows_ == Clock::kTrade ? 1 : 0;
}

/// What the next trade of a symbol can see of leaders, and the worker has not been told.
[[gnu::noinline]] void ParallelEngine::put_due_leaders(Link& link, Route& route, SymbolId code,
                                                       TimeNs now_ns) {
  for (std::size_t l = 0; link.due > 0; ++l) {
    if (!link.is_due[l]) continue;
    put_leader(link, Engine::leader_code(l), named_[l].price(), now_ns);
    link.is_due[l] = false;
    --link.due;
  }
  if (!(route.leader ? route.leader_due : link.leader_due)) return;
  if (route.leader) {
    put_leader(link, code, route.leader->price(), now_ns);
    route.leader_due = false;
  } else {
    put_leader(link, kShared, leader_.price(), now_ns);
    link.leader_due = false;
  }
}

void ParallelEngine::put_leader(Link& link, SymbolId symbol, const LeaderPrice& seen,
                                TimeNs now_ns) {
  Record& r = link.inbox->stage();
  r.ts_event_ns = seen.ts_ns;
  r.ts_recv_ns = now_ns;
  r.symbol = symbol;
  r.kind = EventKind::kLeader;
  r.leader = {seen.price, seen.previous, symbol < names_.size() ? &names_[symbol] : nullptr};
}

void ParallelEngine::drop(Link& link, Route& route, Clock clock) noexcept {
  ++next_seq_;
  ++route.passed[index_of(clock)].dropped;
  route.book_lost |= clock == Clock::kBook;
  link.in.add();
  link.dropped.add();
}

void ParallelEngine::publish() noexcept {
  for (const auto& link : links_) {
    if (!link->inbox->publish()) continue;
    link->in.add(link->sent + link->dropped.get() - link->in.get());
    link->worker->wake();
  }
}

Status ParallelEngine::on_leader(TimeNs ts_ns, double price, SymbolId symbol) {
  check();
  if (symbol == kShared) {
    const Status status = leader_.on(ts_ns, price, options_.time);
    if (status == Status::kOk) {
      for (const auto& link : links_) link->leader_due = true;
    }
    return status;
  }
  if (symbol >= routes_.size()) return on_named_leader(ts_ns, price, kShared - 1 - symbol);
  Route& route = routes_[symbol];
  if (!route.leader) {
    route.leader = std::make_unique<LeaderFeed>();
    route.leader_due = true;
  }
  const Status status = route.leader->on(ts_ns, price, options_.time);
  if (status == Status::kOk) route.leader_due = true;
  return status;
}

Status ParallelEngine::on_named_leader(TimeNs ts_ns, double price, std::size_t leader) {
  const Status status = named_[leader].on(ts_ns, price, options_.time);
  for (const auto& link : links_) {
    if (status != Status::kOk || link->is_due[leader]) continue;
    link->is_due[leader] = true;
    ++link->due;
  }
  return status;
}

bool ParallelEngine::failed() const noexcept {
  return std::any_of(links_.begin(), links_.end(), [](const auto& link) {
    return link->worker->phase() == Worker::Phase::kFailed;
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
  for (std::size_t w = 0; w < links_.size(); ++w) {
    if (links_[w]->worker->phase() != Worker::Phase::kFailed) continue;
    try {
      std::rethrow_exception(links_[w]->worker->fault());
    } catch (const std::exception& e) {
      throw Error("worker " + std::to_string(w) + " failed: " + e.what());
    }
  }
}

bool ParallelEngine::flush(TimeNs patience_ns) {
  check();
  publish();
  const auto done = [this] {
    return std::all_of(links_.begin(), links_.end(),
                       [](const auto& link) {
                         const Worker& worker = *link->worker;
                         return worker.done() == link->sent && worker.times() == link->times;
                       }) &&
           std::all_of(snapshots_.begin(), snapshots_.end(),
                       [](const auto& snapshot) { return snapshot->ready(); });
  };
  return wait_for(done, patience_ns);
}

void ParallelEngine::close() noexcept {
  if (closed_) return;
  closed_ = true;
  publish();
  for (const auto& link : links_) link->worker->close();
  for (const auto& link : links_) link->worker->stop();
}

}  // namespace tickeng
