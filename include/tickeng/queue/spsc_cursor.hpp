// Positions of a bounded ring with one producer and one consumer; the slots are the user's.
//
// head counts what was taken, tail what was published; both only grow, and item i lives in slot
// i mod capacity. The whole protocol, two atomics and four orders, no fence:
//   P0 producer  h = head.load(acquire)      it may write items below h + capacity
//   P1 producer  writes items [tail, t)      as many as it likes
//   P2 producer  tail.store(t, release)      one store publishes them all
//   C1 consumer  t = tail.load(acquire)      it may read items below t
//   C2 consumer  reads items [head, h)
//   C3 consumer  head.store(h, release)      their slots may be written again
//   closing      closed.store(true, release) after the last P2; consumer: load(acquire), then C1
// Each side keeps a copy of the other's counter and loads it anew only when the copy does not do.
// Sleeping and waking is parker.hpp's. Trap: the four private fields must not share a line with
// the atomics, or every staged item would be a miss for the other side.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "tickeng/base/error.hpp"

namespace tickeng::queue {

inline constexpr std::size_t kLine = 64;

/// The orders of the protocol, and the flag that says closed; tests plant weaker ones.
struct RingOrder {
  static constexpr std::memory_order publish() { return std::memory_order_release; }
  static constexpr std::memory_order observe() { return std::memory_order_acquire; }
  static constexpr std::memory_order release() { return std::memory_order_release; }
  static constexpr std::memory_order reclaim() { return std::memory_order_acquire; }
  class Flag {
   public:
    // release, acquire: who sees it set also sees what was published before.
    void set() noexcept { set_.store(true, std::memory_order_release); }
    [[nodiscard]] bool is_set() const noexcept { return set_.load(std::memory_order_acquire); }

   private:
    std::atomic<bool> set_ = false;
  };
};

template <class Order = RingOrder>
class SpscCursor {
 public:
  /// Neighbouring slots: no range crosses the end of the ring.
  struct Range {
    std::size_t first = 0, size = 0;
  };

  /// Throws ConfigError unless capacity is a power of two from 2 on.
  explicit SpscCursor(std::size_t capacity) : capacity_(capacity), mask_(capacity - 1) {
    if (capacity < 2 || !std::has_single_bit(capacity)) {
      throw ConfigError("a ring holds a power of two of items, at least 2");
    }
  }
  SpscCursor(const SpscCursor&) = delete;
  SpscCursor& operator=(const SpscCursor&) = delete;
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

  // The producer's side.
  /// Whether `n` more items can be staged.
  [[nodiscard]] bool has_room(std::size_t n) noexcept {
    if (capacity_ - (staged_ - seen_head_) >= n) return true;
    // acquire: the consumer has read the slots that it gave back.
    seen_head_ = head_.load(Order::reclaim());
    return capacity_ - (staged_ - seen_head_) >= n;
  }
  /// The slot of the next item; there must be room.
  [[nodiscard]] std::size_t stage() noexcept { return staged_++ & mask_; }
  /// Items staged so far, all published ones included: the number of the next one.
  [[nodiscard]] std::uint64_t staged() const noexcept { return staged_; }
  /// Stages the next n; there must be room. Item i is in slot(i).
  void stage(std::size_t n) noexcept { staged_ += n; }
  [[nodiscard]] std::size_t slot(std::uint64_t item) const noexcept { return item & mask_; }
  /// As many neighbouring slots as there are, at most `most`; they count as staged.
  [[nodiscard]] Range claim(std::size_t most) noexcept {
    if (!has_room(most) && !has_room(1)) return {};
    const std::size_t first = staged_ & mask_;
    const std::size_t room = capacity_ - (staged_ - seen_head_);
    const std::size_t n = std::min({most, room, capacity_ - first});
    staged_ += n;
    return {first, n};
  }
  /// Shows the consumer all that is staged; false when that is nothing.
  bool publish() noexcept {
    if (staged_ == published_) return false;
    published_ = staged_;
    // release: the items are written before the consumer can count on them.
    tail_.store(staged_, Order::publish());
    return true;
  }
  /// No item will follow. The consumer chooses whether it still takes what is there.
  void close() noexcept { closed_.set(); }

  // The consumer's side.
  /// Published items in neighbouring slots, at most `most`.
  [[nodiscard]] Range front(std::size_t most) noexcept {
    // acquire: the items that tail counts have been written.
    if (seen_tail_ - taken_ < most) seen_tail_ = tail_.load(Order::observe());
    const std::size_t first = taken_ & mask_;
    const auto there = static_cast<std::size_t>(seen_tail_ - taken_);
    return {first, std::min({most, there, capacity_ - first})};
  }
  /// Gives the first n slots of front() back.
  void release(std::size_t n) noexcept {
    taken_ += n;
    // release: the items have been read before the producer can write there.
    head_.store(taken_, Order::release());
  }
  /// Whether front() would give something.
  [[nodiscard]] bool ready() const noexcept {
    return seen_tail_ != taken_ || tail_.load(Order::observe()) != taken_;
  }
  /// Items that front() knew of when it was last called.
  [[nodiscard]] std::size_t backlog() const noexcept {
    return static_cast<std::size_t>(seen_tail_ - taken_);
  }
  [[nodiscard]] bool closed() const noexcept { return closed_.is_set(); }

  /// Published and not taken: for anybody, and soon out of date.
  [[nodiscard]] std::size_t size() const noexcept {
    // relaxed: a number to show. Head first, for it must not be later than tail.
    const std::uint64_t head = head_.load(std::memory_order_relaxed);
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    return static_cast<std::size_t>(std::min<std::uint64_t>(tail - head, capacity_));
  }

 private:
  const std::size_t capacity_, mask_;
  alignas(kLine) std::atomic<std::uint64_t> tail_ = 0;
  typename Order::Flag closed_;
  alignas(kLine) std::uint64_t staged_ = 0;  // the producer's own
  std::uint64_t published_ = 0, seen_head_ = 0;
  alignas(kLine) std::atomic<std::uint64_t> head_ = 0;
  alignas(kLine) std::uint64_t taken_ = 0;  // the consumer's own
  std::uint64_t seen_tail_ = 0;
};

}  // namespace tickeng::queue
