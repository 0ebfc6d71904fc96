// Sum and mean of the last W values. Spec: B-02, B-03.
//
// Error against the exact sum: at most (2B + W/B) 2^-53 of the sum of magnitudes in the window,
// B ~ sqrt(W); nothing is left of a value once it has gone.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tickeng/stat/anchored.hpp"
#include "tickeng/stat/block_ring.hpp"
#include "tickeng/stat/lanes.hpp"
#include "tickeng/stat/recent_peak.hpp"

namespace tickeng::stat {

/// Plain sums for AnchoredWindow.
class PlainSums {
 public:
  static constexpr std::size_t kLanes = 1, kShare = 2, kParts = 1;
  template <class Value>
  using Cell = Value;

  PlainSums(std::size_t window, std::size_t block)
      : block_(block), ring_(window, block), totals_(ring_.column<1>()) {}
  void grow(std::size_t rows) { ring_.grow(rows, totals_); }

  template <class Access>
  static double get(Access, const double* table, std::size_t i) noexcept {
    return table[i];
  }
  template <class Access>
  static void put(Access, double* table, std::size_t i, double sum) noexcept {
    table[i] = sum;
  }
  static void store(double* cells, std::size_t i, double sum) noexcept { cells[i] = sum; }

  void restart() noexcept { prefix_ = 0.0; }
  template <class Access>
  void seed(Access, double) noexcept {
    prefix_ = 0.0;
  }
  void close(RingView<1> ring, std::uint64_t start) noexcept {
    const double* x = ring.from(start - block_);
    const double total = lane_sum(block_, [x](std::size_t i) { return x[i]; });
    const std::size_t at = ring_.slot(start - block_);
    totals_[at] = totals_[at + ring_.size()] = total;
  }
  template <class Access>
  void open(Access, RingView<1> ring, std::uint64_t from, std::uint64_t start) noexcept {
    prefix_ = 0.0;
    if (from >= start) return;
    const std::size_t head =
        static_cast<std::size_t>(std::min((block_ - from % block_) % block_, start - from));
    const double* x = ring.from(from);
    const double oldest = lane_sum(head, [x](std::size_t i) { return x[i]; });
    const std::uint64_t whole = from + head;  // where whole blocks begin
    const double* t = totals_.data() + ring_.slot(whole);
    const auto n = static_cast<std::size_t>((start - whole) / block_);
    prefix_ = oldest + lane_sum(n, [t](std::size_t i) { return t[i]; });
  }
  template <class Access>
  void plan(Access, RingView<1>, std::uint64_t, std::uint64_t) noexcept {}
  template <class Access>
  [[nodiscard]] double extend(Access, double sum, double x) const noexcept {
    return sum + x;
  }
  template <class Access>
  [[nodiscard]] double add(Access, double suffix, double x) noexcept {
    prefix_ += x;
    return suffix + prefix_;
  }
  void scan(const double* oldest, const double* x, std::size_t n, double* cells) noexcept {
    double newer[kPiece], older[kPiece];
    double prefix = newer[0] = prefix_ + x[0], suffix = older[n - 1] = 0.0;
#pragma GCC unroll 8
    for (std::size_t i = 1, j = n - 1; i < n; ++i, --j) {
      newer[i] = prefix += x[i];
      older[j - 1] = suffix += oldest[j - 1];
    }
    prefix_ = prefix;
#ifndef __clang__
#pragma GCC ivdep
#endif
    for (std::size_t i = 0; i < n; ++i) cells[i] = older[i] + newer[i];
  }

 private:
  std::size_t block_;
  BlockRing ring_;
  Rows totals_;
  double prefix_ = 0.0;  // middle included
};

/// Standard deviation that rounding can give to sums over `window` that stand still, seen over
/// `seen` of them, in 2^-53 of their magnitudes. On its way to the sum, k values into a block, a
/// term passes k additions at most, and those of block and middle: B/8 + 3, W/8B + 3, two joins.
/// The root mean square of k over whole blocks is B/sqrt(3); at the edges of `seen` one is cut.
[[nodiscard]] inline double sum_rounding(std::size_t window, std::size_t seen) noexcept {
  const auto w = static_cast<double>(window), n = static_cast<double>(seen);
  const auto b = static_cast<double>(block_length(window, PlainSums::kShare));
  return b * std::sqrt(std::min(1.0, 1.0 / 3.0 + 2.0 * b / (3.0 * n))) + b / 8.0 + w / (8.0 * b) +
         8.0;
}

class RollingSum {
 public:
  explicit RollingSum(std::size_t window) : window_(window) {}

  void reset(std::uint64_t index = 0) noexcept { window_.reset(index); }
  /// Sum of the last min(count, W) values, x included.
  double push(double x) noexcept { return window_.push(x); }
  // As in AnchoredWindow.
  [[nodiscard, gnu::always_inline]] bool ready(double x) const noexcept { return window_.ready(x); }
  [[nodiscard]] bool catch_up(double x) noexcept { return window_.catch_up(x); }
  [[gnu::always_inline]] double push_ready(double x) noexcept { return window_.push_ready(x); }
  [[nodiscard]] double fill(double x) noexcept { return window_.fill(x); }
  /// The sums after each of n values. Precondition: full(); y is not x.
  void run(const double* x, std::size_t n, double* y) noexcept {
    window_.run(
        x, n, [=](std::size_t first) { return y + first; }, [](std::size_t, std::size_t) {});
  }
  void skip(std::uint64_t n) noexcept { window_.skip(n); }
  void grow(std::size_t rows) { window_.grow(rows); }
  [[nodiscard]] std::size_t count() const noexcept { return window_.count(); }
  [[nodiscard]] bool full() const noexcept { return window_.full(); }
  /// The largest magnitude of the newest n values; of those there are, if that is fewer.
  [[nodiscard]] double peak(std::size_t n) const noexcept {
    const std::size_t kept = std::min(n, count());
    const RingView<1> ring = window_.ring();
    const std::size_t from = ring.slot(window_.next() - kept);
    const std::size_t head = std::min(kept, ring.capacity - from);
    return larger(peak_of(ring.rows + from, head), peak_of(ring.rows, kept - head));
  }
  template <class Visitor>
  void state(Visitor& v) {
    window_.state(v);
  }

 private:
  AnchoredWindow<PlainSums> window_;
};

class RollingMean {
 public:
  explicit RollingMean(std::size_t window)
      : sum_(window), inverse_(1.0 / static_cast<double>(window)) {}

  void reset(std::uint64_t index = 0) noexcept { sum_.reset(index); }
  /// Mean of the last min(count, W) values, x included.
  double push(double x) noexcept { return ready(x) || catch_up(x) ? push_ready(x) : fill(x); }
  // As in AnchoredWindow.
  [[nodiscard, gnu::always_inline]] bool ready(double x) const noexcept { return sum_.ready(x); }
  [[nodiscard]] bool catch_up(double x) noexcept { return sum_.catch_up(x); }
  [[gnu::always_inline]] double push_ready(double x) noexcept {
    return sum_.push_ready(x) * inverse_;
  }
  [[nodiscard]] double fill(double x) noexcept {
    const double sum = sum_.fill(x);
    return sum_.full() ? sum * inverse_ : sum / static_cast<double>(sum_.count());
  }
  /// The means after each of n values. Precondition: full(); y is not x.
  void run(const double* x, std::size_t n, double* y) noexcept {
    sum_.run(x, n, y);
    for (std::size_t i = 0; i < n; ++i) y[i] *= inverse_;
  }
  void skip(std::uint64_t n) noexcept { sum_.skip(n); }
  void grow(std::size_t rows) { sum_.grow(rows); }
  [[nodiscard]] std::size_t count() const noexcept { return sum_.count(); }
  [[nodiscard]] bool full() const noexcept { return sum_.full(); }
  template <class Visitor>
  void state(Visitor& v) {
    sum_.state(v);
  }

 private:
  RollingSum sum_;
  double inverse_;
};

}  // namespace tickeng::stat
