// Sums of a long batch, several blocks of the window side by side. Spec: B-02, B-03.
// The bits are those of RollingSum::push: see batch_blocks.hpp.
#pragma once

#include <cstddef>

#include "tickeng/stat/batch_blocks.hpp"
#include "tickeng/stat/lanes.hpp"
#include "tickeng/stat/rolling_sum.hpp"

namespace tickeng::stat {

/// For run_blocks; `scale` multiplies what comes out.
class SumBlocks {
 public:
  using Older = Side;
  using Newer = Side;

  SumBlocks(BlockGrid grid, std::size_t blocks, double scale)
      : grid_(grid), scale_(scale), totals_(blocks + grid.whole() + kSide),
        waiting_(grid.block * kSide) {}

  [[nodiscard]] Side* waiting() noexcept { return reinterpret_cast<Side*>(waiting_.data()); }
  [[nodiscard]] Side none() const noexcept { return Side{}; }
  void close(std::size_t i, const double* x) noexcept {
    totals_[i] = lane_sum(grid_.block, [x](std::size_t k) { return x[k]; });
  }
  [[nodiscard]] Side start(std::size_t i, const double* x) const noexcept {
    const double* const oldest = x + grid_.block - grid_.window;
    const double* const t = totals_.data() + i;
    return lane_sum(grid_.head(),
                    [=, this](std::size_t k) { return row_at(oldest + k, grid_.block); }) +
           lane_sum(grid_.whole(), [t](std::size_t k) { return side_at(t + k); });
  }
  [[nodiscard]] Side extend(Side older, Side x) const noexcept { return older + x; }
  [[nodiscard]] Side take(Side newer, Side x) const noexcept { return newer + x; }
  [[nodiscard]] Side join(Side, Side older, Side newer) const noexcept {
    return (older + newer) * scale_;
  }

 private:
  BlockGrid grid_;
  double scale_;
  Rows totals_, waiting_;
};

/// The sums times `scale` after each of n values, in the bits of sum.push(x) * scale when full;
/// while the window fills, of push(x). y is not x.
template <class Push>
void run_sums(RollingSum& sum, std::size_t window, const double* x, std::size_t n, double* y,
              double scale, Push push) {
  const BlockGrid grid{window, block_length(window, PlainSums::kShare)};
  run_window(
      sum, grid, x, n, y, push,
      [&](const double* from, std::size_t count, double* to) {
        sum.run(from, count, to);
        for (std::size_t i = 0; i < count; ++i) to[i] *= scale;
      },
      [&](const double* from, std::size_t blocks, double* to) {
        SumBlocks work(grid, blocks, scale);
        run_blocks(work, grid, from, blocks, to);
      });
}

}  // namespace tickeng::stat
