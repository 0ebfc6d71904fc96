// The z-scores of one kernel or of several, over windows of one length that go in lockstep as
// lanes: one load, one square root and one division a tick for all of them. A lane gives the bits
// that its window alone would give, so it does not matter which kernels share. Spec: B-05.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>

#include "tickeng/kernel/kernel.hpp"
#include "tickeng/stat/rolling_z_score.hpp"

namespace tickeng {

template <std::size_t N>
class ScoreLanes {
 public:
  static constexpr std::size_t kLanes = std::bit_ceil(N);
  using Value = stat::Vec<kLanes>;

  explicit ScoreLanes(const Params& p)
      : z_(p.size("window"), p.choice<stat::Epsilon>("eps")),
        strict_(p.choice<Warmup>("warmup") == Warmup::kStrict) {}
  /// Whether kernels with these parameters may share lanes.
  [[nodiscard]] static bool alike(const Params& a, const Params& b) {
    return a.size("window") == b.size("window") && a.size("eps") == b.size("eps") &&
           a.size("warmup") == b.size("warmup");
  }

  /// The series of lane `first` and on round as Kernel::rounding() says.
  template <std::size_t M>
  void rounding(std::size_t first, const Values<M>& relative) noexcept {
    for (std::size_t j = 0; j < M; ++j) z_.relative_rounding(first + j, relative[j]);
  }
  /// z-scores of this tick's values: NaN before a lane's first one, and until full if strict.
  /// floor() gives Kernel::floor() of each lane, 0 where there is none; it is asked now and then.
  template <class Floor>
  [[gnu::always_inline]] Values<N> push(const Values<N>& x, Floor floor) noexcept {
    const Value row = gather(x);
    const auto floors = [&] { return gather(floor()); };
    return scatter(z_.ready(row) || z_.catch_up(row, floors) ? z_.push_ready(row)
                                                             : fill(row, floors));
  }
  /// The same for n <= TradeBlock::kMax rows in columns; null: no floor. z may be x.
  void run(const OutColumns<N>& x, const Columns<N>& floors, std::size_t n,
           const OutColumns<N>& z) noexcept {
    const auto floor = [&](std::size_t i) {
      Values<N> row{};
      for (std::size_t l = 0; l < N; ++l) row[l] = floors[l] == nullptr ? 0.0 : floors[l][i];
      return row;
    };
    const auto gathered = [&](std::size_t i) { return gather(floor(i)); };
    if (!steady(x, n)) {
      for (std::size_t i = 0; i < n; ++i) {
        Values<N> row;
        for (std::size_t l = 0; l < N; ++l) row[l] = x[l][i];
        row = push(row, [&] { return floor(i); });
        for (std::size_t l = 0; l < N; ++l) z[l][i] = row[l];
      }
    } else if constexpr (N == 1) {
      z_.run(x[0], n, z[0], gathered);
    } else {
      alignas(64) double rows[TradeBlock::kMax * kLanes];
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t l = 0; l < kLanes; ++l) rows[i * kLanes + l] = l < N ? x[l][i] : kNaN;
      }
      z_.run(rows, n, rows, gathered);
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t l = 0; l < N; ++l) z[l][i] = rows[i * kLanes + l];
      }
    }
  }
  void reset() noexcept { z_.reset(); }
  void skip(std::uint64_t n) noexcept { z_.skip(n); }
  void grow(std::size_t rows) { z_.grow(rows); }
  void forget() noexcept { z_.forget(); }
  void follow(const ScoreLanes& before) noexcept { z_.follow(before.z_); }
  /// Of `count` lanes from `first` on, the one that eps governed most, and most still ticks.
  [[nodiscard]] Health health(std::size_t first, std::size_t count) const noexcept {
    Health worst;
    std::uint64_t still = 0;
    for (std::size_t l = first; l < first + count; ++l) {
      const Health h{z_.full_ticks(l), z_.dominated(l)};
      if (l == first || h.dominated * worst.ticks > worst.dominated * h.ticks) worst = h;
      still = std::max(still, z_.still(l));
    }
    worst.still = std::min(still, worst.ticks);
    return worst;
  }
  template <class Visitor>
  void state(Visitor& v, std::size_t lane) {
    z_.state(v, lane, lane + 1 == N);
  }

 private:
  [[nodiscard, gnu::always_inline]] static Value gather(const Values<N>& x) noexcept {
    if constexpr (kLanes == 1) {
      return x[0];
    } else if constexpr (kLanes == 2) {
      return Value{x[0], x[1]};
    } else {
      return Value{x[0], x[1], x[2], N > 3 ? x[N - 1] : kNaN};
    }
  }
  [[nodiscard, gnu::always_inline]] static Values<N> scatter(Value z) noexcept {
    Values<N> out;
    if constexpr (kLanes == 1) {
      out[0] = z;
    } else {
      for (std::size_t l = 0; l < N; ++l) out[l] = z[l];
    }
    return out;
  }
  [[nodiscard]] bool steady(const OutColumns<N>& x, std::size_t n) const noexcept {
    if (!z_.full()) return false;
    for (std::size_t l = 0; l < N; ++l) {
      if (z_.started(l)) continue;
      std::size_t values = 0;
      for (std::size_t i = 0; i < n; ++i) values += x[l][i] == x[l][i] ? 1 : 0;
      if (values > 0) return false;
    }
    return true;
  }
  template <class Floor>
  [[gnu::noinline]] Value fill(Value x, Floor floor) noexcept {
    const Value z = z_.fill(x, floor);
    if (!strict_) return z;
    return z_.counts() < Value{} + static_cast<double>(z_.window()) ? Value{} + kNaN : z;
  }

  stat::RollingZScore<kLanes> z_;
  bool strict_;
};

}  // namespace tickeng
