// ParallelEngine from C++: rings of 2, 8 and 1,024 records x {block, drop, error} x workers, with
// leaders, marks on the way, flags, a thread that reads the facts all the time, and an end in the
// middle. Decisions and saved state must be, bit for bit, those of one Engine over the trades that
// were taken. ThreadSanitizer watches the same program (make threads).
//   parallel_stress [trades a case]
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "draw.hpp"
#include "tickeng/facade/engine.hpp"

namespace {

using namespace tickeng;

constexpr std::size_t kSymbols = 7;
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

struct Case {
  std::size_t ring, workers;
  OnFull on_full;
  bool total;
};

/// Outputs and status of one trade, as bits.
using Row = std::vector<std::uint64_t>;
using Rows = std::map<std::uint64_t, Row>;

const std::vector<Setting> kShort = {
    {"k1", "window", 64}, {"k2", "window", 64}, {"regime", "step", 100}};

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

std::unique_ptr<ParallelEngine> make(const Case& c, std::string_view state) {
  ParallelOptions options;
  options.workers = c.workers;
  options.ring = c.ring;
  options.unread = 512;
  options.on_full = c.on_full;
  options.total_order = c.total;
  auto engine = facade::make_parallel("chain", kShort, {}, options, state);
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
  std::uint64_t base = 0;  ///< trades before the engine at work was made
  bool good = true;
  std::string state;

  void run() {
    auto engine = make(shape, {});
    Reader reader(engine->outputs());
    const std::size_t size = tape.ts_ns.size(), piece = 61;
    std::shared_ptr<Snapshot> snapshot;
    for (std::size_t at = 0; at < size; at += piece) {
      const std::size_t end = std::min(size, at + piece);
      (void)engine->on_leader(tape.ts_ns[at], 100 + static_cast<double>(at % 13), leader(at));
      submit(*engine, reader, at, end);
      if (at % (piece * 16) == 0) {
        while (!(snapshot = engine->snapshot(kPatience))) read(*engine, reader);
      }
      if (at / piece == size / piece / 2) engine = again(*engine, reader, end);
    }
    while (!engine->flush(kPatience)) {
    }
    read(*engine, reader);
    while (!(snapshot = engine->snapshot(kPatience))) {
    }
    while (!engine->wait_snapshot(*snapshot, kPatience)) {
    }
    state = snapshot->state();
    for (const Counters& c : engine->counters()) {
      good = good && c.held == 0 && c.in == c.processed + c.late + c.rejected + c.dropped;
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
  /// The other engine starts with new leaders due and a sequence from 0.
  std::unique_ptr<ParallelEngine> again(ParallelEngine& engine, Reader& reader, std::size_t done) {
    std::shared_ptr<Snapshot> snapshot;
    while (!(snapshot = engine.snapshot(kPatience))) read(engine, reader);
    while (!engine.flush(kPatience) || !engine.wait_snapshot(*snapshot, kPatience))
      read(engine, reader);
    read(engine, reader);
    base = done;
    reader = Reader(engine.outputs());
    Case other = shape;
    other.workers = shape.workers % 3 + 1;
    return make(other, snapshot->state());
  }
};

/// What one Engine says to the trades that were taken.
bool same_as_one(const Drive& drive) {
  const auto engine = facade::make_engine("chain", kShort, {}, true);
  for (std::size_t s = 0; s < kSymbols; ++s) engine->intern("S" + std::to_string(s));
  const Tape& tape = drive.tape;
  const std::size_t width = engine->outputs().size();
  for (std::size_t i = 0; i < tape.ts_ns.size(); ++i) {
    if (i % 61 == 0) {
      (void)engine->on_leader(tape.ts_ns[i], 100 + static_cast<double>(i % 13), Drive::leader(i));
    }
    const auto found = drive.rows.find(i);
    if (found == drive.rows.end()) {
      engine->count_dropped(tape.symbol[i], 1);
      continue;
    }
    const double* row = nullptr;
    const Trade trade{tape.ts_ns[i], tape.price[i], tape.qty[i], tape.side[i]};
    const Status status = engine->on_trade(tape.symbol[i], trade, kNoId, &row);
    for (std::size_t c = 0; c < width; ++c) {
      if (found->second[c] != std::bit_cast<std::uint64_t>(row[c])) return false;
    }
    if (found->second[width] != static_cast<std::uint64_t>(status)) return false;
  }
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
  engine->set_flag(Engine::kShared, kHalted, true);
  engine->set_flag(3, kFeedDown, true);
  engine->close();
  over.store(true, std::memory_order_relaxed);
  reader.join();
  std::uint64_t in = 0, rest = 0;
  for (const Counters& k : engine->counters()) {
    in += k.in;
    rest += k.processed + k.late + k.rejected + k.dropped + k.held;
  }
  return in == result.rows && in == rest;
}

}  // namespace

int main(int argc, char** argv) {
  const Tape tape(argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 6'000);
  int failures = 0;
  for (const std::size_t ring : {2U, 8U, 1024U}) {
    for (const OnFull on_full : {OnFull::kBlock, OnFull::kDrop, OnFull::kError}) {
      for (const std::size_t workers : {1U, 2U, 5U}) {
        const Case c{ring, workers, on_full, workers == 2};
        Drive drive{tape, c, {}, 0, true, {}};
        drive.run();
        const bool same = same_as_one(drive), ends = ends_at_once(tape, c);
        const bool all = on_full == OnFull::kDrop || drive.rows.size() == tape.ts_ns.size();
        const bool good = drive.good && same && ends && all;
        failures += good ? 0 : 1;
        std::printf("%s  ring %zu, %s, %zu workers: %zu of %zu trades%s%s%s\n",
                    good ? "ok  " : "FAIL", ring,
                    on_full == OnFull::kBlock  ? "block"
                    : on_full == OnFull::kDrop ? "drop"
                                               : "error",
                    workers, drive.rows.size(), tape.ts_ns.size(),
                    drive.good ? "" : ", order or counters", same ? "" : ", bits",
                    ends ? "" : ", end");
      }
    }
  }
  return failures;
}
