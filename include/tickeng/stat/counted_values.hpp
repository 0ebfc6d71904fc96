// Distinct values in ascending order, each with its count, in flat arrays of a given capacity.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tickeng::stat {

class CountedValues {
 public:
  /// Where a change happened, and whether a position appeared or vanished there.
  struct Change {
    std::size_t at;
    bool moved;
  };

  explicit CountedValues(std::size_t capacity) : values_(capacity), counts_(capacity) {}
  void grow(std::size_t capacity) {
    if (capacity <= values_.size()) return;
    counts_.resize(capacity);
    values_.resize(capacity);
  }

  void clear() noexcept { size_ = total_ = 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Number of values, repeats included.
  [[nodiscard]] std::size_t total() const noexcept { return total_; }
  [[nodiscard]] double value(std::size_t i) const noexcept { return values_[i]; }
  [[nodiscard]] std::size_t count(std::size_t i) const noexcept { return counts_[i]; }
  [[nodiscard]] double back() const noexcept { return values_[size_ - 1]; }
  [[nodiscard]] std::size_t back_count() const noexcept { return counts_[size_ - 1]; }

  /// Precondition: size() < capacity, or x is present.
  Change add(double x) noexcept {
    const std::size_t i = position(x);
    const bool fresh = i == size_ || values_[i] != x;
    if (fresh) {
      shift(i, i + 1);
      values_[i] = x;
      counts_[i] = 0;
    }
    ++counts_[i];
    ++total_;
    return {i, fresh};
  }
  /// Precondition: x is present.
  Change remove(double x) noexcept {
    const std::size_t i = position(x);
    --total_;
    const bool gone = --counts_[i] == 0;
    if (gone) shift(i + 1, i);
    return {i, gone};
  }
  /// Takes in values that all lie above these (sign +1), or below (sign -1, given negated).
  void extend(const CountedValues& more, int sign) noexcept {
    const std::size_t k = more.size_;
    if (sign > 0) {
      std::copy_n(more.values_.data(), k, values_.data() + size_);
      std::copy_n(more.counts_.data(), k, counts_.data() + size_);
    } else {
      std::copy_backward(values_.data(), values_.data() + size_, values_.data() + size_ + k);
      std::copy_backward(counts_.data(), counts_.data() + size_, counts_.data() + size_ + k);
      for (std::size_t i = 0; i < k; ++i) {
        values_[k - 1 - i] = 0.0 - more.values_[i];
        counts_[k - 1 - i] = more.counts_[i];
      }
    }
    size_ += k;
    total_ += more.total_;
  }
  void pop_back() noexcept { total_ -= counts_[--size_]; }
  /// Drops the k smallest values, all their repeats.
  void drop_front(std::size_t k) noexcept {
    for (std::size_t i = 0; i < k; ++i) total_ -= counts_[i];
    std::copy(values_.data() + k, values_.data() + size_, values_.data());
    std::copy(counts_.data() + k, counts_.data() + size_, counts_.data());
    size_ -= k;
  }

 private:
  [[nodiscard]] std::size_t position(double x) const noexcept {
    // Halves without a branch: which way to go is what no predictor knows.
    const double* base = values_.data();
    for (std::size_t n = size_; n > 0;) {
      const std::size_t half = (n + 1) / 2;
      base += base[half - 1] < x ? half : 0;
      n -= half;
    }
    return static_cast<std::size_t>(base - values_.data());
  }
  /// Moves everything from position `from` on to position `to`, one off, and adjusts the size.
  void shift(std::size_t from, std::size_t to) noexcept {
    double* const v = values_.data();
    std::uint32_t* const c = counts_.data();
    if (to > from) {
      std::copy_backward(v + from, v + size_, v + size_ + 1);
      std::copy_backward(c + from, c + size_, c + size_ + 1);
      ++size_;
    } else {
      std::copy(v + from, v + size_, v + to);
      std::copy(c + from, c + size_, c + to);
      --size_;
    }
  }

  std::vector<double> values_;
  std::vector<std::uint32_t> counts_;
  std::size_t size_ = 0, total_ = 0;
};

}  // namespace tickeng::stat
