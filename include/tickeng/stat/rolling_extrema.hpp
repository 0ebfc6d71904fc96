// Minimum and maximum of the last W values by two monotone deques. Spec: B-08.
// Amortised O(1); the worst push walks one deque, at most W steps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tickeng::stat {

/// One side: keeps values that may still become the extreme. sign +1 maximum, -1 minimum.
class RollingExtreme {
 public:
  RollingExtreme(std::size_t window, double sign)
      : values_(window), indices_(window), sign_(sign) {}

  void reset() noexcept { head_ = size_ = next_ = 0; }

  /// Extreme of the last min(count, W) values, x included.
  double push(double x) noexcept {
    const std::size_t window = values_.size();
    if (size_ > 0 && indices_[head_] + window <= next_) {
      head_ = head_ + 1 == window ? 0 : head_ + 1;
      --size_;
    }
    while (size_ > 0 && sign_ * values_[wrap(head_ + size_ - 1)] <= sign_ * x) --size_;
    const std::size_t tail = wrap(head_ + size_++);
    values_[tail] = x;
    indices_[tail] = next_++;
    return values_[head_];
  }
  [[nodiscard]] bool full() const noexcept { return next_ >= values_.size(); }

  template <class Visitor>
  void state(Visitor& v) {
    v.array("values", std::span<double>(values_));
    v.array("indices", std::span<std::uint64_t>(indices_));
    v.index("head", head_, values_.size());
    v.index("size", size_, values_.size() + 1);
    v.number("next", next_);
  }

 private:
  [[nodiscard]] std::size_t wrap(std::size_t i) const noexcept {
    return i < values_.size() ? i : i - values_.size();
  }

  std::vector<double> values_;
  std::vector<std::uint64_t> indices_;
  double sign_;
  std::size_t head_ = 0, size_ = 0;
  std::uint64_t next_ = 0;
};

}  // namespace tickeng::stat
