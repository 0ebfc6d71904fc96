// Deviation and variance of the newest value in its window. Spec: B-04.
//
// From sums about an anchor c (moment_sums.hpp). What is delivered is dev = (x - c) - S1/n, not
// x - mean: through a rounded mean a z-score at 1e9 is off by 6e-5.
// Variance is the population's (ddof 0); it and dev are exactly 0 where all values are equal.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tickeng/stat/anchored.hpp"
#include "tickeng/stat/moment_sums.hpp"

namespace tickeng::stat {

/// What a window says of its newest value.
template <class Value>
struct Deviation {
  Value dev{};       ///< x - mean
  Value variance{};  ///< population variance
  Value mean{};
};

/// L windows of one length in lockstep; a lane starts at its first value that is not NaN.
template <std::size_t L = 1>
class RollingMoments {
 public:
  using Value = Vec<L>;

  /// window >= 1.
  explicit RollingMoments(std::size_t window)
      : window_(window), inverse_(1.0 / static_cast<double>(window)) {}

  void reset(std::uint64_t index = 0) noexcept { window_.reset(index); }
  Deviation<Value> push(Value x) noexcept {
    return ready(x) || catch_up(x) ? push_ready(x) : fill(x);
  }
  // As in AnchoredWindow.
  [[nodiscard, gnu::always_inline]] bool ready(Value x) const noexcept { return window_.ready(x); }
  [[nodiscard]] bool catch_up(Value x) noexcept { return window_.catch_up(x); }
  /// The same as push(x) when ready(x).
  [[gnu::always_inline]] Deviation<Value> push_ready(Value x) noexcept {
    const Moments<Value> m = window_.push_ready(x);
    return deviation(x, m, window_.sums().anchor(), Value{} + inverse_);
  }
  /// The same as push(x) when neither ready(x) nor catch_up(x).
  [[nodiscard]] Deviation<Value> fill(Value x) noexcept {
    const Moments<Value> m = window_.fill(x);
    return deviation(x, m, window_.sums().anchor(), 1.0 / window_.counts());
  }
  /// Calls piece(row, each) for runs of rows that have one anchor, n in all. each(strip) calls
  /// strip(at, deviation) for all their values, a whole register at a time and the last ones a row
  /// at a time; value `at` belongs to lane at % L. Precondition: full(), and no x starts a lane.
  template <class Piece>
  void run(const double* x, std::size_t n, Piece piece) noexcept {
    alignas(64) double s1[kPiece * L], s2[kPiece * L];
    const auto cells = [&](std::size_t) { return typename MomentSums<L>::Cells{s1, s2}; };
    window_.run(x, n, cells, [&](std::size_t first, std::size_t count) {
      const Value c = window_.sums().anchor();
      const double* const values = x + first * L;
      piece(first, [&](auto strip) {
        std::size_t i = 0;
        const auto go = [&]<std::size_t W>() {
          const Vec<W> anchor = repeat<W, L>(c), inverse = Vec<W>{} + inverse_;
          for (constexpr All<W> all; i + W <= count * L; i += W) {
            const Moments<Vec<W>> m{all.at(s1 + i), all.at(s2 + i)};
            strip(first * L + i, deviation(all.at(values + i), m, anchor, inverse));
          }
        };
        go.template operator()<kWide>();
        go.template operator()<L>();
      });
    });
  }
  [[nodiscard]] Value anchor() const noexcept { return window_.sums().anchor(); }
  void skip(std::uint64_t n) noexcept { window_.skip(n); }
  void grow(std::size_t rows) { window_.grow(rows); }
  void follow(const RollingMoments& before) noexcept { window_.follow(before.window_); }
  [[nodiscard]] bool started(std::size_t lane = 0) const noexcept { return window_.started(lane); }
  [[nodiscard]] std::size_t count(std::size_t lane = 0) const noexcept {
    return window_.count(lane);
  }
  [[nodiscard]] Value counts() const noexcept { return window_.counts(); }
  [[nodiscard]] std::uint64_t full_ticks(std::size_t lane = 0) const noexcept {
    return window_.full_ticks(lane);
  }
  [[nodiscard]] std::size_t window() const noexcept { return window_.window(); }
  /// Whether every lane that started is full, and one has started.
  [[nodiscard]] bool full() const noexcept { return window_.full(); }
  template <class Visitor>
  void state(Visitor& v, std::size_t lane = 0, bool last = L == 1) {
    window_.state(v, lane, last);
  }

  /// What sums m about c say of x; `inverse` is 1/n.
  template <class V>
  [[nodiscard, gnu::always_inline]] static Deviation<V> deviation(V x, const Moments<V>& m, V c,
                                                                  V inverse) noexcept {
    const V shift = m.s1 * inverse;
    const V variance = (m.s2 - m.s1 * shift) * inverse;
    return {(x - c) - shift, variance < V{} ? V{} : variance, c + shift};
  }

 private:
  AnchoredWindow<MomentSums<L>> window_;
  double inverse_;
};

}  // namespace tickeng::stat
