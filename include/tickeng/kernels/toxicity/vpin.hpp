// C-14: VPIN, the share of one-sided volume in the last n buckets of equal volume V.
//   VPIN = mean over n buckets of |V_buy - V_sell| / V
// A trade is split where it crosses the end of a bucket; an unknown side is half of each. The value
// changes only when a bucket closes, and is held between. A trade that closes several publishes the
// last value; its whole buckets are pushed together, n at most, so that a tick stays bounded.
//   rank      of the value among its last 1000, as a fraction: (below + equal/2) / count, where
//             values within 2^-32 are equal, so that rounding breaks no tie
//   nowcast   the same with the open bucket, by its volume f: (sum + |b - s|/V) / (n + f/V)
// Trap: no test for equality; a bucket is full when what is left of a trade is at least its room.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "tickeng/kernel/kernel.hpp"
#include "tickeng/kernels/parts/finite.hpp"
#include "tickeng/stat/ordered_window.hpp"
#include "tickeng/stat/rolling_sum.hpp"

namespace tickeng {

class Vpin {
 public:
  static constexpr ParamSpec kParams[] = {{.name = "bucket",
                                           .fallback = 50'000.0,
                                           .low = 1e-12,
                                           .high = 1e300,
                                           .unit = "base",
                                           .doc = "volume of a bucket"},
                                          {.name = "window",
                                           .kind = ParamKind::kInteger,
                                           .fallback = 50.0,
                                           .low = 1,
                                           .high = 10'000,
                                           .unit = "buckets",
                                           .doc = "closed buckets in the mean; no value before"},
                                          {.name = "rank_window",
                                           .kind = ParamKind::kInteger,
                                           .fallback = 1000.0,
                                           .low = 1,
                                           .high = 1 << 16,
                                           .unit = "values",
                                           .doc = "values of VPIN that the rank is among"},
                                          {.name = "min_count",
                                           .kind = ParamKind::kInteger,
                                           .fallback = 60.0,
                                           .low = 1,
                                           .high = 1 << 16,
                                           .unit = "values",
                                           .doc = "values before the first rank, "
                                                  "rank_window at most"}};
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "vpin", .range = "[0, 1]"},
                                                {.name = "vpin_rank", .range = "[0, 1]"},
                                                {.name = "vpin_nowcast", .range = "[0, 1]"}};
  static constexpr KernelSpec spec{.id = "C-14",
                                   .name = "vpin",
                                   .aliases = "",
                                   .summary = "volume-synchronised probability of informed trading",
                                   .formula = "mean over n buckets of |V_buy - V_sell|/V",
                                   .source = "S1 volume analytics; S4 VPIN",
                                   .params = kParams,
                                   .outputs = kOutputSpecs,
                                   .memory = Memory::kSerial};

  explicit Vpin(const Params& p)
      : size_(p.real("bucket")), window_(p.size("window")), least_(first(p)), sums_(window_),
        values_(p.size("rank_window")) {}

  [[nodiscard]] Values<3> on(const TradeStep& t) noexcept {
    double left = t.qty;
    const double room = std::max(size_ - filled_, 0.0);
    if (left >= room) [[unlikely]]
      left = close(left, room, t.side);
    filled_ += left;
    signed_ += t.side * left;
    return {vpin_, rank_, nowcast()};
  }
  /// Rows at least: one trade may fill all buckets, and gives one value.
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t output, WarmupInputs) {
    return output == 1 ? first(p) - 1 : 0;
  }
  void reset() noexcept {
    filled_ = signed_ = sum_ = 0.0;
    vpin_ = rank_ = kNaN;
    sums_.reset();
    values_.reset();
  }
  template <class Visitor>
  void state(Visitor& v) {
    v.number("filled", filled_);
    v.number("signed", signed_);
    v.number("sum", sum_);
    v.number("vpin", vpin_);
    v.number("rank", rank_);
    v.part(sums_);
    v.part(values_);
  }

 private:
  [[nodiscard]] static std::size_t first(const Params& p) {
    return std::min(p.size("min_count"), p.size("rank_window"));
  }
  /// Closes the open bucket and those that lie in the trade whole; what is left of it.
  [[gnu::noinline]] double close(double left, double room, double side) noexcept {
    signed_ += side * room;
    left -= room;
    sum_ = sums_.push(std::min(std::fabs(signed_) / size_, 1.0));
    filled_ = signed_ = 0.0;
    if (left >= size_) {
      const double rest = std::fmod(left, size_);  // exact
      const double whole = std::min((left - rest) / size_, static_cast<double>(window_));
      for (auto n = std::llround(whole); n > 0; --n) sum_ = sums_.push(std::fabs(side));
      left = rest;
    }
    if (!sums_.full()) return left;
    vpin_ = parts::finite(std::min(sum_ / static_cast<double>(window_), 1.0));
    if (vpin_ != vpin_) return left;  // only after a damaged state
    const stat::OrderedWindow::Place at = values_.push(std::nearbyint(vpin_ * 0x1p32));
    if (at.count >= least_) {
      const double middle = static_cast<double>(at.below) + 0.5 * static_cast<double>(at.equal);
      rank_ = middle / static_cast<double>(at.count);
    }
    return left;
  }
  [[nodiscard]] double nowcast() const noexcept {
    if (vpin_ != vpin_) return kNaN;
    const double imbalance = sum_ + std::fabs(signed_) / size_;
    return std::min(imbalance / (static_cast<double>(window_) + filled_ / size_), 1.0);
  }

  double size_;
  std::size_t window_, least_;
  stat::RollingSum sums_;
  stat::OrderedWindow values_;
  double filled_ = 0.0, signed_ = 0.0;  // of the open bucket
  double sum_ = 0.0;                    // of the closed ones
  double vpin_ = kNaN, rank_ = kNaN;
};

}  // namespace tickeng
