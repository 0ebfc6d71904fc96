#include "tickeng/engine/engine.hpp"

#include <algorithm>
#include <cmath>

#include "tickeng/base/error.hpp"
#include "tickeng/engine/symbol_name.hpp"

namespace tickeng {
Engine::Engine(std::shared_ptr<const Pipeline> pipeline, const EngineOptions& options)
    : pipeline_(std::move(pipeline)), options_(options),
      runner_(*pipeline_, options_, options_.time, refused_) {
  const std::size_t leaders = pipeline_->leaders().size();
  if (leaders == 0) return;
  named_ = std::make_unique<NamedLeaders>(leaders, options_.leader_latency_ns);
}

Engine::Engine(const Engine& other)
    : pipeline_(other.pipeline_), options_(other.options_), names_(other.names_), ids_(other.ids_),
      leader_(other.leader_), flags_(other.flags_), now_ns_(other.now_ns_),
      first_conflict_(other.first_conflict_),
      runner_(*pipeline_, options_, options_.time, refused_) {
  if (other.named_) named_ = std::make_unique<NamedLeaders>(*other.named_);
  for (const SymbolState& b : other.states_) {
    states_.push_back({b.graph ? std::make_unique<Graph>(*b.graph) : nullptr, b.left, b.loaded_at,
                       b.base, b.row, b.counters, b.clock, b.flags,
                       b.leader ? std::make_unique<LeaderFeed>(*b.leader) : nullptr,
                       b.ids ? std::make_unique<SeenIds>(*b.ids) : nullptr, b.feeds});
    states_.back().named = named_.get();
    if (b.graph) states_.back().graph->lead_by(named_.get());
  }
}

SymbolId Engine::find(std::string_view name) const {
  const auto found = ids_.find(std::string(name));
  return found != ids_.end() ? found->second : kShared;
}

SymbolId Engine::intern(std::string_view name) {
  if (const SymbolId known = find(name); known != kShared) return known;
  check_symbol_name(name, options_);
  return add_symbol(name);
}

SymbolId Engine::add_symbol(std::string_view name) {
  check_symbol_count(names_.size(), options_, *pipeline_);
  const auto id = static_cast<SymbolId>(names_.size());
  ids_.emplace(name, id);
  names_.emplace_back(name);
  SymbolState& state = states_.emplace_back();
  state.row = pipeline_->initial();
  state.named = named_.get();
  state.feeds = SymbolFeeds(options_);
  return id;
}

/// Counts the trade; where it is late and may be, moves ts_ns up to the symbol's clock.
Status Engine::admit(SymbolState& state, const Trade& trade, std::int64_t id, TimeNs& ts_ns) {
  Counters& counters = state.counters;
  const auto reject = [&](RejectReason why) {
    counters.reject(why);
    ++refused_[static_cast<std::size_t>(why)];
    return Status::kRejected;
  };
  // The upper bound keeps p + p_prev finite; comparisons are written so that NaN fails.
  if (!(trade.price > 0.0 && trade.price <= 1e300)) return reject(RejectReason::kPrice);
  if (!(trade.qty >= 0.0 && trade.qty <= 1e300)) return reject(RejectReason::kQty);
  if (!options_.time.covers(trade.ts_ns)) return reject(RejectReason::kTimestamp);
  if (trade.side < -1 || trade.side > 1) return reject(RejectReason::kSide);
  const bool with_id = options_.dedupe_id && id != kNoId;
  if (with_id && is_duplicate(state, trade, id)) return Status::kDuplicate;
  const StreamClock::Order order = state.clock.judge(ts_ns, counters.processed, options_.time);
  if (order == StreamClock::Order::kJump) return reject(RejectReason::kJump);
  if (order == StreamClock::Order::kLate) {
    if (options_.on_late != LatePolicy::kClamp) {
      ++counters.in;
      ++counters.late;
      return Status::kLate;
    }
    ts_ns = state.clock.last_ns();
  }
  if (with_id) state.ids->add({id, trade.price, trade.qty});
  ++counters.in;
  ++counters.processed;
  state.clock.accept(ts_ns);
  return Status::kOk;
}

/// Counts it if so. One that comes with another price or quantity is as well none to take twice,
/// but says that ids are not what they were thought to be.
[[gnu::noinline]] bool Engine::is_duplicate(SymbolState& state, const Trade& trade,
                                            std::int64_t id) {
  if (!state.ids) state.ids = std::make_unique<SeenIds>();
  const SeenIds::Entry* const seen = state.ids->find(id);
  if (seen == nullptr) return false;
  ++state.counters.in;
  ++state.counters.duplicate;
  // Of an id from a state of format 1 neither is known.
  if (seen->price != seen->price || (seen->price == trade.price && seen->qty == trade.qty)) {
    return true;
  }
  ++state.counters.conflicts;
  if (!first_conflict_) {
    const auto symbol = static_cast<SymbolId>(&state - states_.data());
    first_conflict_ = {symbol, id, seen->price, seen->qty, trade.price, trade.qty};
  }
  return true;
}

[[gnu::flatten]] Status Engine::on_trade(SymbolId symbol, const Trade& trade, std::int64_t id,
                                         const double** row) {
  SymbolState& state = states_[symbol];
  TimeNs ts_ns = trade.ts_ns;
  const Status status = admit(state, trade, id, ts_ns);
  if (status != Status::kOk) {
    *row = pipeline_->absent().data();
    return status;
  }
  *row = state.row.data();
  state.take_rows(*pipeline_);
  LeaderFeed& leader = state.leader ? *state.leader : leader_;
  leader.advance(ts_ns, options_.leader_latency_ns);
  // Not copied where its side is told: a copy waits until the trade has reached the cache.
  const Trade* taken = &trade;
  Trade inferred;
  if (state.feeds.sides.infers()) [[unlikely]] {
    inferred = trade;
    inferred.side = state.feeds.side_of(trade, ts_ns);
    taken = &inferred;
  }
  state.graph->on(state.base, *taken, ts_ns, leader.price(), state.flags | flags_,
                  state.row.data());
  return Status::kOk;
}

void Engine::check_sides(const TradeColumns& trades) const {
  if (options_.sides == SideRule::kGiven || trades.size == 0 || trades.inferred != nullptr) return;
  throw ConfigError("sides are inferred, and the columns of trades have no room for them");
}

Status Engine::on_leader(TimeNs ts_ns, double price, SymbolId symbol) {
  return make_leader_feed(symbol).on(ts_ns, price, options_.time);
}

const LeaderFeed* Engine::leader_feed(SymbolId symbol) const noexcept {
  if (symbol == kShared) return &leader_;
  if (symbol < states_.size()) return states_[symbol].leader.get();
  return &named_->feeds()[kShared - 1 - symbol];
}

TimeNs Engine::leader_ts_ns(SymbolId symbol) const noexcept {
  const LeaderFeed* const feed = leader_feed(symbol);
  return feed ? feed->price().ts_ns : kNoTime;
}

const Counters* Engine::leader_counters(SymbolId symbol) const noexcept {
  const LeaderFeed* const feed = leader_feed(symbol);
  return feed ? &feed->counters() : nullptr;
}

LeaderFeed& Engine::make_leader_feed(SymbolId symbol) {
  if (symbol == kShared) return leader_;
  if (symbol >= states_.size()) return named_->feeds()[kShared - 1 - symbol];
  std::unique_ptr<LeaderFeed>& own = states_[symbol].leader;
  if (!own) own = std::make_unique<LeaderFeed>();
  return *own;
}

void Engine::move_leaders_to(const SymbolRun& run, SymbolState& state) noexcept {
  leader_of(state).move_to(run.leader);
  if (named_) named_->move_to(run.named_at);
}

void Engine::queue_leader(std::span<const TimeNs> ts_ns, std::span<const double> price,
                          SymbolId symbol) {
  make_leader_feed(symbol).queue(ts_ns, price, options_.time);
}

std::size_t Engine::release_leader(std::size_t most, SymbolId symbol) noexcept {
  const LeaderFeed* const own = leader_feed(symbol);
  if (!own || own->waiting() <= most) return 0;
  TimeNs now_ns = kNoTime;
  for (const SymbolState& state : states_) now_ns = std::max(now_ns, state.clock.last_ns());
  return make_leader_feed(symbol).release(most, now_ns, options_.leader_latency_ns);
}

void Engine::see_leader(SymbolId symbol, const LeaderPrice& seen) {
  make_leader_feed(symbol).see(seen);
}

void Engine::put_leader(SymbolId symbol, const LeaderFeed& leader) {
  make_leader_feed(symbol) = leader;
}

void Engine::reset() noexcept {
  for (SymbolState& state : states_) {
    state.restart(*pipeline_);
    state.counters = {};
    state.flags = 0;
    state.leader.reset();
    state.feeds = SymbolFeeds(options_);
  }
  leader_ = {};
  if (named_) std::ranges::fill(named_->feeds(), LeaderFeed{});
  flags_ = 0;
  now_ns_ = kNoTime;
  first_conflict_.reset();
}

void Engine::reset(SymbolId symbol) noexcept { states_[symbol].restart(*pipeline_); }

void Engine::forget(SymbolId symbol) noexcept { states_[symbol].forget(*pipeline_); }

void Engine::begin_source() noexcept {
  for (SymbolState& state : states_) {
    state.clock.expect_gap(state.counters.processed);
    if (state.leader) state.leader->expect_gap();
    state.feeds.expect_gap();
  }
  leader_.expect_gap();
  if (!named_) return;
  for (LeaderFeed& feed : named_->feeds()) feed.expect_gap();
}

bool Engine::on_time(TimeNs ts_ns, SymbolId symbol) noexcept {
  if (!options_.time.covers(ts_ns)) return false;
  now_ns_ = std::max(now_ns_, ts_ns);
  const auto pass = [ts_ns](SymbolState& state) {
    if (state.graph) state.graph->pass(ts_ns, state.row.data());
  };
  if (symbol != kShared) {
    pass(states_[symbol]);
  } else {
    std::ranges::for_each(states_, pass);
  }
  const auto shut_stale = [this](SymbolState& state) {
    const TimeNs last_ns = state.clock.last_ns();
    if (last_ns != kNoTime && now_ns_ - last_ns > options_.stale_after_ns) shut(state);
  };
  if (options_.stale_after_ns == 0) return true;
  if (symbol != kShared) {
    shut_stale(states_[symbol]);
  } else {
    for (SymbolState& state : states_) shut_stale(state);
  }
  return true;
}

/// Outputs are written anew by every tick and read by none, so this changes no later one.
void Engine::shut(SymbolState& state) const noexcept {
  const auto& outputs = pipeline_->outputs();
  for (const PipelineOutput& o : outputs) {
    double& value = state.row[o.slot];
    if (o.name == "gate" || o.name == "alpha") value = 0.0;
    if (o.name == "reason") value = static_cast<double>(static_cast<int>(value) | kShutFeed);
  }
}

void Engine::set_flag(SymbolId symbol, std::uint32_t flag, bool on) {
  std::uint32_t& flags = symbol == kShared ? flags_ : states_[symbol].flags;
  flags = on ? flags | flag : flags & ~flag;
}

void Engine::count_rejected(SymbolId symbol, RejectReason why, std::uint64_t n, Clock clock) {
  if (clock != Clock::kTrade) return states_[symbol].feeds.count_rejected(clock, why, n);
  states_[symbol].counters.reject(why, n);
}

void Engine::count_dropped(SymbolId symbol, std::uint64_t n, Clock clock) {
  if (clock != Clock::kTrade) return states_[symbol].feeds.get_or_make(clock).count_dropped(n);
  states_[symbol].counters.in += n;
  states_[symbol].counters.dropped += n;
}

void Engine::lose_book(SymbolId symbol) noexcept {
  if (BookFeed* const feed = states_[symbol].feeds.books.feed.get()) feed->lose();
}

std::vector<NodeHealth> Engine::health(SymbolId symbol) const {
  const SymbolState& state = states_[symbol];
  return state.graph ? state.graph->health() : std::vector<NodeHealth>{};
}

}  // namespace tickeng
