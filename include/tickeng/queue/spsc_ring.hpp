// A ring of items between one producer and one consumer: slots beside an SpscCursor.
//
// Items are written in place and published in one go; the consumer reads them in place and gives
// them back in one go. Made for the 64-byte record: one line an item, none is shared by two.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>

#include "tickeng/queue/spsc_cursor.hpp"

namespace tickeng::queue {

template <class T, class Order = RingOrder>
  requires std::is_trivially_copyable_v<T>
class SpscRing {
 public:
  /// Throws ConfigError unless capacity is a power of two from 2 on.
  explicit SpscRing(std::size_t capacity)
      : cursor_(capacity), slots_(std::make_unique<T[]>(capacity)) {}

  [[nodiscard]] bool has_room(std::size_t n) noexcept { return cursor_.has_room(n); }
  /// The next item, to be written; there must be room.
  [[nodiscard]] T& stage() noexcept { return slots_[cursor_.stage()]; }
  [[nodiscard]] std::span<T> claim(std::size_t most) noexcept {
    const auto range = cursor_.claim(most);
    return {&slots_[range.first], range.size};
  }
  bool publish() noexcept { return cursor_.publish(); }
  void close() noexcept { cursor_.close(); }

  [[nodiscard]] std::span<const T> front(std::size_t most) noexcept {
    const auto range = cursor_.front(most);
    return {&slots_[range.first], range.size};
  }
  void release(std::size_t n) noexcept { cursor_.release(n); }
  [[nodiscard]] bool ready() const noexcept { return cursor_.ready(); }
  [[nodiscard]] bool closed() const noexcept { return cursor_.closed(); }
  [[nodiscard]] std::size_t backlog() const noexcept { return cursor_.backlog(); }

  [[nodiscard]] std::size_t size() const noexcept { return cursor_.size(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return cursor_.capacity(); }

 private:
  SpscCursor<Order> cursor_;
  std::unique_ptr<T[]> slots_;
};

}  // namespace tickeng::queue
