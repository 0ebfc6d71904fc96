// ParallelEngine from C++: rings of 2, 8 and 1,024 records x {block, drop, error} x workers, trades
// and between them leaders, quotes, books, messages of depth feeds up to a third of what can wait,
// bars, fills and the time, marks on the way, flags, a thread that reads the facts all the time,
// and an end in the middle. Decisions and saved state must be, bit for bit, those of one Engine
// over the events that were taken. ThreadSanitizer watches the same program (make threads).
//   parallel_stress [trades a case]
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "draw.hpp"
#include "tickeng/facade/engine.hpp"

namespace {

using namespace tickeng;

constexpr std::size_t kSymbols = 7, kPiece = 61, kBeside = 13;
constexpr const char* kText =
    "chain; effective_spread; depth_imbalance; b = rsi(bar, window=5); f = own.price;"
    "m = time_bars(period=2s); r = rsi(m, window=5)";
constexpr TimeNs kPatience = 2'000'000;

struct Tape {
  std::vector<TimeNs> ts_ns;
  std::vector<double> price, qty;
  std::vector<std::int8_t> side;
  std::vector<SymbolId> symbol;

  explicit Tape(std::size_t size) {
    Draw draw;
    TimeNs now = 1'600'000'000'000'000'000;
    SymbolId at = 0;
    for (std::size_t i = 0; i < size; ++i) {
      now += static_cast<TimeNs>(draw() * 2e8);
      if (draw() < 0.3) at = static_cast<SymbolId>(draw() * kSymbols);
      ts_ns.push_back(draw() < 0.01 ? now - 1'000'000'000 : now);  // some are late
      price.push_back(draw() < 0.003 ? -1.0 : 100.0 + std::floor(20 * draw()));
      qty.push_back(0.001 + draw());
      side.push_back(draw() < 0.5 ? -1 : 1);
      symbol.push_back(at);
    }
  }
  [[nodiscard]] TradeColumns columns(std::size_t end) const {
    return {ts_ns.data(), price.data(), qty.data(), side.data(), symbol.data(), nullptr, end};
  }
};

/// The k-th event behind a piece of trades: of a quote, a book, messages, a bar, a fill, or the
/// time.
class Beside {
 public:
  Beside(const Tape& tape, std::size_t piece, std::size_t k)
      : k_(k), piece_(piece), ts_ns_(tape.ts_ns[piece * kPiece] + static_cast<TimeNs>(k)),
        symbol_(static_cast<SymbolId>((piece + k) % kSymbols)) {
    const double mid = tape.price[piece * kPiece];
    const std::size_t side = is_message() && piece % 8 == 3 ? 5'000 : piece % 9;
    for (const double step : {-0.01, 0.01}) {
      for (std::size_t i = 0; i < side; ++i) {
        price_.push_back(mid + step * static_cast<double>(i + 1));
        qty_.push_back(static_cast<double>((piece + i) % 5) + (is_message() ? 0.0 : 1.0));
      }
    }
  }
  [[nodiscard]] SymbolId symbol() const { return symbol_; }
  [[nodiscard]] bool is_time() const { return k_ == kBeside; }
  [[nodiscard]] TimeNs ts_ns() const { return ts_ns_; }
  [[nodiscard]] Clock clock() const {
    constexpr Clock kOrder[] = {Clock::kQuote, Clock::kBook, Clock::kBook, Clock::kBar,
                                Clock::kOwn,   Clock::kBook, Clock::kBook};
    return kOrder[k_ % 7];
  }
  /// Of a depth feed, where it is of the clock of books.
  [[nodiscard]] bool is_message() const { return clock() == Clock::kBook && k_ != 1; }
  /// Calls `with` with the event.
  template <class With>
  auto give(const With& with) const {
    const double mid = 100.0 + static_cast<double>(k_);
    const std::size_t size = price_.size() / 2;
    const BookSide bids{price_.data(), qty_.data(), size};
    const BookSide asks{price_.data() + size, qty_.data() + size, size};
    switch (clock()) {
      case Clock::kQuote: return with(Quote{ts_ns_, mid - 1, 1.0, mid + 1, 2.0});
      case Clock::kBar: return with(Bar{ts_ns_, mid, mid + 1, mid - 1, mid, 5.0, 1.0, mid, 3.0});
      case Clock::kOwn: return with(Fill{ts_ns_, mid, 1.0, 1});
      default: break;
    }
    if (!is_message()) return with(Book{ts_ns_, bids, asks});
    DepthUpdate update{ts_ns_, bids, asks, (piece_ + k_) % 3 == 0};
    if (symbol_ % 3 > 0) {  // most numbers overlap, so that they tell of few gaps
      update.last = static_cast<std::int64_t>(100 * piece_ + k_);
      update.first = update.last - (k_ % 4 == 3 ? 1 : 5'000);
    }
    return with(update);
  }

 private:
  std::size_t k_, piece_;
  TimeNs ts_ns_;
  SymbolId symbol_;
  std::vector<double> price_, qty_;
};

struct Case {
  std::size_t ring, workers;
  OnFull on_full;
  bool total;
};

/// Outputs and status of one trade, as bits.
using Row = std::vector<std::uint64_t>;
using Rows = std::map<std::uint64_t, Row>;

const std::vector<Setting> kShort = {
    {"k1", "window", {64}}, {"k2", "window", {64}}, {"regime", "step", {100}}};
const EngineOptions kStale = [] {
  EngineOptions options;
  options.stale_after_ns = 500'000'000;
  return options;
}();

class Reader {
 public:
  explicit Reader(const std::vector<PipelineOutput>& outputs) {
    for (const PipelineOutput& o : outputs) {
      real_.emplace_back(o.flag ? 0 : kMost);
      flag_.emplace_back(o.flag ? kMost : 0);
      columns_.push_back(
          {o.flag ? nullptr : real_.back().data(), o.flag ? flag_.back().data() : nullptr});
    }
  }
  /// Takes what there is; false when the order is not what was asked for.
  bool read(ParallelEngine& engine, bool total, Rows& rows) {
    bool good = true;
    while (const std::size_t n = engine.poll(kMost, {seq_, symbol_, status_, columns_})) {
      for (std::size_t i = 0; i < n; ++i) {
        std::uint64_t& last = last_[total ? 0 : symbol_[i]];
        good = good && (last == 0 || seq_[i] + 1 > last);
        last = seq_[i] + 1;
        Row& row = rows[seq_[i]];
        for (std::size_t c = 0; c < columns_.size(); ++c) {
          const bool real = columns_[c].real != nullptr;
          row.push_back(std::bit_cast<std::uint64_t>(real ? real_[c][i] : flag_[c][i]));
        }
        row.push_back(status_[i]);
      }
    }
    return good;
  }

 private:
  static constexpr std::size_t kMost = 777;
  std::uint64_t seq_[kMost] = {};
  SymbolId symbol_[kMost] = {};
  std::uint8_t status_[kMost] = {};
  std::vector<std::vector<double>> real_;
  std::vector<std::vector<std::uint8_t>> flag_;
  std::vector<OutputColumn> columns_;
  std::map<SymbolId, std::uint64_t> last_;
};

/// Events of which is said what became of them.
std::uint64_t ended(const Counters& c) {
  return c.processed + c.duplicate + c.late + c.rejected + c.dropped;
}

std::unique_ptr<ParallelEngine> make(const Case& c, std::string_view state) {
  ParallelOptions options;
  options.workers = c.workers;
  options.ring = c.ring;
  options.unread = 512;
  options.on_full = c.on_full;
  options.total_order = c.total;
  auto engine = facade::make_parallel(kText, kShort, kStale, options, state);
  for (std::size_t s = 0; s < kSymbols; ++s) engine->intern("S" + std::to_string(s));
  return engine;
}

/// The tape through a ParallelEngine in pieces, a leader tick before each piece; at some of them a
/// snapshot, and at the first snapshot it is made anew from the state with another number of
/// workers.
struct Drive {
  const Tape& tape;
  const Case& shape;
  Rows rows;
  std::uint64_t base = 0;        ///< events before the engine at work was made
  std::set<std::uint64_t> lost;  ///< those beside trades that were dropped
  bool good = true;
  std::string state;

  void run() {
    auto engine = make(shape, {});
    Reader reader(engine->outputs());
    const std::size_t size = tape.ts_ns.size(), piece = kPiece;
    std::shared_ptr<Snapshot> snapshot;
    for (std::size_t at = 0; at < size; at += piece) {
      const std::size_t end = std::min(size, at + piece);
      (void)engine->on_leader(tape.ts_ns[at], 100 + static_cast<double>(at % 13), leader(at));
      submit(*engine, reader, at, end);
      submit_beside(*engine, reader, at / piece);
      if (at % (piece * 16) == 0) {
        while (!(snapshot = engine->snapshot(kPatience))) read(*engine, reader);
      }
      if (at / piece == size / piece / 2) engine = again(*engine, reader);
    }
    while (!engine->flush(kPatience)) {
    }
    read(*engine, reader);
    while (!(snapshot = engine->snapshot(kPatience))) {
    }
    while (!engine->wait_snapshot(*snapshot, kPatience)) {
    }
    state = snapshot->state();
    for (std::size_t clock = 0; clock < kClocks; ++clock) {
      for (const Counters& c : engine->counters(static_cast<Clock>(clock))) {
        good = good && c.held == 0 && c.in == ended(c);
      }
    }
    engine->close();
    engine->close();
  }

  [[nodiscard]] static SymbolId leader(std::size_t at) {
    return at % 3 == 0 ? static_cast<SymbolId>(at % kSymbols % 2) : Engine::kShared;
  }

 private:
  void read(ParallelEngine& engine, Reader& reader) {
    Rows part;
    good = reader.read(engine, shape.total, part) && good;
    for (auto& [seq, row] : part) rows[base + seq] = std::move(row);
  }
  void submit(ParallelEngine& engine, Reader& reader, std::size_t at, std::size_t end) {
    for (std::size_t done = at; done < end;) {
      const SubmitResult result = engine.submit(tape.columns(end), done, kPatience);
      done = result.rows;
      if (result.end != SubmitResult::End::kAll || done % 5 == 0) read(engine, reader);
    }
  }
  void submit_beside(ParallelEngine& engine, Reader& reader, std::size_t piece) {
    for (std::size_t k = 0; k < kBeside; ++k) {
      const Beside event(tape, piece, k);
      SubmitResult result{.end = SubmitResult::End::kPatience};
      while (result.end != SubmitResult::End::kAll) {
        result = event.give(
            [&](const auto& it) { return engine.submit(event.symbol(), it, kPatience); });
        read(engine, reader);
      }
      if (result.dropped > 0) lost.insert(base + engine.next_seq() - 1);
    }
    const Beside time(tape, piece, kBeside);
    const SymbolId whose = piece % 2 == 0 ? time.symbol() : Engine::kShared;
    while (!engine.on_time(time.ts_ns(), whose, kPatience)) read(engine, reader);
  }
  /// The other engine starts with new leaders due and a sequence from 0.
  std::unique_ptr<ParallelEngine> again(ParallelEngine& engine, Reader& reader) {
    std::shared_ptr<Snapshot> snapshot;
    while (!(snapshot = engine.snapshot(kPatience))) read(engine, reader);
    while (!engine.flush(kPatience) || !engine.wait_snapshot(*snapshot, kPatience))
      read(engine, reader);
    read(engine, reader);
    base += engine.next_seq();
    reader = Reader(engine.outputs());
    Case other = shape;
    other.workers = shape.workers % 3 + 1;
    return make(other, snapshot->state());
  }
};

/// The events behind a piece, those that were taken, and the number of the next.
std::uint64_t feed_beside(Engine& engine, const Drive& drive, std::size_t piece,
                          std::uint64_t seq) {
  const auto on = [&](SymbolId symbol, const auto& event, const double** row) {
    if constexpr (requires { event.snapshot; }) {
      (void)engine.on_depth(symbol, event, row);
    } else if constexpr (requires { event.bids; }) {
      (void)engine.on_book(symbol, event, row);
    } else if constexpr (requires { event.bid; }) {
      (void)engine.on_quote(symbol, event, row);
    } else if constexpr (requires { event.open; }) {
      (void)engine.on_bar(symbol, event, row);
    } else {
      (void)engine.on_fill(symbol, event, row);
    }
  };
  for (std::size_t k = 0; k < kBeside; ++k, ++seq) {
    const Beside event(drive.tape, piece, k);
    const double* row = nullptr;
    if (drive.lost.contains(seq)) {
      engine.count_dropped(event.symbol(), 1, event.clock());
      if (event.clock() == Clock::kBook) engine.lose_book(event.symbol());
    } else {
      event.give([&](const auto& it) { on(event.symbol(), it, &row); });
    }
  }
  const Beside time(drive.tape, piece, kBeside);
  (void)engine.on_time(time.ts_ns(), piece % 2 == 0 ? time.symbol() : Engine::kShared);
  return seq;
}

/// What one Engine says to the events that were taken.
bool same_as_one(const Drive& drive) {
  const auto engine = facade::make_engine(kText, kShort, kStale, true);
  for (std::size_t s = 0; s < kSymbols; ++s) engine->intern("S" + std::to_string(s));
  const Tape& tape = drive.tape;
  const std::size_t width = engine->outputs().size();
  std::uint64_t seq = 0;
  for (std::size_t i = 0; i < tape.ts_ns.size(); ++i, ++seq) {
    if (i % kPiece == 0 && i > 0) seq = feed_beside(*engine, drive, i / kPiece - 1, seq);
    if (i % kPiece == 0) {
      (void)engine->on_leader(tape.ts_ns[i], 100 + static_cast<double>(i % 13), Drive::leader(i));
    }
    const auto found = drive.rows.find(seq);
    if (found == drive.rows.end()) {
      engine->count_dropped(tape.symbol[i], 1);
      continue;
    }
    const double* row = nullptr;
    const Trade trade{tape.ts_ns[i], tape.price[i], tape.qty[i], tape.side[i]};
    const Status status = engine->on_trade(tape.symbol[i], trade, kNoId, &row);
    for (std::size_t c = 0; c < width; ++c) {
      const double value = row[engine->outputs()[c].slot];
      if (found->second[c] != std::bit_cast<std::uint64_t>(value)) return false;
    }
    if (found->second[width] != static_cast<std::uint64_t>(status)) return false;
  }
  (void)feed_beside(*engine, drive, (tape.ts_ns.size() - 1) / kPiece, seq);
  return engine->save() == drive.state;
}

/// Ends while rings are full and somebody reads the facts: nobody may hang, all is accounted for.
bool ends_at_once(const Tape& tape, const Case& c) {
  const auto engine = make(c, {});
  std::atomic<bool> over = false;
  std::thread reader([&] {
    // relaxed: it ends soon enough.
    while (!over.load(std::memory_order_relaxed)) {
      for (std::size_t w = 0; w < engine->worker_count(); ++w) (void)engine->facts(w);
    }
  });
  const SubmitResult result = engine->submit(tape.columns(tape.ts_ns.size()), 0, kPatience);
  std::size_t handed = result.rows;
  for (std::size_t k = 0; k < kBeside; ++k) {
    const Beside event(tape, 5, k);
    handed += event.give([&](const auto& it) { return engine->submit(3, it, kPatience).rows; });
  }
  engine->set_flag(Engine::kShared, kHalted, true);
  engine->set_flag(3, kFeedDown, true);
  engine->close();
  over.store(true, std::memory_order_relaxed);
  reader.join();
  std::uint64_t in = 0, rest = 0;
  for (std::size_t clock = 0; clock < kClocks; ++clock) {
    for (const Counters& k : engine->counters(static_cast<Clock>(clock))) {
      in += k.in;
      rest += ended(k) + k.held;
    }
  }
  return in == handed && in == rest;
}

}  // namespace

int main(int argc, char** argv) {
  const Tape tape(argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 6'000);
  int failures = 0;
  for (const std::size_t ring : {2U, 8U, 1024U}) {
    for (const OnFull on_full : {OnFull::kBlock, OnFull::kDrop, OnFull::kError}) {
      for (const std::size_t workers : {1U, 2U, 5U}) {
        const Case c{ring, workers, on_full, workers == 2};
        Drive drive{tape, c, {}, 0, {}, true, {}};
        drive.run();
        const bool same = same_as_one(drive), ends = ends_at_once(tape, c);
        const bool all = on_full == OnFull::kDrop || drive.rows.size() == tape.ts_ns.size();
        const bool good = drive.good && same && ends && all;
        failures += good ? 0 : 1;
        std::printf("%s  ring %zu, %s, %zu workers: %zu of %zu trades, %zu others lost%s%s%s\n",
                    good ? "ok  " : "FAIL", ring,
                    on_full == OnFull::kBlock  ? "block"
                    : on_full == OnFull::kDrop ? "drop"
                                               : "error",
                    workers, drive.rows.size(), tape.ts_ns.size(), drive.lost.size(),
                    drive.good ? "" : ", order or counters", same ? "" : ", bits",
                    ends ? "" : ", end");
      }
    }
  }
  return failures;
}
