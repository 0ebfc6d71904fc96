// Variances and covariance of the last W pairs. Spec: B-11.
//
// Population's (ddof 0), from sums about an anchor (pair_sums.hpp): a series that does not vary has
// variance and covariance exactly 0.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tickeng/stat/pair_sums.hpp"

namespace tickeng::stat {

struct Covariance {
  double xx = 0.0, yy = 0.0, xy = 0.0;
};

class RollingPairs {
 public:
  /// window >= 2.
  explicit RollingPairs(std::size_t window)
      : window_(window), inverse_(1.0 / static_cast<double>(window)) {}

  void reset() noexcept { window_.reset(0); }
  /// Of the last W pairs, this one included; means nothing before full().
  Covariance push(double x, double y) noexcept { return of(window_.push(Pair{x, y})); }
  /// out(row, covariance) for n <= kPiece pairs. Precondition: full().
  template <class Out>
  void run(const double* x, const double* y, std::size_t n, Out out) noexcept {
    alignas(64) double rows[2 * kPiece];
    PairMoments moments[kPiece];
    for (std::size_t i = 0; i < n; ++i) {
      rows[2 * i] = x[i];
      rows[2 * i + 1] = y[i];
    }
    window_.run(
        rows, n, [&](std::size_t first) { return PairSums::Cells{moments + first}; },
        [&](std::size_t first, std::size_t count) {
          for (std::size_t i = first; i < first + count; ++i) out(i, of(moments[i]));
        });
  }
  void skip(std::uint64_t n) noexcept { window_.skip(n); }
  void grow(std::size_t rows) { window_.grow(rows); }
  [[nodiscard]] bool full() const noexcept { return window_.full(); }
  /// Pairs so far.
  [[nodiscard]] std::uint64_t count() const noexcept { return window_.next(); }
  template <class Visitor>
  void state(Visitor& v) {
    window_.state(v, 0, false);
    window_.state(v, 1, true);
  }

 private:
  [[nodiscard]] Covariance of(const PairMoments& m) const noexcept {
    const Pair shift = m.s1 * inverse_;
    const Pair spread = (m.s2 - m.s1 * shift) * inverse_;
    return {spread[0] < 0.0 ? 0.0 : spread[0], spread[1] < 0.0 ? 0.0 : spread[1],
            (m.product - m.s1[0] * shift[1]) * inverse_};
  }

  AnchoredWindow<PairSums> window_;
  double inverse_;
};

}  // namespace tickeng::stat
