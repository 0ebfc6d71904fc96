// Lagged differences of log price and the scaling exponent drawn from them. Spec: B-27, B-31.
//
// x_n - x_{n-l} is added up from one-tick returns (5 -> 10 -> 20), each exact to an ulp, so the
// error is a few ulp of the path; a difference of two logarithms would lose 1e-10 of a tick.
// H = sum_j c_j ln sigma_j with c_j the least-squares weights of ln 5, ln 10, ln 20.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include "tickeng/base/log.hpp"

namespace tickeng::parts {

inline constexpr std::array<std::size_t, 3> kLags = {5, 10, 20};

class LaggedDifferences {
 public:
  static constexpr std::size_t kRun = 256;

  void reset() noexcept {
    returns_.fill(0.0);
    fives_.fill(0.0);
    tens_.fill(0.0);
    count_ = 0;
  }
  /// Takes the return of one tick; x_n - x_{n-l} for the three lags, meaningful once count() >= l.
  std::array<double, 3> push(double r) noexcept {
    const auto at = [&](std::uint64_t back) {
      return static_cast<std::size_t>((count_ - back) % kRing);
    };
    returns_[at(0)] = r;
    const double five =
        ((r + returns_[at(1)]) + (returns_[at(2)] + returns_[at(3)])) + returns_[at(4)];
    fives_[at(0)] = five;
    const double ten = five + fives_[at(5)];
    tens_[at(0)] = ten;
    const double twenty = ten + tens_[at(10)];
    ++count_;
    return {five, ten, twenty};
  }
  /// The same for n <= kRun returns, into three columns.
  void run(const double* r, std::size_t n, const std::array<double*, 3>& out) noexcept {
    // Columns with the last kRing values of before in front of them.
    double x[kRing + kRun], five[kRing + kRun], ten[kRing + kRun];
    for (std::size_t i = 0; i < kRing; ++i) {
      const auto slot = static_cast<std::size_t>((count_ + i) % kRing);  // oldest first
      x[i] = returns_[slot];
      five[i] = fives_[slot];
      ten[i] = tens_[slot];
    }
    std::copy_n(r, n, x + kRing);
    const std::size_t end = kRing + n;
    for (std::size_t i = kRing; i < end; ++i) {
      five[i] = ((x[i] + x[i - 1]) + (x[i - 2] + x[i - 3])) + x[i - 4];
    }
    for (std::size_t i = kRing; i < end; ++i) out[0][i - kRing] = five[i];
    for (std::size_t i = kRing; i < end; ++i) out[1][i - kRing] = ten[i] = five[i] + five[i - 5];
    for (std::size_t i = kRing; i < end; ++i) out[2][i - kRing] = ten[i] + ten[i - 10];
    for (std::size_t i = n < kRing ? kRing : n; i < end; ++i) {
      const auto slot = static_cast<std::size_t>((count_ + (i - kRing)) % kRing);
      returns_[slot] = x[i];
      fives_[slot] = five[i];
      tens_[slot] = ten[i];
    }
    count_ += n;
  }
  void skip(std::uint64_t n) noexcept { count_ += n; }
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

  template <class Visitor>
  void state(Visitor& v) {
    v.array("returns", std::span<double>(returns_));
    v.array("fives", std::span<double>(fives_));
    v.array("tens", std::span<double>(tens_));
    v.number("count", count_);
  }

 private:
  static constexpr std::uint64_t kRing = 16;  // a power of two: count_ - back may wrap below zero
  std::array<double, kRing> returns_{}, fives_{}, tens_{};
  std::uint64_t count_ = 0;
};

/// Slope of ln sigma on ln lag, clipped to [0, 1]; 0.5 when any sigma is 0, that is, within the
/// rounding of its differences: 5 of the logarithms, 5 of the sums. Differences over l that do not
/// vary are of returns that repeat after l, so that any l of them are at most path / (returns / l).
[[nodiscard]] inline double scaling_exponent(const std::array<double, 3>& variance, double path,
                                             std::size_t returns) noexcept {
  // ln 5, ln 10, ln 20 lie evenly: the weights are -1, 0, +1 over 2 ln 2.
  constexpr double kTwoLn2 = 0x1.62e42fefa39efp+0;
  for (std::size_t i = 0; i < kLags.size(); ++i) {
    const double rounding = 10.0 * 0x1p-53 * path / static_cast<double>(returns / kLags[i]);
    if (!(variance[i] > rounding * rounding)) return 0.5;
  }
  const double slope = log_ratio(std::sqrt(variance[2]), std::sqrt(variance[0])) / kTwoLn2;
  return slope < 0.0 ? 0.0 : (slope > 1.0 ? 1.0 : slope);
}

}  // namespace tickeng::parts
