// Deviation, variance and z-score of the newest value in its window. Spec: B-04, B-05.
//
// Sums are taken about c, the rounded mean of what all windows of a block have in common and was
// known one block earlier (block_moments.hpp). That is at least a quarter of the window, so S2 is
// at most 5 M2 for any data: nothing is left to cancel in M2 = S2 - S1^2/n. What is delivered is
// dev = (x - c) - S1/n, not x - mean: through a rounded mean a z-score at 1e9 is off by 6e-5.
// Variance is the population's (ddof 0). z = dev / (sigma + eps), eps 1e-8 absolute, or dev /
// (sigma + eps |mean|), 0 where that is 0.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "tickeng/stat/anchored.hpp"
#include "tickeng/stat/block_moments.hpp"

namespace tickeng::stat {

class MomentSums {
 public:
  using Cell = Moments;
  struct Cells {
    double* s1;
    double* s2;
  };

  MomentSums(std::size_t window, std::size_t block)
      : block_(block), ring_(window / block + 2), blocks_(2 * ring_), scratch_(block, 0.0) {}

  static constexpr std::size_t kShare = 4;

  /// Room for one block that wraps in the ring.
  [[nodiscard]] std::vector<double>& scratch() noexcept { return scratch_; }
  void restart() noexcept {
    prefix_ = {};
    aimed_ = false;
  }
  void seed(double x) noexcept {
    anchor_ = x;
    prefix_ = {};
  }
  void close(RingView ring, std::uint64_t start) noexcept {
    const Block b = make_block(ring.piece(start - block_, block_, scratch_), block_);
    const std::size_t at = static_cast<std::size_t>((start / block_ - 1) % ring_);
    blocks_.set(at, b);
    blocks_.set(at + ring_, b);
  }
  void open(RingView ring, std::uint64_t from, std::uint64_t from_next,
            std::uint64_t start) noexcept {
    const BlockRun middle = run(ring, from, start);
    prefix_ = {};
    if (!middle.empty()) {  // else nothing is before: seed() sets the anchor
      anchor_ = aimed_ ? next_anchor_ : mean(middle);
      prefix_ = about(middle, anchor_);
    }
    const BlockRun next = run(ring, from_next + (block_ - from_next % block_) % block_, start);
    aimed_ = block_ > 1 && next.count > 0;
    if (aimed_) next_anchor_ = mean(next);
  }
  [[nodiscard]] Cell extend(Cell cell, double x) const noexcept {
    const double d = x - next_anchor_;
    return {cell.s1 + d, cell.s2 + d * d};
  }
  [[nodiscard]] Cell add(Cell suffix, double x) noexcept {
    const double d = x - anchor_;
    prefix_.s1 += d;
    prefix_.s2 += d * d;
    return {suffix.s1 + prefix_.s1, suffix.s2 + prefix_.s2};
  }
  void add(const Cell* suffixes, const double* x, std::size_t n, Cells cells) noexcept {
    for (std::size_t i = 0; i < n; ++i) {
      const Moments m = add(suffixes[i], x[i]);
      cells.s1[i] = m.s1;
      cells.s2[i] = m.s2;
    }
  }
  /// Four running sums side by side: each alone would wait for its own last addition.
  void scan(const double* oldest, const double* x, std::size_t n, Cells cells) noexcept {
    double new1[kPiece], new2[kPiece], old1[kPiece], old2[kPiece];
    const double a = anchor_;
    for (std::size_t i = 0; i < n; ++i) {
      const double d = x[i] - a;
      new1[i] = d;
      new2[i] = d * d;
    }
    for (std::size_t i = 0; i + 1 < n; ++i) {
      const double d = oldest[i] - a;
      old1[i] = d;
      old2[i] = d * d;
    }
    new1[0] += prefix_.s1;
    new2[0] += prefix_.s2;
    old1[n - 1] = old2[n - 1] = 0.0;
    for (std::size_t i = 1, j = n - 1; i < n; ++i, --j) {
      new1[i] += new1[i - 1];
      new2[i] += new2[i - 1];
      old1[j - 1] += old1[j];
      old2[j - 1] += old2[j];
    }
    prefix_ = {new1[n - 1], new2[n - 1]};
#pragma GCC ivdep
    for (std::size_t i = 0; i < n; ++i) {
      cells.s1[i] = old1[i] + new1[i];
      cells.s2[i] = old2[i] + new2[i];
    }
  }
  [[nodiscard]] double anchor() const noexcept { return anchor_; }

 private:
  /// The values of [from, start).
  [[nodiscard]] BlockRun run(RingView ring, std::uint64_t from, std::uint64_t start) noexcept {
    if (from >= start) return {{}, &blocks_, 0, 0};
    const std::size_t head =
        static_cast<std::size_t>(std::min((block_ - from % block_) % block_, start - from));
    const std::uint64_t whole = (from + head) / block_;
    return {make_block(ring.piece(from, head, scratch_), head), &blocks_,
            static_cast<std::size_t>(whole % ring_),
            static_cast<std::size_t>(start / block_ - whole)};
  }

  std::size_t block_, ring_;
  BlockColumns blocks_;
  std::vector<double> scratch_;
  double anchor_ = 0.0, next_anchor_ = 0.0;
  bool aimed_ = false;  // next_anchor_ is set
  Moments prefix_;      // middle included
};

/// What a window says of its newest value.
struct Deviation {
  double dev = 0.0;       ///< x - mean
  double variance = 0.0;  ///< population variance
  double mean = 0.0;
};

class RollingMoments {
 public:
  /// window >= 1.
  explicit RollingMoments(std::size_t window)
      : window_(window), inverse_(1.0 / static_cast<double>(window)) {}

  void reset(std::uint64_t index = 0) noexcept { window_.reset(index); }
  Deviation push(double x) noexcept {
    if (window_.full()) return advance(x);
    const Moments m = window_.push(x);
    const double inverse = window_.full() ? inverse_ : 1.0 / static_cast<double>(window_.count());
    return deviation(x, m, window_.sums().anchor(), inverse);
  }
  /// The same when full().
  [[gnu::always_inline]] Deviation advance(double x) noexcept {
    const Moments m = window_.advance(x);
    return deviation(x, m, window_.sums().anchor(), inverse_);
  }
  /// Calls row(i, deviation) for each of n values. Precondition: full().
  template <class Row>
  void run(const double* x, std::size_t n, Row row) noexcept {
    double s1[kPiece], s2[kPiece];
    const auto cells = [&](std::size_t) { return MomentSums::Cells{s1, s2}; };
    window_.run(x, n, cells, [&](std::size_t first, std::size_t count) {
      const double c = window_.sums().anchor();
      const double inverse = inverse_;
#pragma GCC ivdep
      for (std::size_t i = 0; i < count; ++i) {
        row(first + i, deviation(x[first + i], {s1[i], s2[i]}, c, inverse));
      }
    });
  }
  [[nodiscard]] std::size_t count() const noexcept { return window_.count(); }
  [[nodiscard]] bool full() const noexcept { return window_.full(); }
  [[nodiscard]] bool empty() const noexcept { return window_.empty(); }
  template <class Visitor>
  void state(Visitor& v) {
    window_.state(v);
  }

 private:
  [[nodiscard]] static Deviation deviation(double x, Moments m, double c, double inverse) noexcept {
    const double shift = m.s1 * inverse;
    const double variance = (m.s2 - m.s1 * shift) * inverse;
    return {(x - c) - shift, variance < 0.0 ? 0.0 : variance, c + shift};
  }

  AnchoredWindow<MomentSums> window_;
  double inverse_;
};

enum class Epsilon : std::uint8_t { kAbsolute = 0, kRelative = 1 };

/// z-score of the newest value in its own window: |z| <= sqrt(W - 1).
class RollingZScore {
 public:
  RollingZScore(std::size_t window, Epsilon mode, double eps = 1e-8)
      : moments_(window), mode_(mode), eps_(eps) {}

  void reset(std::uint64_t index = 0) noexcept { moments_.reset(index); }
  /// z over the last min(count, W) values; 0 with a single value.
  double push(double x) noexcept { return score(moments_.push(x)); }
  /// The same when full().
  [[gnu::always_inline]] double advance(double x) noexcept { return score(moments_.advance(x)); }
  /// z of n values, and the sigma of each. Precondition: full().
  void run(const double* x, std::size_t n, double* z, double* sigma) noexcept {
    const double eps = eps_;
    if (mode_ == Epsilon::kAbsolute) {
      moments_.run(x, n, [=](std::size_t i, const Deviation& d) {
        sigma[i] = std::sqrt(d.variance);
        z[i] = d.dev / (sigma[i] + eps);
      });
    } else {
      moments_.run(x, n, [=](std::size_t i, const Deviation& d) {
        sigma[i] = std::sqrt(d.variance);
        z[i] = relative(d, sigma[i], eps);
      });
    }
  }
  /// True when eps is more than 1 % of such a sigma (absolute eps only).
  [[nodiscard]] bool dominates(double sigma) const noexcept {
    return mode_ == Epsilon::kAbsolute && sigma < 100.0 * eps_;
  }
  /// The same for the sigma of the last push.
  [[nodiscard]] bool dominated() const noexcept { return dominates(sigma_); }
  [[nodiscard]] bool full() const noexcept { return moments_.full(); }
  [[nodiscard]] bool empty() const noexcept { return moments_.empty(); }
  template <class Visitor>
  void state(Visitor& v) {
    moments_.state(v);
  }

 private:
  [[gnu::always_inline]] double score(const Deviation& d) noexcept {
    sigma_ = std::sqrt(d.variance);
    return mode_ == Epsilon::kAbsolute ? d.dev / (sigma_ + eps_) : relative(d, sigma_, eps_);
  }
  [[nodiscard]] static double relative(const Deviation& d, double sigma, double eps) noexcept {
    const double scale = sigma + eps * std::fabs(d.mean);
    return scale == 0.0 ? 0.0 : d.dev / scale;
  }

  RollingMoments moments_;
  Epsilon mode_;
  double eps_;
  double sigma_ = 0.0;
};

}  // namespace tickeng::stat
