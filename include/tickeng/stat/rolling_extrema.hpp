// Minimum or maximum of the last W values. Spec: B-08.
//
// As windowed sums (anchored.hpp): suffix of the oldest block, middle, prefix of the block under
// way, with "the larger of" for "+". Every push costs the same two comparisons, where a monotone
// deque guesses wrong on nearly every random value and has worst pushes of W steps; a block's start
// costs O(B/8 + W/B). The answer is exact, so no order of operations is frozen here. A minimum is a
// maximum of the values with their signs turned; what has not come yet is -infinity.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "tickeng/stat/batch_blocks.hpp"
#include "tickeng/stat/grid.hpp"
#include "tickeng/stat/room.hpp"

namespace tickeng::stat {

class RollingExtreme {
 public:
  /// window >= 1; sign +1 maximum, -1 minimum.
  RollingExtreme(std::size_t window, double sign)
      : window_(window), block_(block_length(window)),
        capacity_((window + block_ - 1) / block_ * block_),
        ring_(make_rows(Room::of(capacity_), capacity_)),
        suffixes_(make_rows(Room::of(block_), block_)), next_suffixes_(suffixes_),
        totals_(capacity_ / block_ + 1), sign_(sign) {
    reset();
  }
  /// Memory for the first `rows` values.
  void grow(std::size_t rows) {
    stat::grow(ring_, std::min(rows, capacity_), capacity_, kNothing);
    for (Rows* table : {&suffixes_, &next_suffixes_}) {
      stat::grow(*table, std::min(rows, block_), block_, kNothing);
    }
  }

  void reset() noexcept {
    std::fill(ring_.begin(), ring_.end(), kNothing);
    next_ = 0;
    rebuild();
  }
  /// Extreme of the last min(count, W) values, x included. x is not NaN; -0.0 counts as 0.0.
  [[gnu::always_inline]] double push(double x) noexcept {
    const std::size_t offset = next_ & (block_ - 1);
    if (offset % kStride == 0) [[unlikely]] {
      prepare(offset);
    }
    const double y = sign_ * x + 0.0;
    ring_[slot_] = y;
    ++next_;
    if (++slot_ == capacity_) slot_ = 0;
    prefix_ = larger(prefix_, y);
    return sign_ * larger(prefix_, suffixes_[offset]) + 0.0;
  }
  /// The same for n values. y is not x.
  void run(const double* x, std::size_t n, double* y) {
    const auto few = [this](const double* from, std::size_t count, double* to) {
      for (std::size_t i = 0; i < count; ++i) to[i] = push(from[i]);
    };
    const BlockGrid grid{window_, block_};
    run_window(
        *this, grid, x, n, y, [this](double v) { return push(v); }, few,
        [&](const double* from, std::size_t blocks, double* to) {
          Blocks work(grid, blocks, sign_);
          run_blocks(work, grid, from, blocks, to);
        });
  }
  /// As after n more values that nobody has seen. Precondition: full().
  void skip(std::uint64_t n) noexcept {
    next_ += n;
    rebuild();
  }
  [[nodiscard]] bool full() const noexcept { return next_ >= window_; }
  [[nodiscard]] std::size_t count() const noexcept {
    return static_cast<std::size_t>(std::min<std::uint64_t>(next_, window_));
  }

  /// Logical state: the values in the window and the number of all; the rest is rebuilt.
  template <class Visitor>
  void state(Visitor& v) {
    std::vector<double> values(window_, 0.0);
    const std::uint64_t have = next_;
    for (std::uint64_t i = have - count(); !Visitor::kLoads && i < have; ++i) {
      values[i % window_] = sign_ * ring_[i % capacity_];
    }
    v.array("values", std::span<double>(values));
    v.number("next", next_);
    if constexpr (Visitor::kLoads) {
      const bool fits = ring_.size() == capacity_ || next_ <= v.rows();
      v.require(fits && next_ < std::uint64_t{1} << 62, "next");  // so are block ends behind it
      std::fill(ring_.begin(), ring_.end(), kNothing);
      for (std::uint64_t i = next_ - count(); i < next_; ++i) {
        v.require(values[i % window_] == values[i % window_], "value in a window");
        ring_[i % capacity_] = sign_ * values[i % window_] + 0.0;
      }
      rebuild();
    }
  }

 private:
  static constexpr std::size_t kStride = 8;
  static constexpr double kNothing = -std::numeric_limits<double>::infinity();

  /// For run_blocks.
  struct Blocks {
    using Older = Side;
    using Newer = Side;

    Blocks(BlockGrid g, std::size_t blocks, double s)
        : grid(g), sign(s), totals(blocks + g.whole() + kSide), positions(g.block * kSide) {}
    [[nodiscard]] Side* waiting() noexcept { return reinterpret_cast<Side*>(positions.data()); }
    [[nodiscard]] Side none() const noexcept { return Side{} + kNothing; }
    void close(std::size_t i, const double* x) noexcept {
      totals[i] = most(grid.block, [x, s = sign](std::size_t k) { return s * x[k]; });
    }
    [[nodiscard]] Side start(std::size_t i, const double* x) const noexcept {
      Side all = none();
      for (std::size_t k = 0; k < grid.head(); ++k) {
        all = larger(all, sign * row_at(x + grid.block - grid.window + k, grid.block));
      }
      for (std::size_t k = 0; k < grid.whole(); ++k) all = larger(all, side_at(&totals[i + k]));
      return all;
    }
    [[nodiscard]] Side extend(Side older, Side x) const noexcept { return larger(sign * x, older); }
    [[nodiscard]] Side take(Side newer, Side x) const noexcept { return larger(sign * x, newer); }
    [[nodiscard]] Side join(Side, Side older, Side newer) const noexcept {
      return sign * larger(older, newer) + 0.0;
    }
    BlockGrid grid;
    double sign;
    Rows totals, positions;
  };

  template <class Get>
  [[nodiscard]] static double most(std::size_t n, Get get) noexcept {
    double lane[8];
    std::fill_n(lane, 8, kNothing);
    std::size_t i = 0;
    for (; i + 8 <= n; i += 8) {
      for (std::size_t j = 0; j < 8; ++j) lane[j] = larger(get(i + j), lane[j]);
    }
    for (; i < n; ++i) lane[0] = larger(get(i), lane[0]);
    for (std::size_t j = 1; j < 8; ++j) lane[0] = larger(lane[j], lane[0]);
    return lane[0];
  }
  /// Largest of the values [from, from + n), which lie within one block.
  [[nodiscard]] double most_of(std::uint64_t from, std::size_t n) const noexcept {
    const double* const x = ring_.data() + from % capacity_;
    return most(n, [x](std::size_t i) { return x[i]; });
  }
  /// Place of the total of the block that starts at `start`.
  [[nodiscard]] std::size_t position(std::uint64_t start) const noexcept {
    return static_cast<std::size_t>(start / block_ % totals_.size());
  }
  [[gnu::noinline]] void prepare(std::size_t offset) noexcept {
    if (offset == 0) open();
    build(std::min(offset + kStride, block_));
  }
  /// Starts the block at next_, a multiple of block_.
  void open() noexcept {
    suffixes_.swap(next_suffixes_);
    built_ = 0;
    if (next_ >= block_) totals_[position(next_ - block_)] = most_of(next_ - block_, block_);
    prefix_ = kNothing;
    std::uint64_t from = next_ + block_ > window_ ? next_ + block_ - window_ : 0;
    if (const std::size_t head = from % block_; head != 0 && from < next_) {
      prefix_ = most_of(from, block_ - head);
      from += block_ - head;
    }
    for (std::size_t at = position(from); from < next_; from += block_) {
      prefix_ = larger(totals_[at], prefix_);
      if (++at == totals_.size()) at = 0;
    }
  }
  /// Suffixes for the block after the one under way, from the last entry down: entry k covers the
  /// oldest values that are left when k + 1 of that block have come.
  void build(std::size_t until) noexcept {
    // Where there is no memory for a block of rows nothing leaves yet: all entries are kNothing.
    if (next_suffixes_.size() < block_) return;
    const std::uint64_t above = next_ - (next_ & (block_ - 1)) + 2 * block_;
    for (; built_ < until; ++built_) {
      const std::size_t k = block_ - 1 - built_;
      double suffix = built_ == 0 ? kNothing : next_suffixes_[k + 1];
      if (const std::uint64_t index = above - built_; built_ > 0 && index >= window_) {
        suffix = larger(ring_[static_cast<std::size_t>((index - window_) % capacity_)], suffix);
      }
      next_suffixes_[k] = suffix;
    }
  }
  /// From the ring: totals of whole blocks, then the block before the newest, then that one.
  void rebuild() noexcept {
    std::fill(suffixes_.begin(), suffixes_.end(), kNothing);
    std::fill(next_suffixes_.begin(), next_suffixes_.end(), kNothing);
    const std::uint64_t end = next_;
    prefix_ = kNothing;
    built_ = 0;
    slot_ = static_cast<std::size_t>(end % capacity_);
    if (end == 0) return;
    const std::uint64_t last = (end - 1) - (end - 1) % block_;
    for (std::uint64_t start = last; start >= block_ && start - block_ + window_ >= end;) {
      start -= block_;
      totals_[position(start)] = most_of(start, block_);
    }
    if (last >= block_) {
      next_ = last - block_;
      build(block_);
    }
    next_ = last;
    open();
    build(std::min(static_cast<std::size_t>((end - 1 - last) / kStride + 1) * kStride, block_));
    prefix_ = larger(most_of(last, static_cast<std::size_t>(end - last)), prefix_);
    next_ = end;
  }

  std::size_t window_, block_, capacity_;
  Rows ring_, suffixes_, next_suffixes_, totals_;  // totals by block, modulo
  double sign_;
  double prefix_ = kNothing;  // middle included
  std::uint64_t next_ = 0;
  std::size_t slot_ = 0, built_ = 0;
};

}  // namespace tickeng::stat
