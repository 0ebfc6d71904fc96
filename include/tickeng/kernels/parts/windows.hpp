// Windows as kernels use them: one value a trade, NaN before the first one, and NaN until full
// under strict warm-up. They count every trade, so that all stand on the grid of the symbol's own
// index.
#pragma once

#include <cstddef>

#include "tickeng/kernel/options.hpp"
#include "tickeng/kernel/spec.hpp"
#include "tickeng/stat/rolling_sum.hpp"

namespace tickeng::parts {

/// A RollingSum or RollingMean on the tick grid.
template <class Rolling>
class TickWindow {
 public:
  TickWindow(std::size_t window, Warmup warmup)
      : rolling_(window), strict_(warmup == Warmup::kStrict) {}

  void reset() noexcept { rolling_.reset(); }
  [[gnu::always_inline]] double push(double x) noexcept {
    return rolling_.ready(x) || rolling_.catch_up(x) ? rolling_.push_ready(x) : fill(x);
  }
  /// Columns may be used from here on: the window is full.
  [[nodiscard]] bool full() const noexcept { return rolling_.full(); }
  void run(const double* x, std::size_t n, double* y) noexcept { rolling_.run(x, n, y); }
  [[nodiscard]] double peak(std::size_t n) const noexcept { return rolling_.peak(n); }
  void skip(std::uint64_t n) noexcept { rolling_.skip(n); }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(rolling_);
  }

 private:
  [[gnu::noinline]] double fill(double x) noexcept {
    const double y = rolling_.fill(x);
    return strict_ && !rolling_.full() ? kNaN : y;
  }

  Rolling rolling_;
  bool strict_;
};

using SumWindow = TickWindow<stat::RollingSum>;
using MeanWindow = TickWindow<stat::RollingMean>;

/// The first trade counts as zero: the original engine starts its loop at the second one.
[[nodiscard]] inline bool drops_first(Mode mode, Warmup warmup) noexcept {
  return mode == Mode::kEngine && warmup == Warmup::kExpanding;
}

}  // namespace tickeng::parts
