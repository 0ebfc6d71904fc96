// The largest magnitude among the last W values, renewed where a z-score's block starts: the scale
// of the rounding in a sum whose terms may cancel. Spec: B-02, B-05.
//
// It covers the last W values and at most two blocks more. That suffices, because it is asked for
// only where the sum stands still: then every value is the one that came W before it, so any W of
// them in a row have the same peak. Values are looked at where a block starts, in the window that
// holds them anyway; a maximum is exact, so drivers may take it in any order.
// Trap: blocks are cut at absolute indices, as with windows.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tickeng/stat/grid.hpp"
#include "tickeng/stat/vec.hpp"

namespace tickeng::stat {

/// The largest magnitude of n values.
[[nodiscard]] inline double peak_of(const double* x, std::size_t n) noexcept {
  Vec<kWide> highest{}, lowest{};
  std::size_t i = 0;
  for (constexpr All<kWide> all; i + kWide <= n; i += kWide) {
    highest = larger(all.at(x + i), highest);
    lowest = smaller(all.at(x + i), lowest);
  }
  double peak = 0.0;
  for (; i < n; ++i) peak = larger(larger(x[i], -x[i]), peak);
  for (std::size_t l = 0; l < kWide; ++l) peak = larger(larger(highest[l], -lowest[l]), peak);
  return peak;
}

class RecentPeak {
 public:
  /// `grid`: block length of the z-score, a power of two; value() changes at its multiples, and is
  /// `scale` times the peak.
  RecentPeak(std::size_t window, std::size_t grid, double scale)
      : scale_(scale), mask_(grid - 1), span_(std::min(window, grid)),
        block_(std::max(grid, block_length(window))), blocks_((window + block_ - 1) / block_) {}

  void reset() noexcept {
    std::ranges::fill(blocks_, 0.0);
    newest_ = older_ = value_ = 0.0;
  }
  /// Before the value at `index`; before(n) is the largest magnitude of the n values before it.
  template <class Before>
  [[gnu::always_inline]] void step(std::uint64_t index, Before before) noexcept {
    if ((index & mask_) == 0) [[unlikely]]
      turn(index, before(span_));
  }
  /// The same for n values from `index` on; y[i] is value() after x[i].
  template <class Before>
  void run(std::uint64_t index, const double* x, std::size_t n, double* y, Before before) noexcept {
    for (std::size_t i = 0; i < n;) {
      step(index + i, [&](std::size_t span) {
        const std::size_t here = std::min(i, span);
        return larger(peak_of(x + i - here, here), before(span - here));
      });
      const auto left = static_cast<std::size_t>(mask_ + 1 - ((index + i) & mask_));
      const std::size_t end = i + std::min(n - i, left);
      std::fill(y + i, y + end, value_);
      i = end;
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
  [[gnu::noinline]] void turn(std::uint64_t index, double recent) noexcept {
    newest_ = larger(recent, newest_);
    if (index % block_ == 0) {
      blocks_[static_cast<std::size_t>(index / block_ % blocks_.size())] = newest_;
      newest_ = 0.0;
      older_ = *std::ranges::max_element(blocks_);
    }
    value_ = scale_ * larger(newest_, older_);
  }

  double scale_;
  std::uint64_t mask_;  // grid - 1
  std::size_t span_;    // values that one look takes in: those of a block, but W at most
  std::size_t block_;
  std::vector<double> blocks_;  // peaks of the last whole blocks
  double newest_ = 0.0, older_ = 0.0, value_ = 0.0;
};

}  // namespace tickeng::stat
