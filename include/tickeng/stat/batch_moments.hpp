// Deviation and variance of a long batch, several blocks of the window side by side.
// Spec: B-04, B-05. The bits are those of RollingMoments::push: see batch_blocks.hpp.
#pragma once

#include <cstddef>

#include "tickeng/stat/batch_blocks.hpp"
#include "tickeng/stat/block_moments.hpp"
#include "tickeng/stat/rolling_moments.hpp"

namespace tickeng::stat {

/// kSide blocks one behind the other, as lanes.
struct Neighbours {
  using Value = Side;
  [[nodiscard, gnu::always_inline]] Side get(const double* column, std::size_t i) const noexcept {
    return side_at(column + i);
  }
};

/// For run_blocks. `Out` makes the output of a Deviation<Side>. window >= 2.
template <class Out>
class MomentBlocks {
 public:
  using Older = Moments<Side>;
  using Newer = Moments<Side>;

  MomentBlocks(BlockGrid grid, std::size_t blocks, Out out)
      : grid_(grid), out_(out), inverse_(Side{} + 1.0 / static_cast<double>(grid.window)),
        columns_(blocks + grid.whole() + kSide), waiting_(2 * grid.block * kSide) {}

  [[nodiscard]] Older* waiting() noexcept { return reinterpret_cast<Older*>(waiting_.data()); }
  [[nodiscard]] Older none() const noexcept { return {}; }
  void close(std::size_t i, const double* x) noexcept {
    columns_.set(All<1>{}, i, make_block(grid_.block, x));
  }
  /// The anchor was chosen a block earlier, so it does not know the last whole block.
  [[nodiscard]] Newer start(std::size_t i, const double* x) noexcept {
    const double* const oldest = x + grid_.block - grid_.window;
    const auto n = static_cast<double>(grid_.block);
    const std::size_t known = grid_.block > 1 ? grid_.whole() - 1 : grid_.whole();
    c_ = BlockRun<Neighbours, 1>{{}, {}, &columns_, i, known, n}.mean();
    const auto head = make_block(
        grid_.head(), [=, this](std::size_t k) { return row_at(oldest + k, grid_.block); });
    return BlockRun<Neighbours, 1>{{}, head, &columns_, i, grid_.whole(), n}.about(c_);
  }
  [[nodiscard, gnu::always_inline]] Older extend(const Older& m, Side x) const noexcept {
    const Side d = x - c_;
    return {m.s1 + d, m.s2 + d * d};
  }
  [[nodiscard, gnu::always_inline]] Newer take(const Newer& m, Side x) const noexcept {
    return extend(m, x);
  }
  [[nodiscard, gnu::always_inline]] Side join(Side x, const Older& older,
                                              const Newer& newer) const noexcept {
    const Moments<Side> m{older.s1 + newer.s1, older.s2 + newer.s2};
    return out_(RollingMoments<1>::deviation(x, m, c_, inverse_));
  }

 private:
  BlockGrid grid_;
  Out out_;
  Side inverse_;
  Side c_{};
  BlockColumns<1> columns_;
  Rows waiting_;
};

/// out(Deviation) after each of n values; out works on doubles and on rows of lanes. While the
/// window fills: push(x). y is not x.
template <class Push, class Out>
void run_moments(RollingMoments<1>& moments, const double* x, std::size_t n, double* y, Push push,
                 Out out) {
  const std::size_t window = moments.window();
  const BlockGrid grid{window, block_length(window, MomentSums<1>::kShare)};
  const auto few = [&](const double* from, std::size_t count, double* to) {
    moments.run(from, count, [&](std::size_t, auto each) {
      each([&]<class V>(std::size_t at, const Deviation<V>& d) {
        All<sizeof(V) / sizeof(double)>{}.put(to + at, 0, out(d));
      });
    });
  };
  if (window == 1) {  // has no anchor but its first value
    std::size_t i = 0;
    for (; i < n && !moments.full(); ++i) y[i] = push(x[i]);
    few(x + i, n - i, y + i);
    return;
  }
  run_window(moments, grid, x, n, y, push, few,
             [&](const double* from, std::size_t blocks, double* to) {
               MomentBlocks<Out> work(grid, blocks, out);
               run_blocks(work, grid, from, blocks, to);
             });
}

}  // namespace tickeng::stat
