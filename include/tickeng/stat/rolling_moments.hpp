// Deviation, variance and z-score of the newest value in its window. Spec: B-04, B-05.
//
// From sums about an anchor c (moment_sums.hpp). What is delivered is dev = (x - c) - S1/n, not
// x - mean: through a rounded mean a z-score at 1e9 is off by 6e-5.
// Variance is the population's (ddof 0). z = dev / (sigma + eps), eps 1e-8 absolute, or dev /
// (sigma + eps |mean|), 0 where that is 0.
#pragma once

#include <array>
#include <cmath>
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
  Deviation<Value> push(Value x) noexcept { return calm(x) || settle(x) ? glide(x) : fill(x); }
  // As in AnchoredWindow.
  [[nodiscard, gnu::always_inline]] bool calm(Value x) const noexcept { return window_.calm(x); }
  [[nodiscard]] bool settle(Value x) noexcept { return window_.settle(x); }
  /// The same as push(x) when calm(x).
  [[gnu::always_inline]] Deviation<Value> glide(Value x) noexcept {
    const Moments<Value> m = window_.glide(x);
    return deviation(x, m, window_.sums().anchor(), Value{} + inverse_);
  }
  /// The same as push(x) when neither calm(x) nor settle(x).
  [[nodiscard]] Deviation<Value> fill(Value x) noexcept {
    const Moments<Value> m = window_.fill(x);
    return deviation(x, m, window_.sums().anchor(), 1.0 / window_.counts());
  }
  /// Calls strip(at, deviation) for all values of n rows, a whole register of them at a time and
  /// the last ones a row at a time; value `at` belongs to lane at % L. Precondition: full(), and no
  /// x starts a lane.
  template <class Strip>
  void run(const double* x, std::size_t n, Strip strip) noexcept {
    alignas(64) double s1[kPiece * L], s2[kPiece * L];
    const auto cells = [&](std::size_t) { return typename MomentSums<L>::Cells{s1, s2}; };
    window_.run(x, n, cells, [&](std::size_t first, std::size_t count) {
      const Value c = window_.sums().anchor();
      const double* const values = x + first * L;
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
  }
  void skip(std::uint64_t n) noexcept { window_.skip(n); }
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

enum class Epsilon : std::uint8_t { kAbsolute = 0, kRelative = 1 };

/// z-scores of the newest values in their own windows: |z| <= sqrt(W - 1).
template <std::size_t L = 1>
class RollingZScore {
 public:
  using Value = Vec<L>;

  RollingZScore(std::size_t window, Epsilon mode, double eps = 1e-8)
      : moments_(window), mode_(mode), eps_(eps),
        governed_(mode == Epsilon::kAbsolute ? 100.0 * eps : -1.0) {}

  void reset(std::uint64_t index = 0) noexcept {
    moments_.reset(index);
    dominated_.fill(0.0);
  }
  /// z over the last min(count, W) values; 0 with a single value, NaN before the first.
  Value push(Value x) noexcept { return calm(x) || settle(x) ? glide(x) : fill(x); }
  // As in AnchoredWindow.
  [[nodiscard, gnu::always_inline]] bool calm(Value x) const noexcept { return moments_.calm(x); }
  [[nodiscard]] bool settle(Value x) noexcept { return moments_.settle(x); }
  /// The same as push(x) when calm(x).
  [[gnu::always_inline]] Value glide(Value x) noexcept { return score(moments_.glide(x)); }
  /// The same as push(x) when neither calm(x) nor settle(x).
  [[nodiscard]] Value fill(Value x) noexcept {
    constexpr All<L> all;
    const Value before = all.get(dominated_.data(), 0), z = score(moments_.fill(x));
    const Value now = all.get(dominated_.data(), 0);
    all.put(dominated_.data(), 0,
            counts() < Value{} + static_cast<double>(window()) ? before : now);
    return z;
  }
  /// z of n rows. Precondition: full(), and no x starts a lane. z may be x.
  void run(const double* x, std::size_t n, double* z) noexcept {
    alignas(64) double dominated[kWide] = {};
    moments_.run(x, n, [&]<class V>(std::size_t at, const Deviation<V>& d) {
      constexpr All<sizeof(V) / sizeof(double)> all;
      const V sigma = root(d.variance), eps = V{} + eps_;
      const V one = sigma < V{} + governed_ ? V{} + 1.0 : V{};
      all.put(dominated, 0, all.at(dominated) + one);
      all.put(z + at, 0,
              mode_ == Epsilon::kAbsolute ? d.dev / (sigma + eps) : relative(d, sigma, eps));
    });
    for (std::size_t i = 0; i < kWide; ++i) dominated_[i % L] += dominated[i];
  }
  void skip(std::uint64_t n) noexcept { moments_.skip(n); }
  /// Counts of dominated ticks start again; follow() adds those of the windows before.
  void forget() noexcept { dominated_.fill(0.0); }
  void follow(const RollingZScore& before) noexcept {
    moments_.follow(before.moments_);
    for (std::size_t l = 0; l < L; ++l) dominated_[l] += before.dominated_[l];
  }
  [[nodiscard]] bool full() const noexcept { return moments_.full(); }
  [[nodiscard]] bool started(std::size_t lane = 0) const noexcept { return moments_.started(lane); }
  [[nodiscard]] Value counts() const noexcept { return moments_.counts(); }
  [[nodiscard]] std::size_t window() const noexcept { return moments_.window(); }
  /// Ticks on which a window was full, and those of them on which eps was more than 1 % of sigma.
  [[nodiscard]] std::uint64_t full_ticks(std::size_t lane = 0) const noexcept {
    return moments_.full_ticks(lane);
  }
  [[nodiscard]] std::uint64_t dominated(std::size_t lane = 0) const noexcept {
    return static_cast<std::uint64_t>(dominated_[lane]);
  }
  template <class Visitor>
  void state(Visitor& v, std::size_t lane = 0, bool last = L == 1) {
    moments_.state(v, lane, last);
    v.number("dominated", dominated_[lane]);
  }

 private:
  [[gnu::always_inline]] Value score(const Deviation<Value>& d) noexcept {
    const Value sigma = root(d.variance);
    const Value eps = Value{} + eps_;
    const Value count = All<L>{}.get(dominated_.data(), 0);
    All<L>{}.put(dominated_.data(), 0,
                 count + (sigma < Value{} + governed_ ? Value{} + 1.0 : Value{}));
    return mode_ == Epsilon::kAbsolute ? d.dev / (sigma + eps) : relative(d, sigma, eps);
  }
  template <class V>
  [[nodiscard]] static V relative(const Deviation<V>& d, V sigma, V eps) noexcept {
    const V scale = sigma + eps * (d.mean < V{} ? -d.mean : d.mean);
    return scale == V{} ? V{} : d.dev / scale;
  }

  RollingMoments<L> moments_;
  Epsilon mode_;
  double eps_, governed_;
  alignas(L * 8) std::array<double, L> dominated_{};
};

}  // namespace tickeng::stat
