// Exact quantile of the last W values where W is small: all of them kept in order. Spec: B-06,
// B-07.
//
// A push takes the oldest value out and the new one in: what lies between moves one position, a
// register at a time. Up to about kLargest values this beats the band of rolling_quantile.hpp,
// which would hold most of so small a window anyway. The answer and the saved state are the same as
// there.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "tickeng/stat/room.hpp"
#include "tickeng/stat/tiles.hpp"

namespace tickeng::stat {

class SortedQuantile {
 public:
  static constexpr std::size_t kLargest = 1024;

  /// 1 <= window, 0 <= p <= 1.
  SortedQuantile(std::size_t window, double p)
      : window_(window), p_(p), held_(Room::of(window)), ring_(make_rows(held_, window)),
        sorted_(make_rows(held_ + 2 * kFar, window + 2 * kFar)) {
    reset();
  }
  /// Memory for the first `rows` values.
  void grow(std::size_t rows) {
    const std::size_t n = std::min(rows, window_);
    stat::grow(ring_, n, window_);
    stat::grow(sorted_, n + 2 * kFar, window_ + 2 * kFar, kNothing);
    held_ = ring_.size();
  }

  void reset() noexcept {
    std::fill(ring_.begin(), ring_.end(), 0.0);
    head_ = count_ = 0;
    clear();
  }
  /// Quantile of the last min(count, W) values, x included; x finite.
  double push(double x) noexcept {
    x += 0.0;  // -0.0 and 0.0 are one value
    const double old = ring_[head_];
    ring_[head_] = x;
    if (++head_ == window_) head_ = 0;
    if (count_ == window_) {
      replace(old, x);
    } else {
      ++count_;
      set_rank();
      replace(kNothing, x);
    }
    const double low = sorted_[kSide + rank_], high = sorted_[kSide + next_];
    return low + (high - low) * fraction_;
  }
  /// Precondition: full().
  void skip(std::uint64_t n) noexcept { head_ = (head_ + n) % window_; }
  [[nodiscard]] bool full() const noexcept { return count_ == window_; }

  template <class Visitor>
  void state(Visitor& v) {
    state_of(v, "ring", ring_, window_);
    v.index("head", head_, window_);
    v.index("count", count_, window_ + 1);
    if constexpr (Visitor::kLoads) {
      v.require(held_ == window_ || (head_ == count_ && count_ <= v.rows()), "window indices");
      for (const double x : ring_) v.require(std::isfinite(x), "quantile window");
      clear();
      double* const first = sorted_.data() + kSide;
      std::copy_n(ring_.begin(), count_, first);
      std::sort(first, first + count_);
    }
  }

 private:
  static constexpr std::size_t kFar = 64;
  static constexpr double kNothing = std::numeric_limits<double>::infinity();

  void clear() noexcept {
    std::fill(sorted_.begin(), sorted_.end(), kNothing);
    std::fill_n(sorted_.begin(), kSide, -kNothing);
    set_rank();
  }
  void set_rank() noexcept {
    const double h = count_ > 0 ? p_ * static_cast<double>(count_ - 1) : 0.0;
    rank_ = static_cast<std::size_t>(h);
    fraction_ = h - static_cast<double>(rank_);
    next_ = rank_ + 1 < count_ ? rank_ + 1 : rank_;
  }
  /// The group of kSide positions that holds the first value not below x: by 64s, then by groups.
  [[nodiscard, gnu::always_inline]] std::size_t group_of(double x) const noexcept {
    const double* const v = sorted_.data() + kSide;
    std::size_t far = 0, near = 0;
    for (std::size_t i = kFar - 1; i < held_; i += kFar) far += v[i] < x ? 1U : 0U;
    for (std::size_t i = kSide - 1; i < kFar - 1; i += kSide)
      near += v[far * kFar + i] < x ? 1U : 0U;
    return far * (kFar / kSide) + near;
  }
  /// `old`, which is there, goes and x comes: what lies between them moves a position. Whole groups
  /// are worked on; what is outside comes out as it was.
  void replace(double old, double x) noexcept {
    const std::size_t from = group_of(old), to = group_of(x);
    double* const v = sorted_.data() + kSide;
    const Side gone = Side{} + old, fresh = Side{} + x;
    if (x > old) {
      for (std::size_t g = from; g <= to; ++g) {
        const Side here = side_at(v + g * kSide), above = side_at(v + g * kSide + 1);
        const Side moved = smaller(above, larger(fresh, here));
        All<kSide>{}.put(v, g, here < gone ? here : moved);
      }
    } else {
      for (std::size_t g = from + 1; g-- > to;) {
        const Side here = side_at(v + g * kSide), below = side_at(v + g * kSide - 1);
        const Side moved = larger(below, smaller(fresh, here));
        All<kSide>{}.put(v, g, here > gone ? here : moved);
      }
    }
  }

  std::size_t window_;
  double p_;
  std::size_t held_;  // values that there is memory for
  Rows ring_;
  Rows sorted_;  // kSide times -infinity, the values, infinity in what is left
  std::size_t head_ = 0, count_ = 0;
  std::size_t rank_ = 0, next_ = 0;
  double fraction_ = 0.0;
};

}  // namespace tickeng::stat
