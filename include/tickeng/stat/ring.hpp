// Fixed ring of the last `capacity` values. Spec: B-01.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tickeng::stat {

class Ring {
 public:
  explicit Ring(std::size_t capacity) : values_(capacity, 0.0) {}

  /// Stores x and returns the value it displaces (0 while the ring is filling).
  double push(double x) noexcept {
    const double old = values_[head_];
    values_[head_] = x;
    if (++head_ == values_.size()) head_ = 0;
    if (count_ < values_.size()) ++count_;
    return old;
  }
  /// The value pushed `age` pushes ago; 0 is the newest. Precondition: age < count().
  [[nodiscard]] double operator[](std::size_t age) const noexcept {
    const std::size_t back = age + 1;
    return values_[head_ >= back ? head_ - back : head_ + values_.size() - back];
  }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return values_.size(); }
  [[nodiscard]] bool full() const noexcept { return count_ == values_.size(); }
  void skip(std::uint64_t n) noexcept { head_ = (head_ + n) % values_.size(); }
  void reset() noexcept { head_ = count_ = 0; }

  template <class Visitor>
  void state(Visitor& v) {
    v.array("values", std::span<double>(values_));
    v.index("head", head_, values_.size());
    v.index("count", count_, values_.size() + 1);
  }

 private:
  std::vector<double> values_;
  std::size_t head_ = 0;
  std::size_t count_ = 0;
};

}  // namespace tickeng::stat
