// One symbol's blocks through its graph on several threads: a unit of the graph may run over block
// b once it has run over block b - 1 and the units that it reads have run over block b.
//
// Each unit sees the same rows in the same order whatever the number of threads, so the bits are
// the same. What another unit reads stays in a ring of a few blocks; all else is filled by a thread
// in columns of its own and written to its rows at once. A thread keeps the units that it has run,
// whose state is in its cache, and takes one of another thread when none of its own is ready.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "tickeng/graph/pipeline.hpp"

namespace tickeng {

class Wavefront {
 public:
  /// Fills the next block and says at which row it begins; called by one thread at a time.
  using Source = std::function<std::size_t(TradeBlock&)>;

  struct Job {
    Graph* graph;
    const Source& source;
    std::size_t blocks;
    std::span<const OutputColumn> columns;
    bool past_caches;  ///< how they are written
    double* row;       ///< takes the last outputs
  };

  /// For graphs of this pipeline.
  Wavefront(const Pipeline& pipeline, std::size_t workers);
  [[nodiscard]] std::size_t workers() const noexcept { return tables_.size(); }
  void run(const Job& job);

 private:
  static constexpr std::size_t kRing = 8;  // blocks in flight

  struct Output {
    std::size_t slot, column;
  };
  struct Unit {
    std::size_t first = 0, width = 0;  ///< slots
    std::vector<std::size_t> inputs;   ///< units whose block it waits for
    std::vector<Output> outputs;       ///< what of it is written
  };
  struct Entry {
    TradeBlock block;
    std::size_t first = 0;  ///< row
  };
  /// Of one worker: where a unit finds and leaves its columns, by entry of the ring and slot.
  struct Tables {
    std::vector<TradeBlock::Column> own;
    std::array<std::vector<double*>, kRing> slots;
  };
  struct alignas(64) Progress {
    std::atomic<std::size_t> done = 0;   ///< blocks
    std::atomic<bool> is_taken = false;  ///< by the thread that runs it
  };

  void set_tables(std::span<const Pipeline::UnitSlots> units);
  void work(std::size_t worker);
  bool sweep(std::size_t worker, bool own);
  bool advance(std::size_t unit, std::size_t worker);
  [[nodiscard]] std::size_t ready(std::size_t unit) const noexcept;
  [[nodiscard]] std::size_t least(const std::vector<std::size_t>& units) const noexcept;
  void run_unit(std::size_t unit, std::size_t block, std::size_t worker) noexcept;
  void write(const Output& output, const double* column, const Entry& entry) const noexcept;

  std::vector<Unit> units_;  // last, without slots, the source, which waits for those nobody reads
  std::vector<TradeBlock::Column> ring_;
  std::vector<Entry> entries_;
  std::vector<Tables> tables_;  // by worker
  std::vector<Progress> progress_;
  std::vector<std::atomic<std::size_t>> owner_;  // by unit: the worker that ran it last
  const Job* job_ = nullptr;                     // in progress
};

}  // namespace tickeng
