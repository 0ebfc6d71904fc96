// Where one thread waits for something that others do: it spins, then sleeps.
//
// The waiter's condition is any atomics that wakers store to before they call wake(). No wake-up
// is lost, because each side stores, fences, then loads what the other stored (Dekker):
//   S1 sleeper  asleep.store(1)      S2  fence(seq_cst)    S3  condition? then asleep.store(0), go
//   S4 sleeper  futex_wait(asleep, 1), which returns at once unless asleep is 1; then back to S1
//   W1 waker    stores the condition W2  fence(seq_cst)    W3  asleep.load() == 0? then done
//   W4 waker    asleep.exchange(0) == 1? then futex_wake(asleep)
// Either S3 sees the condition or W3 sees the sleeper. While nobody sleeps, wake() is a fence and a
// load of a line that nobody writes. Trap: what the condition guards is published by its own
// release and acquire, never by this.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>

#include "tickeng/base/time.hpp"

namespace tickeng::queue {

inline void pause() noexcept { __builtin_ia32_pause(); }

class Parker {
 public:
  static constexpr TimeNs kForEver = INT64_MAX;

  /// `spins`: looks at the condition before it sleeps; `sleeps` false: never sleeps.
  explicit Parker(unsigned spins, bool sleeps = true) : spins_(spins), sleeps_(sleeps) {}
  Parker(const Parker&) = delete;
  Parker& operator=(const Parker&) = delete;

  /// For the one waiter: returns when `ready()` holds, or after about `patience_ns`; whether it
  /// holds.
  template <class Ready>
  bool wait(const Ready& ready, TimeNs patience_ns = kForEver) noexcept {
    if (ready()) return true;
    const TimeNs end_ns = patience_ns == kForEver ? kForEver : now_ns() + patience_ns;
    for (unsigned spin = 0; !sleeps_ || spin < spins_; ++spin) {
      if (ready()) return true;
      if (spin % 256 == 255 && now_ns() >= end_ns) return false;
      pause();
    }
    return sleep(ready, end_ns);
  }
  /// For anybody, after a change that may make the waiter's condition hold.
  void wake() noexcept {
    if (!sleeps_) return;
    // seq_cst: the store before this call and the load after it must not be reordered.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (asleep_.load(std::memory_order_relaxed) == 0) return;
    // relaxed: the futex call orders itself; the condition has its own release.
    if (asleep_.exchange(0, std::memory_order_relaxed) == 1) futex(FUTEX_WAKE_PRIVATE, 1, nullptr);
  }
  /// How often the waiter went to sleep: for anybody.
  [[nodiscard]] std::uint64_t sleeps() const noexcept {
    return count_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] static TimeNs now_ns() noexcept {
    return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
  }

 private:
  template <class Ready>
  [[gnu::noinline]] bool sleep(const Ready& ready, TimeNs end_ns) noexcept {
    for (;;) {
      asleep_.store(1, std::memory_order_relaxed);
      // seq_cst: as in wake(), the other way round.
      std::atomic_thread_fence(std::memory_order_seq_cst);
      const bool holds = ready();
      const TimeNs left_ns = end_ns == kForEver ? kForEver : end_ns - now_ns();
      if (holds || left_ns <= 0) {
        asleep_.store(0, std::memory_order_relaxed);
        return holds;
      }
      // relaxed: one writer, a number to show.
      count_.store(count_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
      const timespec rest{left_ns / 1'000'000'000, left_ns % 1'000'000'000};
      futex(FUTEX_WAIT_PRIVATE, 1, left_ns == kForEver ? nullptr : &rest);
    }
  }
  void futex(int operation, std::uint32_t value, const timespec* rest) noexcept {
    static_assert(sizeof asleep_ == sizeof(std::uint32_t));
    syscall(SYS_futex, &asleep_, operation, value, rest, nullptr, 0);
  }

  const unsigned spins_;
  const bool sleeps_;
  alignas(64) std::atomic<std::uint32_t> asleep_ = 0;
  std::atomic<std::uint64_t> count_ = 0;
};

}  // namespace tickeng::queue
