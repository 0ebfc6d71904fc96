// Variance and sum of a slice of at most `capacity` values, gathered one at a time.
//
// Values are collected in blocks of B ~ sqrt(capacity); a full block is folded once, the slice is
// joined from its blocks on demand (block_moments.hpp), so a push is O(1) and a reading O(B).
// Feeds the sparse structure functions. Spec: B-04, B-31.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "tickeng/stat/block_moments.hpp"
#include "tickeng/stat/grid.hpp"
#include "tickeng/stat/lanes.hpp"

namespace tickeng::stat {

class SliceMoments {
 public:
  explicit SliceMoments(std::size_t capacity)
      : block_(block_length(capacity)), blocks_(capacity / block_ + 1), open_(block_, 0.0) {}

  void reset() noexcept { closed_ = used_ = 0; }

  /// Precondition: fewer than `capacity` pushes since reset().
  void push(double x) noexcept {
    open_[used_++] = x;
    if (used_ == block_) close();
  }
  void push(const double* x, std::size_t n) noexcept {
    while (n > 0) {
      const std::size_t m = std::min(n, block_ - used_);
      std::copy_n(x, m, open_.data() + used_);
      used_ += m;
      if (used_ == block_) close();
      x += m;
      n -= m;
    }
  }
  [[nodiscard]] std::size_t count() const noexcept { return closed_ * block_ + used_; }

  /// Population variance. Precondition: count() > 0.
  [[nodiscard]] double variance() const noexcept {
    const BlockRun<All<1>, 1> all{{}, under_way(), &blocks_, 0, closed_, length()};
    const Moments<double> m = all.about(all.mean());
    const double n = static_cast<double>(count());
    const double variance = (m.s2 - m.s1 * (m.s1 / n)) / n;
    return variance < 0.0 ? 0.0 : variance;
  }
  [[nodiscard]] double sum() const noexcept {
    const double* a = blocks_.anchor.data();
    const double* s = blocks_.s1.data();
    const double* x = open_.data();
    const double n = length();
    return lane_sum(closed_, [=](std::size_t i) { return s[i] + n * a[i]; }) +
           lane_sum(used_, [=](std::size_t i) { return x[i]; });
  }

  template <class Visitor>
  void state(Visitor& v) {
    v.array("anchor", std::span<double>(blocks_.anchor));
    v.array("s1", std::span<double>(blocks_.s1));
    v.array("s2", std::span<double>(blocks_.s2));
    v.array("open", std::span<double>(open_));
    v.index("closed", closed_, blocks_.s1.size());
    v.index("used", used_, block_);
  }

 private:
  [[nodiscard]] double length() const noexcept { return static_cast<double>(block_); }
  [[nodiscard]] Block<double> under_way() const noexcept { return make_block(used_, open_.data()); }
  void close() noexcept {
    blocks_.set(All<1>{}, closed_++, under_way());
    used_ = 0;
  }

  std::size_t block_;
  BlockColumns<1> blocks_;
  std::vector<double> open_;
  std::size_t closed_ = 0, used_ = 0;
};

}  // namespace tickeng::stat
