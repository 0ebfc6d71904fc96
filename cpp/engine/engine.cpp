#include "tickeng/engine/engine.hpp"

#include <algorithm>
#include <cmath>

#include "tickeng/base/error.hpp"

namespace tickeng {
namespace {

constexpr std::size_t kWorthColumns = 8;  // shorter runs of one symbol go tick by tick

void clear_columns(std::span<const OutputColumn> columns, std::size_t row) noexcept {
  for (const OutputColumn& c : columns) c.put(row, c.real != nullptr ? kNaN : 0.0);
}

}  // namespace

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

SymbolId Engine::intern(std::string_view name) {
  const auto found = ids_.find(std::string(name));
  if (found != ids_.end()) return found->second;
  if (names_.size() >= options_.max_symbols) {
    throw DataError("more than " + std::to_string(options_.max_symbols) +
                    " symbols; raise max_symbols if that is meant");
  }
  const auto id = static_cast<SymbolId>(names_.size());
  ids_.emplace(name, id);
  names_.emplace_back(name);
  Book& book = books_.emplace_back();
  book.row.resize(pipeline_->outputs().size());
  clear_row(book.row);
  return id;
}

void Engine::clear_row(std::vector<double>& row) const noexcept {
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = pipeline_->outputs()[i].flag ? 0.0 : kNaN;
}

void Engine::open(Book& book) { book.graph = pipeline_->make_graph(); }

/// Counts the trade; where it is late and may be, moves ts_ns up to the symbol's clock.
Status Engine::admit(Book& book, const Trade& trade, std::int64_t id, TimeNs& ts_ns) noexcept {
  Counters& counters = book.counters;
  const auto reject = [&](Reject why) {
    counters.reject(why);
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

Status Engine::on_trade(SymbolId symbol, const Trade& trade, std::int64_t id, const double** row) {
  Book& book = books_[symbol];
  *row = book.row.data();
  TimeNs ts_ns = trade.ts_ns;
  const Status status = admit(book, trade, id, ts_ns);
  if (status != Status::kOk) return status;
  if (!book.graph) [[unlikely]] {
    open(book);
  }
  LeaderFeed& leader = book.leader ? *book.leader : leader_;
  leader.advance(ts_ns, options_.leader_latency_ns);
  book.graph->on(book.base.step(trade, ts_ns, leader.price(), book.flags | flags_),
                 book.row.data());
  return Status::kOk;
}

Status Engine::on_leader(TimeNs ts_ns, double price, SymbolId symbol) {
  if (symbol == kShared) return leader_.on(ts_ns, price);
  Book& book = books_[symbol];
  if (!book.leader) book.leader = std::make_unique<LeaderFeed>();
  return book.leader->on(ts_ns, price);
}

void Engine::queue_leader(std::span<const TimeNs> ts_ns, std::span<const double> price) {
  for (std::size_t i = 0; i < ts_ns.size(); ++i) (void)leader_.queue(ts_ns[i], price[i]);
}

std::size_t Engine::run(const TradeColumns& trades, std::span<const OutputColumn> columns,
                        std::uint8_t* status) {
  for (std::size_t i = 0; i < trades.size;) {
    const SymbolId symbol = trades.symbol != nullptr ? trades.symbol[i] : 0;
    Book& book = books_[symbol];
    const std::size_t n = admit(book, trades, i);
    if (n >= kWorthColumns) {
      run_block(book, trades, i, n, columns);
      std::fill_n(status + i, n, static_cast<std::uint8_t>(Status::kOk));
      i += n;
      continue;
    }
    const double* row = nullptr;
    const Trade trade{trades.ts_ns[i], trades.price[i], trades.qty[i], trades.side[i]};
    const Status outcome =
        on_trade(symbol, trade, trades.id != nullptr ? trades.id[i] : kNoId, &row);
    status[i] = static_cast<std::uint8_t>(outcome);
    if (outcome == Status::kOk) {
      for (std::size_t c = 0; c < columns.size(); ++c) columns[c].put(i, row[c]);
    } else {
      clear_columns(columns, i);
      if (outcome == Status::kLate && options_.on_late == LatePolicy::kError) return i;
    }
    ++i;
  }
  return trades.size;
}

/// How many trades from row `from` on are of one symbol and plainly acceptable, up to the next
/// multiple of a block in that symbol's own count (which keeps blocks on the windows' grid).
std::size_t Engine::admit(const Book& book, const TradeColumns& trades,
                          std::size_t from) const noexcept {
  if (options_.dedupe_id) return 0;
  const std::size_t room = TradeBlock::kMax - book.base.count() % TradeBlock::kMax;
  const std::size_t n = std::min(room, trades.size - from);
  const TimeNs* const ts = trades.ts_ns + from;
  const double* const price = trades.price + from;
  const double* const qty = trades.qty + from;
  const std::int8_t* const side = trades.side + from;
  const auto good = [=](std::size_t i) {
    return (price[i] > 0.0) & (price[i] <= 1e300) & (qty[i] >= 0.0) & (qty[i] <= 1e300) &
           (side[i] >= -1) & (side[i] <= 1);
  };
  // One vector loop says whether all are good; only where not is the first bad one looked for.
  std::size_t bad = ts[0] < std::max<TimeNs>(book.last_ts_ns, 0) ? 1 : 0;
  for (std::size_t i = 0; i < n; ++i) bad += good(i) ? 0 : 1;
  for (std::size_t i = 1; i < n; ++i) bad += ts[i] < ts[i - 1] ? 1 : 0;
  for (std::size_t i = 1; trades.symbol != nullptr && i < n; ++i) {
    bad += trades.symbol[from + i] == trades.symbol[from] ? 0 : 1;
  }
  if (bad == 0) return n;
  if (!good(0) || ts[0] < std::max<TimeNs>(book.last_ts_ns, 0)) return 0;
  std::size_t i = 1;
  while (good(i) && ts[i] >= ts[i - 1] &&
         (trades.symbol == nullptr || trades.symbol[from + i] == trades.symbol[from])) {
    ++i;
  }
  return i;
}

void Engine::run_block(Book& book, const TradeColumns& trades, std::size_t from, std::size_t n,
                       std::span<const OutputColumn> columns) {
  if (!book.graph) open(book);
  book.counters.in += n;
  book.counters.processed += n;
  book.last_ts_ns = trades.ts_ns[from + n - 1];
  for (std::size_t i = from; trades.id != nullptr && i < from + n; ++i) {
    if (trades.id[i] != kNoId) book.last_id = trades.id[i];
  }
  LeaderFeed& leader = book.leader ? *book.leader : leader_;
  block_.gather(book.base, trades.ts_ns + from, trades.price + from, trades.qty + from,
                trades.side + from, n);
  leader.align(block_, options_.leader_latency_ns);
  block_.flags = book.flags | flags_;
  book.graph->run(block_, columns.data(), from, book.row.data());
}

void Engine::reset() noexcept {
  for (Book& book : books_) {
    if (book.graph) book.graph->reset();
    book.base.reset();
    clear_row(book.row);
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

std::vector<KernelHealth> Engine::health(SymbolId symbol) const {
  const Book& book = books_[symbol];
  return book.graph ? book.graph->health() : std::vector<KernelHealth>{};
}

}  // namespace tickeng
