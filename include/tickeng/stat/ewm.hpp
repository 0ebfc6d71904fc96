// Exponentially weighted mean and variance, a value an event. Spec: B-09.
//
//   mean_n = sum w_k x_(n-k) / sum w_k,  w_k = (1 - a)^k            (corrected), or
//   mean_n = mean_(n-1) + a (x_n - mean_(n-1)),  mean_0 = x_0       (recursive);
//   var_n  = (1 - a_n) (var_(n-1) + a_n d^2),  d = x_n - mean_(n-1), a_n the weight of x_n.
// The mean moves on once in G values (8, less where a is large) from M, the mean before the group:
//   M + g_j (x_0 - M) + s_j,  s_j = (1 - a) s_(j-1) + a (x_j - x_0),  g_j = 1 - (1 - a)^(j+1),
// M kept as a sum of two doubles. So a constant stays itself to the bit, roundings do not pile up
// however small a is, and a batch waits for M once in G values.
// Trap: groups are cut at absolute indices, so the bits depend on them, as with windows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tickeng/stat/tiles.hpp"

namespace tickeng::stat {

class Ewm {
 public:
  /// A mean as base + moved, and the weight of the newest value in it.
  struct Step {
    double base, moved, weight;
    [[nodiscard]] double mean() const noexcept { return base + moved; }
    /// What mean() lost by rounding.
    [[nodiscard]] double rest() const noexcept {
      const double sum = base + moved, part = sum - base;
      return (base - (sum - part)) + (moved - part);
    }
  };

  /// 0 < alpha <= 1.
  Ewm(double alpha, bool corrected) : alpha_(alpha), beta_(1.0 - alpha), corrected_(corrected) {
    double power = 1.0, gained = 0.0;
    for (std::size_t j = 0; j < kMost; ++j) {
      gains_[j] = gained += alpha_ * power;
      powers_[j] = power *= beta_;
      // Within a group nothing may fade much: x_0 is still in it.
      if ((j & (j + 1)) == 0 && power >= 1.0 / 16.0) group_ = j + 1;
    }
    reset();
  }

  void reset() noexcept {
    count_ = 0;
    high_ = low_ = first_ = inner_ = seen_ = 0.0;
    left_ = corrected_ ? 1.0 : 0.0;
  }
  /// The mean after x; x finite.
  double push(double x) noexcept { return step(x).mean(); }
  /// The same for n values. y is not x.
  void run(const double* x, std::size_t n, double* y) noexcept {
    std::size_t i = 0;
    for (; i < n && (count_ % kMost != 0 || count_ == 0 || left_ > kGone); ++i) y[i] = push(x[i]);
    if (group_ == kMost) {
      for (; i + kMost * kSide <= n; i += kMost * kSide) groups(x + i, y + i);
    }
    for (; i < n; ++i) y[i] = push(x[i]);
  }
  [[gnu::always_inline]] Step step(double x) noexcept {
    const std::size_t j = count_ & (group_ - 1);
    if (count_++ == 0) high_ = x;
    if (j == 0) {
      first_ = x;
      inner_ = 0.0;
    } else {
      inner_ = beta_ * inner_ + alpha_ * (x - first_);
    }
    Step now{high_, 0.0, alpha_};
    if (group_ == 1) {  // large alpha: from x towards M, so that alpha 1 is x itself
      now.weight = left_ > kGone ? alpha_ / (seen_ + alpha_ * left_) : alpha_;
      now.base = x;
      now.moved = (1.0 - now.weight) * ((high_ - x) + low_);
    } else if (left_ > kGone) [[unlikely]] {
      const double total = seen_ + gains_[j] * left_;
      now.weight = alpha_ / total;
      now.moved =
          (gains_[j] * (first_ - high_) + inner_) / total + (1.0 - gains_[j] / total) * low_;
    } else {
      now.moved = moved(j, first_ - high_, inner_, low_);
    }
    if (j == group_ - 1) close(now);
    return now;
  }
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

  template <class Visitor>
  void state(Visitor& v) {
    v.number("count", count_);
    v.number("high", high_);
    v.number("low", low_);
    v.number("first", first_);
    v.number("inner", inner_);
    v.number("seen", seen_);
    v.number("left", left_);
  }

 private:
  static constexpr std::size_t kMost = 8;
  static constexpr double kGone = 0x1p-60;  // what is left of the start weighs nothing

  [[nodiscard, gnu::always_inline]] double moved(std::size_t j, double away, double inner,
                                                 double low) const noexcept {
    return (gains_[j] * away + inner) + powers_[j] * low;
  }
  void close(const Step& end) noexcept {
    high_ = end.mean();
    low_ = end.rest();
    if (left_ > kGone) {
      seen_ += gains_[group_ - 1] * left_;
      left_ *= powers_[group_ - 1];
    }
    first_ = inner_ = 0.0;
  }
  /// kSide whole groups: what happens inside them side by side, then one after the other.
  void groups(const double* x, double* y) noexcept {
    alignas(64) double inner[kMost * kSide];
    Side first{}, sum{};
    map_rows(x, inner, kMost, kMost, [&](std::size_t j, Side v) {
      if (j == 0) {
        first = v;
        sum = Side{};
      } else {
        sum = beta_ * sum + alpha_ * (v - first);
      }
      return sum;
    });
    Step end{high_, 0.0, alpha_};
    double low = low_;
    for (std::size_t g = 0; g < kSide; ++g) {
      const double base = end.base, away = x[g * kMost] - base;
      const double* const s = inner + g * kMost;
      double* const out = y + g * kMost;
      for (std::size_t j = 0; j < kMost; ++j) out[j] = base + moved(j, away, s[j], low);
      end.moved = moved(kMost - 1, away, s[kMost - 1], low);
      low = end.rest();
      end.base = end.mean();
    }
    high_ = end.base;
    low_ = low;
    count_ += kMost * kSide;
  }

  double alpha_, beta_;
  bool corrected_;
  std::size_t group_ = 1;
  alignas(64) std::array<double, kMost> gains_{};
  alignas(64) std::array<double, kMost> powers_{};
  std::uint64_t count_ = 0;
  double high_ = 0.0, low_ = 0.0;     // M
  double first_ = 0.0, inner_ = 0.0;  // x_0 and s_j
  double seen_ = 0.0, left_ = 0.0;    // weight before the group, and what is missing to 1
};

class EwmVariance {
 public:
  EwmVariance(double alpha, bool corrected) : mean_(alpha, corrected) {}

  void reset() noexcept {
    mean_.reset();
    high_ = low_ = variance_ = 0.0;
  }
  /// The variance about the weighted mean after x; x finite.
  double push(double x) noexcept {
    const double d = mean_.count() == 0 ? 0.0 : (x - high_) - low_;
    const Ewm::Step now = mean_.step(x);
    high_ = now.mean();
    low_ = now.rest();
    variance_ = (1.0 - now.weight) * (variance_ + now.weight * (d * d));
    return variance_;
  }
  template <class Visitor>
  void state(Visitor& v) {
    mean_.state(v);
    v.number("mean", high_);
    v.number("rest", low_);
    v.number("variance", variance_);
  }

 private:
  Ewm mean_;
  double high_ = 0.0, low_ = 0.0, variance_ = 0.0;
};

}  // namespace tickeng::stat
