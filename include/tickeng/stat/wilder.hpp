// Wilder's smoothing: the mean of the first n values, then y <- (y (n - 1) + x) / n. Spec: B-10.
// That is an exponential mean of weight 1/n with another start. NaN before n values.
#pragma once

#include <cstdint>
#include <limits>

namespace tickeng::stat {

class Wilder {
 public:
  /// n >= 1.
  explicit Wilder(std::uint64_t n) : n_(n), length_(static_cast<double>(n)) {}

  double push(double x) noexcept {
    if (count_ < n_) {
      value_ += x;
      if (++count_ < n_) return std::numeric_limits<double>::quiet_NaN();
      return value_ /= length_;
    }
    return value_ = (value_ * (length_ - 1.0) + x) / length_;
  }
  void reset() noexcept {
    value_ = 0.0;
    count_ = 0;
  }
  template <class Visitor>
  void state(Visitor& v) {
    v.number("value", value_);
    v.number("count", count_);
  }

 private:
  std::uint64_t n_;
  double length_;
  double value_ = 0.0;  // a sum while count_ < n_
  std::uint64_t count_ = 0;
};

}  // namespace tickeng::stat
