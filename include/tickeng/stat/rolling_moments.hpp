// Deviation, variance and z-score of the newest value in its window. Spec: B-04, B-05.
//
// Sums are taken about c, the rounded mean of the middle of the window (block_moments.hpp). With B
// values outside the middle, S2 <= (1 + B/(W-B)) M2 for any data: nothing is left to cancel in
// M2 = S2 - S1^2/n. What is delivered is dev = (x - c) - S1/n, not x - mean: through a rounded mean
// a z-score at 1e9 is off by 6e-5. Variance is the population's (ddof 0).
// z = dev / (sigma + eps), eps 1e-8 absolute, or dev / (sigma + eps |mean|), 0 where that is 0.
#pragma once

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

  MomentSums(std::size_t window, std::size_t block)
      : block_(block), ring_(window / block + 2), blocks_(2 * ring_), scratch_(block, 0.0) {}

  void restart() noexcept { prefix_ = {}; }
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
  [[nodiscard]] Cell middle(RingView ring, std::uint64_t from, std::uint64_t start) noexcept {
    prefix_ = {};
    if (from >= start) return {};  // nothing before: seed() sets the anchor
    std::size_t head = static_cast<std::size_t>((block_ - from % block_) % block_);
    if (from + head > start) head = static_cast<std::size_t>(start - from);
    const Block oldest = make_block(ring.piece(from, head, scratch_), head);
    const std::uint64_t whole = (from + head) / block_;
    const auto count = static_cast<std::size_t>(start / block_ - whole);
    const Joined all = join(oldest, blocks_, static_cast<std::size_t>(whole % ring_), count);
    anchor_ = all.anchor;
    return all.about;
  }
  [[nodiscard]] Cell extend(Cell cell, double x) const noexcept {
    const double d = x - anchor_;
    return {cell.s1 + d, cell.s2 + d * d};
  }
  [[nodiscard]] Cell add(Cell history, double x) noexcept {
    const double d = x - anchor_;
    prefix_.s1 += d;
    prefix_.s2 += d * d;
    return {history.s1 + prefix_.s1, history.s2 + prefix_.s2};
  }
  [[nodiscard]] double anchor() const noexcept { return anchor_; }

 private:
  std::size_t block_, ring_;
  BlockColumns blocks_;
  std::vector<double> scratch_;
  double anchor_ = 0.0;
  Moments prefix_;
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
  [[gnu::always_inline]] Deviation push(double x) noexcept {
    const Moments m = window_.push(x);
    const double inverse =
        window_.full() ? inverse_ : 1.0 / static_cast<double>(window_.count());
    const double c = window_.sums().anchor();
    const double shift = m.s1 * inverse;
    const double variance = (m.s2 - m.s1 * shift) * inverse;
    return {(x - c) - shift, variance < 0.0 ? 0.0 : variance, c + shift};
  }
  [[nodiscard]] std::size_t count() const noexcept { return window_.count(); }
  [[nodiscard]] bool full() const noexcept { return window_.full(); }
  [[nodiscard]] bool empty() const noexcept { return window_.empty(); }
  template <class Visitor>
  void state(Visitor& v) {
    window_.state(v);
  }

 private:
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
  [[gnu::always_inline]] double push(double x) noexcept {
    const Deviation d = moments_.push(x);
    const double sigma = std::sqrt(d.variance);
    if (mode_ == Epsilon::kAbsolute) {
      dominated_ = sigma < 100.0 * eps_;
      return d.dev / (sigma + eps_);
    }
    dominated_ = false;
    const double scale = sigma + eps_ * std::fabs(d.mean);
    return scale == 0.0 ? 0.0 : d.dev / scale;
  }
  /// True when eps was more than 1 % of sigma at the last push (absolute eps only).
  [[nodiscard]] bool dominated() const noexcept { return dominated_; }
  [[nodiscard]] bool full() const noexcept { return moments_.full(); }
  [[nodiscard]] bool empty() const noexcept { return moments_.empty(); }
  template <class Visitor>
  void state(Visitor& v) {
    moments_.state(v);
  }

 private:
  RollingMoments moments_;
  Epsilon mode_;
  double eps_;
  bool dominated_ = false;
};

}  // namespace tickeng::stat
