// A counter with one writer that anybody may read at any time. It costs the writer what a plain
// number would: a load, an addition and a store, no locked instruction.
#pragma once

#include <atomic>
#include <cstdint>

namespace tickeng::queue {

class Tally {
 public:
  // relaxed: a number to show, which orders nothing. There is one writer, so none gets lost.
  void add(std::uint64_t n = 1) noexcept {
    n_.store(n_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  void raise_to(std::uint64_t n) noexcept {
    if (n > n_.load(std::memory_order_relaxed)) n_.store(n, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t get() const noexcept { return n_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> n_ = 0;
};

}  // namespace tickeng::queue
