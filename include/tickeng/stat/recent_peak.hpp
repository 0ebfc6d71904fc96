// The largest magnitude among the last W values, renewed where a z-score's block starts: the scale
// of the rounding in a sum whose terms may cancel. Spec: B-02, B-05.
//
// It covers the last W values and at most two blocks more. That suffices, because it is asked for
// only where the sum stands still: then every value is the one that came W before it, so any W of
// them in a row have the same peak. A maximum is exact, so drivers may take it in any order.
// Trap: blocks are cut at absolute indices, as with windows.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tickeng/stat/grid.hpp"

namespace tickeng::stat {

class RecentPeak {
 public:
  /// `grid`: block length of the z-score, a power of two; value() changes at its multiples, and is
  /// `scale` times the peak.
  RecentPeak(std::size_t window, std::size_t grid, double scale)
      : scale_(scale), mask_(grid - 1), block_(std::max(grid, block_length(window))),
        blocks_((window + block_ - 1) / block_) {}

  void reset() noexcept {
    std::ranges::fill(blocks_, 0.0);
    newest_ = older_ = value_ = 0.0;
  }
  [[gnu::always_inline]] void push(std::uint64_t index, double x) noexcept {
    if ((index & mask_) == 0) [[unlikely]]
      turn(index);
    newest_ = larger(newest_, std::fabs(x));
  }
  /// The same for n values from `index` on; y[i] is value() after x[i].
  void run(std::uint64_t index, const double* x, std::size_t n, double* y) noexcept {
    for (std::size_t i = 0; i < n;) {
      if (((index + i) & mask_) == 0) turn(index + i);
      const auto left = static_cast<std::size_t>(mask_ + 1 - ((index + i) & mask_));
      const std::size_t end = i + std::min(n - i, left);
      std::fill(y + i, y + end, value_);
      double lane[8] = {};
      for (; i + 8 <= end; i += 8) {
        for (std::size_t j = 0; j < 8; ++j) lane[j] = larger(lane[j], std::fabs(x[i + j]));
      }
      for (; i < end; ++i) lane[0] = larger(lane[0], std::fabs(x[i]));
      for (const double peak : lane) newest_ = larger(newest_, peak);
    }
  }
  /// As of the last multiple of the grid.
  [[nodiscard]] double value() const noexcept { return value_; }
  /// Values that value() may depend on, back from any index.
  [[nodiscard]] static std::uint64_t memory(std::size_t window, std::size_t grid) noexcept {
    return window + 2 * std::max(grid, block_length(window)) + grid;
  }

  template <class Visitor>
  void state(Visitor& v) {
    v.array("peaks", std::span<double>(blocks_));
    v.number("newest", newest_);
    v.number("older", older_);
    v.number("peak", value_);
  }

 private:
  [[nodiscard]] static double larger(double a, double b) noexcept { return a < b ? b : a; }
  [[gnu::noinline]] void turn(std::uint64_t index) noexcept {
    if (index % block_ == 0) {
      blocks_[static_cast<std::size_t>(index / block_ % blocks_.size())] = newest_;
      newest_ = 0.0;
      older_ = *std::ranges::max_element(blocks_);
    }
    value_ = scale_ * larger(newest_, older_);
  }

  double scale_;
  std::uint64_t mask_;  // grid - 1
  std::size_t block_;
  std::vector<double> blocks_;  // peaks of the last whole blocks
  double newest_ = 0.0, older_ = 0.0, value_ = 0.0;
};

}  // namespace tickeng::stat
