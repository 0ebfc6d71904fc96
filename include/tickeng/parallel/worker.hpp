// One worker of a ParallelEngine: a thread with an Engine of its own, a ring of records in and one
// of the levels of books, an outbox of decisions back.
//
// The thread makes everything it works on itself, so that memory is near its processor. A batch is
// what waits in the ring; its trades are worked off symbol by symbol, other events as they come,
// each once its last record is there. Between two batches it looks for a task: a function that the
// submitting thread wants run here, ahead of what waits.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "tickeng/engine/engine.hpp"
#include "tickeng/engine/state_parts.hpp"
#include "tickeng/event/record.hpp"
#include "tickeng/parallel/outbox.hpp"
#include "tickeng/parallel/snapshot.hpp"
#include "tickeng/queue/parker.hpp"
#include "tickeng/queue/spsc_ring.hpp"
#include "tickeng/queue/tally.hpp"

namespace tickeng {

class Worker {
 public:
  static constexpr std::size_t kBatch = 2048;  // records between two looks around
  static constexpr std::size_t kFresh = 64;    // new symbols that end a batch
  static constexpr std::size_t kPiece = 256;   // rows of one symbol as columns
  static constexpr std::size_t kBuckets = 40;  // latencies below 2^i ns, the last one: any
  /// Of books in progress, at least; one event has up to 20,000.
  static constexpr std::size_t kLevels = 32768;
  using Task = std::function<void(Worker&)>;

  struct Plan {
    std::shared_ptr<const Pipeline> pipeline;
    EngineOptions options;
    std::size_t index = 0;  ///< which worker this is
    std::size_t ring = 0;
    std::size_t outbox = 0;      ///< 0: decisions are not kept
    Clock rows = Clock::kTrade;  ///< whose events have decisions
    unsigned spins = 0;
    bool sleeps = true;
    int cpu = -1;                                       ///< to be pinned to; -1: to none
    const std::atomic<std::uint32_t>* flags = nullptr;  ///< StepFlag bits for all symbols
    const StateParts* state = nullptr;  ///< where to continue; needed until started() holds
    std::vector<SymbolId> codes;        ///< symbols of `state` that are this worker's
  };
  enum class Phase : int { kStarting, kRunning, kEnded, kFailed };

  /// Starts the thread; wakes `submitter` whenever something has moved.
  Worker(Plan plan, queue::Parker& submitter);
  ~Worker() { stop(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // For the submitting thread.
  [[nodiscard]] queue::SpscRing<Record>& inbox() noexcept { return *inbox_; }
  /// Levels of books, which go with their record; at least kLevels.
  [[nodiscard]] queue::SpscRing<BookLevel>& levels() noexcept { return *levels_; }
  [[nodiscard]] Outbox& outbox() noexcept { return *outbox_; }
  void wake() noexcept { parker_.wake(); }
  /// Runs `task` on the worker's thread before its next batch, or here when that has ended.
  /// `wait` is called with a condition and returns when it holds.
  template <class Wait>
  void ask(const Task& task, const Wait& wait) {
    if (phase() != Phase::kRunning) return task(*this);
    // release: the worker sees what the task refers to.
    task_.store(&task, std::memory_order_release);
    wake();
    wait([this] { return task_.load(std::memory_order_acquire) == nullptr; });
  }
  /// The thread ends before its next batch.
  void close() noexcept {
    if (inbox_) inbox_->close();
    wake();
  }
  /// Closes and waits for the end. In a forked child there is no thread to wait for.
  void stop() noexcept;

  // For anybody.
  // acquire: with the phase comes what the thread made while it was in the one before.
  [[nodiscard]] Phase phase() const noexcept { return phase_.load(std::memory_order_acquire); }
  /// Events that are done. acquire: their decisions can be read, their counters asked for.
  [[nodiscard]] std::uint64_t done() const noexcept {
    return done_.load(std::memory_order_acquire);
  }
  /// Timers that have passed. acquire: what they did can be asked for.
  [[nodiscard]] std::uint64_t times() const noexcept {
    return times_.load(std::memory_order_acquire);
  }
  [[nodiscard]] std::uint64_t high_water() const noexcept { return high_water_.get(); }
  [[nodiscard]] std::uint64_t sleeps() const noexcept { return parker_.sleeps(); }
  [[nodiscard]] std::uint64_t latency(std::size_t bucket) const noexcept {
    return latency_[bucket].get();
  }
  [[nodiscard]] int cpu() const noexcept { return cpu_; }
  /// Why it is not pinned; empty when it is, or was not meant to be. Written before kRunning.
  [[nodiscard]] const std::string& pin_refusal() const noexcept { return pin_refusal_; }
  /// Why it failed. Written before kFailed.
  [[nodiscard]] const std::exception_ptr& fault() const noexcept { return fault_; }

  // For tasks.
  [[nodiscard]] Engine& engine() noexcept { return *engine_; }
  /// The engine's id of a symbol, which it gets to know here if need be.
  SymbolId introduce(SymbolId code, const std::string& name);
  /// Whether the symbol has come here yet, and its id then.
  [[nodiscard]] SymbolId local(SymbolId code) const noexcept {
    return code < symbols_.size() ? symbols_[code].local : kUnknown;
  }
  static constexpr SymbolId kUnknown = UINT32_MAX;

 private:
  void live() noexcept;
  void build();
  void serve();
  void heed_flags();
  /// A symbol and its trades in the batch at hand, a chain of rows.
  struct Symbol {
    SymbolId local = kUnknown;
    std::uint32_t size = 0, first = 0, last = kBatch;
  };
  /// A batch by symbol, and a piece of one symbol's trades as columns.
  struct Scratch {
    std::array<SymbolId, kBatch> codes;          ///< symbols, in the order of their first trades
    std::array<std::uint32_t, kBatch + 1> next;  ///< the row of the symbol's next trade
    std::array<TimeNs, kPiece> ts_ns;
    std::array<double, kPiece> price, qty;
    std::array<std::int8_t, kPiece> side;
    std::array<SymbolId, kPiece> symbol;
    std::array<std::int64_t, kPiece> id;
    std::array<std::uint32_t, kPiece> slot;  ///< in the outbox
    Outbox rows;                             ///< outputs, before they go to slots that are apart
    std::vector<OutputColumn> columns;

    Scratch(std::span<const PipelineOutput> outputs, Clock clock)
        : rows(kPiece, outputs, clock), columns(outputs.size()) {}
  };
  /// One side of a book.
  struct SideBuffer {
    std::vector<double> price, qty;

    void take(queue::SpscRing<BookLevel>& levels, std::size_t size);
    [[nodiscard]] BookSide view() const noexcept {
      return {price.data(), qty.data(), price.size()};
    }
  };

  std::size_t take(std::span<const Record> batch);
  void see_leader(const Record& record);
  void pass_time(const Record& record);
  void obey(const Record& request);
  void take_event(const Record& record);
  void take_book(const Record& record);
  template <class Event>
  void feed(const Record& record, Clock clock,
            Status (Engine::*on)(SymbolId, const Event&, const double**), const Event& event);
  [[nodiscard]] bool writes(Clock clock) const noexcept { return clock == plan_.rows; }
  std::size_t take_trades(std::span<const Record> records);
  void run_ticks(const Record* records, const Symbol& symbol, std::uint64_t at);
  void run_columns(const Record* records, const Symbol& symbol, std::uint64_t at);
  void save_part(Snapshot& snapshot);
  std::uint64_t note_latency(std::span<const Record> batch) noexcept;

  Plan plan_;
  queue::Parker& submitter_;
  const int owner_;  // process
  queue::Parker parker_;
  std::string pin_refusal_;
  std::exception_ptr fault_;
  int cpu_;
  std::unique_ptr<queue::SpscRing<Record>> inbox_;
  std::unique_ptr<queue::SpscRing<BookLevel>> levels_;
  std::unique_ptr<Outbox> outbox_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Scratch> scratch_;
  SideBuffer bids_, asks_;
  BarPayload bar_{};
  std::vector<Symbol> symbols_;  // by code
  std::uint32_t flags_ = 0;
  std::size_t fresh_ = 0;  // symbols that the batch at hand introduced
  alignas(queue::kLine) std::atomic<const Task*> task_ = nullptr;      // written by the submitter
  alignas(queue::kLine) std::atomic<Phase> phase_ = Phase::kStarting;  // written by the worker
  std::atomic<std::uint64_t> done_ = 0, times_ = 0;
  queue::Tally high_water_;
  std::array<queue::Tally, kBuckets> latency_;
  std::thread thread_;
};

}  // namespace tickeng
