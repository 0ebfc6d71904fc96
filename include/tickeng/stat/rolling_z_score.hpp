// z-scores of the newest values in their own windows. Spec: B-05.
//
//   z = dev / (sigma + eps), eps 1e-8 absolute, or dev / (sigma + eps |mean|);
//   z = 0 where sigma <= d, d what rounding alone can have made of a series that stands still.
// Values that come out of sums and quotients carry rounding, and without d the z-score of equal
// trades would be that noise over itself. Who makes the values says how d follows: r |mean| + f, r
// fixed by a lane's operations, f by the size of terms that cancel. d changes only where a block
// starts; the anchor stands for the mean, as both agree far closer than d is known wherever d can
// matter.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "tickeng/stat/rolling_moments.hpp"

namespace tickeng::stat {

enum class Epsilon : std::uint8_t { kAbsolute = 0, kRelative = 1 };

/// |z| <= sqrt(W - 1). Where a `floor` is asked for, floor() gives the f of all lanes.
template <std::size_t L = 1>
class RollingZScore {
 public:
  using Value = Vec<L>;

  RollingZScore(std::size_t window, Epsilon mode, double eps = 1e-8)
      : moments_(window), mode_(mode), eps_(eps),
        governed_(mode == Epsilon::kAbsolute ? 100.0 * eps : -1.0) {}

  /// Block length of a window: d changes at its multiples.
  [[nodiscard]] static std::size_t grid(std::size_t window) noexcept {
    return block_length(window, MomentSums<L>::kShare);
  }
  /// Sets a lane's r; 0 to begin with.
  void relative_rounding(std::size_t lane, double r) noexcept { relative_[lane] = r; }
  void reset(std::uint64_t index = 0) noexcept {
    moments_.reset(index);
    forget();
  }
  /// z over the last min(count, W) values; 0 with a single value, NaN before the first.
  Value push(Value x) noexcept {
    return push(x, [] { return Value{}; });
  }
  template <class Floor>
  Value push(Value x, Floor floor) noexcept {
    if (moments_.ready(x)) return score(moments_.push_ready(x));
    return catch_up(x, floor) ? score(moments_.push_ready(x)) : fill(x, floor);
  }
  // As in AnchoredWindow.
  [[nodiscard, gnu::always_inline]] bool ready(Value x) const noexcept { return moments_.ready(x); }
  template <class Floor>
  [[nodiscard, gnu::noinline]] bool catch_up(Value x, Floor floor) noexcept {
    const bool ready_now = moments_.catch_up(x);
    if (ready_now) limit(floor());
    return ready_now;
  }
  /// The same as push(x) when ready(x).
  [[gnu::always_inline]] Value push_ready(Value x) noexcept {
    return score(moments_.push_ready(x));
  }
  /// The same as push(x) when neither ready(x) nor catch_up(x).
  template <class Floor>
  [[nodiscard]] Value fill(Value x, Floor floor) noexcept {
    constexpr All<L> all;
    const Counts before = counts_;
    const Deviation<Value> d = moments_.fill(x);
    limit(floor());
    const Value z = score(d), full = Value{} + static_cast<double>(window());
    for (auto count : {&Counts::dominated, &Counts::still}) {
      const Value was = all.get((before.*count).data(), 0);
      const Value now = all.get((counts_.*count).data(), 0);
      all.put((counts_.*count).data(), 0, counts() < full ? was : now);
    }
    return z;
  }
  /// z of n rows, f of a row by floor(row). Precondition: full(), and no x starts a lane. z may be
  /// x.
  template <class Floor>
  void run(const double* x, std::size_t n, double* z, Floor floor) noexcept {
    const double eps = eps_, governed = governed_;  // a store to z might change the members
    alignas(64) double dominated[kWide] = {};
    moments_.run(x, n, [&](std::size_t row, auto each) {
      limit(floor(row));
      alignas(64) double least[kWide];
      std::fill_n(least, kWide, std::numeric_limits<double>::infinity());
      each([&]<class V>(std::size_t at, const Deviation<V>& d) {
        constexpr All<sizeof(V) / sizeof(double)> all;
        const V sigma = root(d.variance);
        all.put(dominated, 0, all.at(dominated) + (sigma < V{} + governed ? V{} + 1.0 : V{}));
        all.put(least, 0, smaller(d.variance, all.at(least)));
        all.put(z + at, 0, quotient(d, sigma, eps));
      });
      if (!any_at_most(All<kWide>{}.at(least), repeat<kWide, L>(limit_))) return;
      each([&]<class V>(std::size_t at, const Deviation<V>& d) {
        constexpr All<sizeof(V) / sizeof(double)> all;  // only the variance is read: z may be x
        all.put(z + at, 0, judge(all.at(z + at), d.variance));
      });
    });
    for (std::size_t i = 0; i < kWide; ++i) counts_.dominated[i % L] += dominated[i];
  }
  void skip(std::uint64_t n) noexcept { moments_.skip(n); }
  void grow(std::size_t rows) { moments_.grow(rows); }
  /// Counts start again; follow() adds those of the windows before.
  void forget() noexcept { counts_ = {}; }
  void follow(const RollingZScore& before) noexcept {
    moments_.follow(before.moments_);
    for (std::size_t l = 0; l < L; ++l) {
      counts_.dominated[l] += before.counts_.dominated[l];
      counts_.still[l] += before.counts_.still[l];
    }
  }
  [[nodiscard]] bool full() const noexcept { return moments_.full(); }
  [[nodiscard]] bool started(std::size_t lane = 0) const noexcept { return moments_.started(lane); }
  [[nodiscard]] Value counts() const noexcept { return moments_.counts(); }
  [[nodiscard]] std::size_t window() const noexcept { return moments_.window(); }
  /// Ticks on which a window was full; of them, those on which eps was more than 1 % of sigma, and
  /// those on which sigma was within the rounding.
  [[nodiscard]] std::uint64_t full_ticks(std::size_t lane = 0) const noexcept {
    return moments_.full_ticks(lane);
  }
  [[nodiscard]] std::uint64_t dominated(std::size_t lane = 0) const noexcept {
    return static_cast<std::uint64_t>(counts_.dominated[lane]);
  }
  [[nodiscard]] std::uint64_t still(std::size_t lane = 0) const noexcept {
    return static_cast<std::uint64_t>(counts_.still[lane]);
  }
  template <class Visitor>
  void state(Visitor& v, std::size_t lane = 0, bool last = L == 1) {
    moments_.state(v, lane, last);
    v.number("dominated", counts_.dominated[lane]);
    if (v.whole()) v.number("still", counts_.still[lane]);
  }

 private:
  struct Counts {
    alignas(L * 8) std::array<double, L> dominated{}, still{};
  };

  template <class V>
  [[nodiscard, gnu::always_inline]] V quotient(const Deviation<V>& d, V sigma,
                                               double small) const noexcept {
    const V eps = V{} + small;
    if (mode_ == Epsilon::kAbsolute) return d.dev / (sigma + eps);
    const V scale = sigma + eps * (d.mean < V{} ? -d.mean : d.mean);
    return d.dev / scale;  // 0/0 where nothing varies: judge() makes it 0
  }
  [[gnu::always_inline]] Value score(const Deviation<Value>& d) noexcept {
    const Value sigma = root(d.variance), count = All<L>{}.get(counts_.dominated.data(), 0);
    All<L>{}.put(counts_.dominated.data(), 0,
                 count + (sigma < Value{} + governed_ ? Value{} + 1.0 : Value{}));
    const Value z = quotient(d, sigma, eps_);
    if (any_at_most(d.variance, limit_)) [[unlikely]]
      return judge(z, d.variance);
    return z;
  }
  /// z, 0 where the variance is within the rounding; these are counted.
  template <class V>
  [[nodiscard, gnu::noinline]] V judge(V z, V variance) noexcept {
    constexpr std::size_t kWidth = sizeof(V) / sizeof(double);
    alignas(64) double score[kWidth], spread[kWidth], limit[L];
    All<kWidth>{}.put(score, 0, z);
    All<kWidth>{}.put(spread, 0, variance);
    All<L>{}.put(limit, 0, limit_);
    for (std::size_t i = 0; i < kWidth; ++i) {
      if (!(spread[i] <= limit[i % L])) continue;
      counts_.still[i % L] += 1.0;
      score[i] = 0.0;
    }
    return All<kWidth>{}.at(score);
  }
  void limit(Value floor) noexcept {
    const Value c = moments_.anchor(), r = All<L>{}.get(relative_.data(), 0);
    const Value d = r * (c < Value{} ? -c : c) + floor;
    limit_ = d * d;
  }

  RollingMoments<L> moments_;
  Epsilon mode_;
  double eps_, governed_;
  Value limit_{};  // d^2
  alignas(L * 8) std::array<double, L> relative_{};
  Counts counts_;
};

}  // namespace tickeng::stat
