#include "tickeng/engine/engine.hpp"

#include <algorithm>
#include <cmath>

#include "tickeng/base/error.hpp"
#include "tickeng/engine/symbol_name.hpp"

namespace tickeng {
Engine::Engine(std::shared_ptr<const Pipeline> pipeline, const EngineOptions& options)
    : pipeline_(std::move(pipeline)), options_(options) {}

Engine::Engine(const Engine& other)
    : pipeline_(other.pipeline_), options_(other.options_), names_(other.names_), ids_(other.ids_),
      leader_(other.leader_), flags_(other.flags_) {
  for (const Book& b : other.books_) {
    books_.push_back({b.graph ? b.graph->clone() : nullptr, b.base, b.row, b.counters, b.last_ts_ns,
                      b.last_id, b.flags,
                      b.leader ? std::make_unique<LeaderFeed>(*b.leader) : nullptr});
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
  books_.emplace_back().row = pipeline_->absent();
  return id;
}

[[gnu::noinline]] void Engine::open(Book& book) { book.graph = pipeline_->make_graph(); }

/// Counts the trade; where it is late and may be, moves ts_ns up to the symbol's clock.
Status Engine::admit(Book& book, const Trade& trade, std::int64_t id, TimeNs& ts_ns) noexcept {
  Counters& counters = book.counters;
  const auto reject = [&](Reject why) {
    counters.reject(why);
    ++refused_[static_cast<std::size_t>(why)];
    return Status::kRejected;
  };
  // The upper bound keeps p + p_prev finite; comparisons are written so that NaN fails.
  if (!(trade.price > 0.0 && trade.price <= 1e300)) return reject(Reject::kPrice);
  if (!(trade.qty >= 0.0 && trade.qty <= 1e300)) return reject(Reject::kQty);
  if (trade.ts_ns < 0) return reject(Reject::kTimestamp);
  if (trade.side < -1 || trade.side > 1) return reject(Reject::kSide);
  ++counters.in;
  if (options_.dedupe_id && id != kNoId && id <= book.last_id) {
    ++counters.duplicate;
    return Status::kDuplicate;
  }
  if (ts_ns < book.last_ts_ns) {
    if (options_.on_late != LatePolicy::kClamp) {
      ++counters.late;
      return Status::kLate;
    }
    ts_ns = book.last_ts_ns;
  }
  ++counters.processed;
  book.last_ts_ns = ts_ns;
  if (id != kNoId) book.last_id = id;
  return Status::kOk;
}

[[gnu::flatten]] Status Engine::on_trade(SymbolId symbol, const Trade& trade, std::int64_t id,
                                         const double** row) {
  Book& book = books_[symbol];
  TimeNs ts_ns = trade.ts_ns;
  const Status status = admit(book, trade, id, ts_ns);
  if (status != Status::kOk) {
    *row = pipeline_->absent().data();
    return status;
  }
  *row = book.row.data();
  if (!book.graph) [[unlikely]] {
    open(book);
  }
  LeaderFeed& leader = book.leader ? *book.leader : leader_;
  leader.advance(ts_ns, options_.leader_latency_ns);
  book.graph->on(book.base, trade, ts_ns, leader.price(), book.flags | flags_, book.row.data());
  return Status::kOk;
}

Status Engine::on_leader(TimeNs ts_ns, double price, SymbolId symbol) {
  if (symbol == kShared) return leader_.on(ts_ns, price);
  Book& book = books_[symbol];
  if (!book.leader) book.leader = std::make_unique<LeaderFeed>();
  return book.leader->on(ts_ns, price);
}

void Engine::queue_leader(std::span<const TimeNs> ts_ns, std::span<const double> price) {
  leader_.queue(ts_ns, price);
}

void Engine::see_leader(SymbolId symbol, const LeaderPrice& seen) {
  if (symbol != kShared && !books_[symbol].leader) put_leader(symbol, {});
  (symbol == kShared ? leader_ : *books_[symbol].leader).see(seen);
}

void Engine::put_leader(SymbolId symbol, const LeaderFeed& leader) {
  if (symbol == kShared) {
    leader_ = leader;
  } else {
    books_[symbol].leader = std::make_unique<LeaderFeed>(leader);
  }
}

void Engine::reset() noexcept {
  for (Book& book : books_) {
    if (book.graph) book.graph->reset();
    book.base.reset();
    book.row = pipeline_->absent();  // no allocation: the size stays
    book.counters = {};
    book.last_ts_ns = kNoTime;
    book.last_id = kNoId;
    book.flags = 0;
    book.leader.reset();
  }
  leader_ = {};
  flags_ = 0;
}

void Engine::set_flag(SymbolId symbol, std::uint32_t flag, bool on) {
  std::uint32_t& flags = symbol == kShared ? flags_ : books_[symbol].flags;
  flags = on ? flags | flag : flags & ~flag;
}

void Engine::count_rejected(SymbolId symbol, Reject why, std::uint64_t n) {
  books_[symbol].counters.reject(why, n);
}

void Engine::count_dropped(SymbolId symbol, std::uint64_t n) {
  books_[symbol].counters.in += n;
  books_[symbol].counters.dropped += n;
}

std::vector<KernelHealth> Engine::health(SymbolId symbol) const {
  const Book& book = books_[symbol];
  return book.graph ? book.graph->health() : std::vector<KernelHealth>{};
}

}  // namespace tickeng
