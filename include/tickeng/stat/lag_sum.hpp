// Fixed-weight sum of the newest values, oldest weight last. Spec: B-13.
// Lags are bound to positions: an undefined value makes the sum NaN until it has passed through.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace tickeng::stat {

template <std::size_t N>
class LagSum {
 public:
  explicit constexpr LagSum(std::array<double, N> weights) : weights_(weights) { reset(); }

  void reset() noexcept { values_.fill(std::numeric_limits<double>::quiet_NaN()); }

  double push(double x) noexcept {
    // A ring, not a shift: moving values one position makes each load wait for split stores.
    values_[newest_ = (newest_ + 1) % N] = x;
    double sum = weights_[0] * x;
    for (std::size_t i = 1; i < N; ++i) sum += weights_[i] * values_[(newest_ + N - i) % N];
    return sum;
  }
  /// The sums after each of n values.
  void run(const double* x, std::size_t n, double* y) noexcept {
    const std::size_t head = std::min(n, N - 1);  // rows that still see values of before
    for (std::size_t i = 0; i < head; ++i) y[i] = push(x[i]);
    for (std::size_t i = head; i < n; ++i) {
      double sum = weights_[0] * x[i];
      for (std::size_t k = 1; k < N; ++k) sum += weights_[k] * x[i - k];
      y[i] = sum;
    }
    const std::size_t kept = std::min(n - head, N);
    newest_ = (newest_ + (n - head) - kept) % N;
    for (std::size_t i = n - kept; i < n; ++i) values_[newest_ = (newest_ + 1) % N] = x[i];
  }
  void skip(std::uint64_t n) noexcept { newest_ = (newest_ + n) % N; }
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
