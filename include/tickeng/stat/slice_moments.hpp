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
      : block_(block_length(capacity)), most_(capacity / block_ + 1),
        blocks_(blocks(Room::of(capacity)), most_), open_(make_rows(Room::of(block_), block_)) {}
  /// Memory for slices of so many rows.
  void grow(std::size_t rows) {
    for (Rows* column : {&blocks_.anchor, &blocks_.s1, &blocks_.s2}) {
      stat::grow(*column, blocks(rows), most_);
    }
    stat::grow(open_, std::min(rows, block_), block_);
  }

  void reset() noexcept {
    for (Rows* column : {&blocks_.anchor, &blocks_.s1, &blocks_.s2}) {
      std::fill_n(column->begin(), closed_, 0.0);
    }
    std::ranges::fill(open_, 0.0);
    closed_ = used_ = 0;
  }

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
    state_of(v, "anchor", blocks_.anchor, most_);
    state_of(v, "s1", blocks_.s1, most_);
    state_of(v, "s2", blocks_.s2, most_);
    state_of(v, "open", open_, block_);
    v.index("closed", closed_, most_);
    v.index("used", used_, block_);
    if constexpr (Visitor::kLoads) {
      v.require(open_.size() + blocks_.s2.size() == block_ + most_ || count() <= v.rows(),
                "length of a slice");
    }
  }

 private:
  [[nodiscard]] std::size_t blocks(std::size_t rows) const noexcept {
    return std::min(most_, rows / block_ + 1);
  }
  [[nodiscard]] double length() const noexcept { return static_cast<double>(block_); }
  [[nodiscard]] Block<double> under_way() const noexcept { return make_block(used_, open_.data()); }
  void close() noexcept {
    blocks_.set(All<1>{}, closed_++, under_way());
    used_ = 0;
  }

  std::size_t block_, most_;  // values in a block, and blocks at most
  BlockColumns<1> blocks_;
  Rows open_;
  std::size_t closed_ = 0, used_ = 0;
};

}  // namespace tickeng::stat
