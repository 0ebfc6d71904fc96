// ParallelEngine takes no memory for a tick: once the windows of every symbol are full, operator
// new is called by no thread, whatever the mix of symbols, the leaders, the quotes and books beside
// the trades and the policy.
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "draw.hpp"
#include "tickeng/facade/engine.hpp"

namespace {

std::atomic<std::uint64_t> allocations = 0;  // relaxed everywhere: a number of all threads

void* counted(std::size_t size, std::size_t alignment) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  void* const memory =
      std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

// The forms for arrays and without exceptions call these.
void* operator new(std::size_t size) { return counted(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return counted(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace {

using namespace tickeng;

constexpr std::size_t kSymbols = 40, kTrades = 20'000, kMost = 1'000;
constexpr std::size_t kFull = 2'100;  // trades of a symbol behind which its windows have all memory
constexpr std::size_t kFew = 200;     // trades that no policy drops
constexpr TimeNs kPatience = 20'000'000;

struct Tape {
  std::vector<TimeNs> ts_ns;
  std::vector<double> price, qty;
  std::vector<std::int8_t> side;
  std::vector<SymbolId> symbol;

  /// A trade of every symbol; then each is of the symbol before it with this probability, else of
  /// any of `symbols`.
  Tape(double same, std::size_t symbols) {
    Draw draw;
    SymbolId at = 0;
    for (std::size_t i = 0; i < kTrades; ++i) {
      if (i < kSymbols) {
        at = static_cast<SymbolId>(i);
      } else if (draw() >= same) {
        at = static_cast<SymbolId>(draw() * static_cast<double>(symbols));
      }
      ts_ns.push_back(static_cast<TimeNs>(i) * 1'000'000);
      price.push_back(i % 500 == 499 ? -1.0 : 100.0 + std::floor(20 * draw()));  // some are refused
      qty.push_back(0.001 + draw());
      side.push_back(draw() < 0.5 ? -1 : 1);
      symbol.push_back(at);
    }
  }
};

struct Case {
  const char* name;
  double same;
  std::size_t symbols, workers, piece, unread;
  OnFull on_full;
};

class Run {
 public:
  explicit Run(const Case& c) : case_(c), tape_(c.same, c.symbols) {
    ParallelOptions options;
    options.workers = c.workers;
    options.unread = c.unread;
    options.on_full = c.on_full;
    engine_ =
        facade::make_parallel("chain; mid_spread; depth_imbalance; rsi(bar)", {}, {}, options, {});
    for (std::size_t s = 0; s < kSymbols + 1; ++s) engine_->intern("S" + std::to_string(s));
    for (const PipelineOutput& o : engine_->outputs()) {
      real_.emplace_back(o.flag ? 0 : kMost);
      flag_.emplace_back(o.flag ? kMost : 0);
      columns_.push_back(
          {o.flag ? nullptr : real_.back().data(), o.flag ? flag_.back().data() : nullptr});
    }
  }
  /// Trades of every symbol until its windows have all their memory.
  void fill() {
    const Tape passing = std::exchange(tape_, Tape(0.0, kSymbols));
    for (TimeNs& ts_ns : tape_.ts_ns) ts_ns += clock_;
    for (std::size_t i = 0; i < kTrades; ++i) {
      tape_.symbol[i] = static_cast<SymbolId>(i % kSymbols);
      tape_.price[i] = 100.0;
    }
    for (std::size_t seen = 0; seen < kFull; seen += kTrades / kSymbols) {
      for (std::size_t at = 0; at < kTrades; at += kFew) {
        submit(at, at + kFew);
        drain();
      }
      advance();
    }
    tape_ = passing;
    for (TimeNs& ts_ns : tape_.ts_ns) ts_ns += clock_;
  }
  /// How often memory was taken while the tape went through, a leader tick before each piece.
  std::uint64_t pass() {
    const std::uint64_t before = allocations.load(std::memory_order_relaxed);
    for (std::size_t at = 0; at < kTrades; at += case_.piece) {
      const SymbolId led = at % 3 == 0 ? static_cast<SymbolId>(at % 2) : Engine::kShared;
      (void)engine_->on_leader(clock_ + tape_.ts_ns[at], 100.0 + static_cast<double>(at % 13), led);
      submit(at, std::min(kTrades, at + case_.piece));
      if (at % kSymbols == 0) beside(at);
    }
    advance();
    drain();
    return allocations.load(std::memory_order_relaxed) - before;
  }
  /// The same for the first trade of a symbol.
  std::uint64_t first_trade() {
    const std::uint64_t before = allocations.load(std::memory_order_relaxed);
    tape_.symbol[0] = kSymbols;
    submit(0, 1);
    drain();
    return allocations.load(std::memory_order_relaxed) - before;
  }
  [[nodiscard]] std::size_t decisions() const { return decisions_; }

 private:
  /// The next pass is later.
  void advance() {
    clock_ += static_cast<TimeNs>(kTrades) * 1'000'000;
    for (TimeNs& ts_ns : tape_.ts_ns) ts_ns += static_cast<TimeNs>(kTrades) * 1'000'000;
  }
  /// A quote, a book, two messages, a bar and a fill of one symbol, and the time of all.
  void beside(std::size_t at) {
    const auto whose = static_cast<SymbolId>(at / kSymbols % kSymbols);
    const TimeNs ts_ns = tape_.ts_ns[at];
    const double price[] = {100, 99, 98}, qty[] = {1, 2, 3}, above[] = {101, 102, 103};
    const auto hand = [&](const auto& event) {
      while (engine_->submit(whose, event, kPatience).rows == 0) read();
    };
    hand(Quote{ts_ns, 100, 1, 101, 1});
    hand(Book{ts_ns, {price, qty, 3}, {above, qty, 3}});
    hand(DepthUpdate{ts_ns, {price, qty, 3}, {above, qty, 3}, true});
    hand(DepthUpdate{ts_ns, {price, qty + 1, 1}, {above, qty + 1, 2}});
    hand(Bar{ts_ns, 100, 101, 99, 100, 5, 1, 100, 3});
    hand(Fill{ts_ns, 100, 1, 1});
    while (!engine_->on_time(ts_ns, Engine::kShared, kPatience)) read();
  }
  void submit(std::size_t at, std::size_t end) {
    const TradeColumns trades{tape_.ts_ns.data(),
                              tape_.price.data(),
                              tape_.qty.data(),
                              tape_.side.data(),
                              tape_.symbol.data(),
                              nullptr,
                              end};
    for (std::size_t done = at; done < end; read()) {
      done = engine_->submit(trades, done, kPatience).rows;
    }
  }
  void read() {
    while (const std::size_t n = engine_->poll(kMost, {seq_, symbol_, status_, columns_})) {
      decisions_ += n;
    }
  }
  void drain() {
    while (!engine_->flush(kPatience)) {
    }
    read();
  }

  Case case_;
  Tape tape_;
  TimeNs clock_ = 0;
  std::size_t decisions_ = 0;
  std::uint64_t seq_[kMost] = {};
  SymbolId symbol_[kMost] = {};
  std::uint8_t status_[kMost] = {};
  std::vector<std::vector<double>> real_;
  std::vector<std::vector<std::uint8_t>> flag_;
  std::vector<OutputColumn> columns_;
  std::unique_ptr<ParallelEngine> engine_;
};

}  // namespace

int main() {
  int failures = 0;
  for (const Case& c : {Case{"a mix", 0.0, kSymbols, 2, 640, 4096, OnFull::kBlock},
                        Case{"two symbols in turns", 0.0, 2, 1, 3'000, 4096, OnFull::kBlock},
                        Case{"stretches", 0.995, kSymbols, 3, 3'000, 4096, OnFull::kBlock},
                        Case{"one by one", 0.5, kSymbols, 2, 1, 256, OnFull::kDrop},
                        Case{"no decisions", 0.5, kSymbols, 2, 640, 0, OnFull::kBlock}}) {
    Run run(c);
    const std::uint64_t cold = run.pass();
    run.fill();
    const std::uint64_t warm = run.pass() + run.pass();
    const std::uint64_t fresh = run.first_trade();
    const std::size_t wanted = c.unread == 0                 ? 0
                               : c.on_full == OnFull::kBlock ? 3 * kTrades + 1
                                                             : c.unread;  // none drops before
    const bool complete = run.decisions() >= wanted;
    const bool good = cold > 0 && warm == 0 && fresh > 0 && complete;
    failures += good ? 0 : 1;
    std::printf(
        "%s  %s, %zu workers: %llu allocations at first, %llu in %zu trades, %llu for a new "
        "symbol\n",
        good ? "ok  " : "FAIL", c.name, c.workers, static_cast<unsigned long long>(cold),
        static_cast<unsigned long long>(warm), 2 * kTrades, static_cast<unsigned long long>(fresh));
  }
  return failures;
}
