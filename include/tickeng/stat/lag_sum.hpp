// Fixed-weight sum of the newest values, oldest weight last. Spec: B-13.
// Lags are bound to positions: an undefined value makes the sum NaN until it has passed through.
#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <span>

namespace tickeng::stat {

template <std::size_t N>
class LagSum {
 public:
  explicit constexpr LagSum(std::array<double, N> weights) : weights_(weights) { reset(); }

  void reset() noexcept { values_.fill(std::numeric_limits<double>::quiet_NaN()); }

  double push(double x) noexcept {
    // A ring, not a shift: moving values one place makes each load wait for split stores.
    values_[newest_ = (newest_ + 1) % N] = x;
    double sum = weights_[0] * x;
    for (std::size_t i = 1; i < N; ++i) sum += weights_[i] * values_[(newest_ + N - i) % N];
    return sum;
  }
  template <class Visitor>
  void state(Visitor& v) {
    v.array("lags", std::span<double>(values_));
    v.index("newest", newest_, N);
  }

 private:
  std::array<double, N> weights_;
  std::array<double, N> values_;
  std::size_t newest_ = 0;
};

}  // namespace tickeng::stat
