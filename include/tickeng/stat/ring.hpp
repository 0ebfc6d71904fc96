// Ring of the last `capacity` values. Spec: B-01.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "tickeng/stat/room.hpp"

namespace tickeng::stat {

class Ring {
 public:
  explicit Ring(std::size_t capacity)
      : capacity_(capacity), values_(make_rows(Room::of(capacity), capacity)) {}
  /// Memory for the first `rows` values.
  void grow(std::size_t rows) { stat::grow(values_, std::min(rows, capacity_), capacity_); }

  /// Stores x and returns the value it displaces (0 while the ring is filling).
  double push(double x) noexcept {
    const double old = values_[head_];
    values_[head_] = x;
    if (++head_ == capacity_) head_ = 0;
    if (count_ < capacity_) ++count_;
    return old;
  }
  /// The value pushed `age` pushes ago; 0 is the newest. Precondition: age < count().
  [[nodiscard]] double operator[](std::size_t age) const noexcept {
    const std::size_t back = age + 1;
    return values_[head_ >= back ? head_ - back : head_ + capacity_ - back];
  }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] bool full() const noexcept { return count_ == capacity_; }
  void skip(std::uint64_t n) noexcept { head_ = (head_ + n) % capacity_; }
  void reset() noexcept {
    std::ranges::fill(values_, 0.0);
    head_ = count_ = 0;
  }

  template <class Visitor>
  void state(Visitor& v) {
    state_of(v, "values", values_, capacity_);
    v.index("head", head_, capacity_);
    v.index("count", count_, capacity_ + 1);
    if constexpr (Visitor::kLoads) {
      v.require(values_.size() == capacity_ || (head_ == count_ && count_ <= v.rows()),
                "window indices");
    }
  }

 private:
  std::size_t capacity_;
  Rows values_;
  std::size_t head_ = 0;
  std::size_t count_ = 0;
};

}  // namespace tickeng::stat
