// Windows as kernels use them: anchored to the absolute tick index at their first value, silent
// (NaN) until full under strict warm-up, and counting how often eps governs a z-score.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tickeng/kernel/options.hpp"
#include "tickeng/kernel/spec.hpp"
#include "tickeng/stat/rolling_moments.hpp"
#include "tickeng/stat/rolling_sum.hpp"

namespace tickeng::parts {

/// A RollingSum or RollingMean on the tick grid.
template <class Rolling>
class TickWindow {
 public:
  TickWindow(std::size_t window, Warmup warmup)
      : rolling_(window), strict_(warmup == Warmup::kStrict) {}

  void reset() noexcept { rolling_.reset(); }
  [[gnu::always_inline]] double push(double x, std::uint64_t index) noexcept {
    if (rolling_.full()) [[likely]] {
      return rolling_.advance(x);
    }
    return fill(x, index);
  }
  /// Columns may be used from here on: the window is full.
  [[nodiscard]] bool full() const noexcept { return rolling_.full(); }
  void run(const double* x, std::size_t n, double* y) noexcept { rolling_.run(x, n, y); }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(rolling_);
  }

 private:
  [[gnu::noinline]] double fill(double x, std::uint64_t index) noexcept {
    if (rolling_.empty()) rolling_.reset(index);
    const double y = rolling_.push(x);
    return strict_ && !rolling_.full() ? kNaN : y;
  }

  Rolling rolling_;
  bool strict_;
};

using SumWindow = TickWindow<stat::RollingSum>;
using MeanWindow = TickWindow<stat::RollingMean>;

/// B-05 on the tick grid.
class ZWindow {
 public:
  ZWindow(std::size_t window, stat::Epsilon eps, Warmup warmup)
      : z_(window, eps), strict_(warmup == Warmup::kStrict) {}

  void reset() noexcept { z_.reset(); }
  [[gnu::always_inline]] double push(double x, std::uint64_t index) noexcept {
    if (z_.full()) [[likely]] {
      return z_.advance(x);
    }
    return fill(x, index);
  }
  /// Whether the last value came from a full window, and whether eps governed it.
  [[nodiscard]] bool full() const noexcept { return z_.full(); }
  [[nodiscard]] bool dominated() const noexcept { return z_.dominated(); }
  /// z-scores of n values when full(), and their sigmas, which dominates() judges.
  void run(const double* x, std::size_t n, double* z, double* sigma) noexcept {
    z_.run(x, n, z, sigma);
  }
  [[nodiscard]] bool dominates(double sigma) const noexcept { return z_.dominates(sigma); }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(z_);
  }

 private:
  [[gnu::noinline]] double fill(double x, std::uint64_t index) noexcept {
    if (z_.empty()) z_.reset(index);
    const double z = z_.push(x);
    return strict_ && !z_.full() ? kNaN : z;
  }

  stat::RollingZScore z_;
  bool strict_;
};

/// The first trade counts as zero: the original engine starts its loop at the second one.
[[nodiscard]] inline bool drops_first(Mode mode, Warmup warmup) noexcept {
  return mode == Mode::kEngine && warmup == Warmup::kExpanding;
}

}  // namespace tickeng::parts
