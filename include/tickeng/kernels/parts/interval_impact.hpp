// The regression behind the kernels of Kyle's lambda (C-15): price changes on signed volume over
// intervals of M trades.
//   lambda = cov(dp, Q) / var(Q),  t = lambda / se(lambda), over the last W intervals
//   se^2 = (var(dp) - lambda cov) / ((W - 2) var(Q))
// Interval k is the trades kM .. kM + M - 1, Q its signed volume, dp what a price changes from just
// before its first trade to just before the one behind its last. It is known at that trade; outputs
// are held between. NaN where Q does not vary; t is NaN, too, where less than 2^-40 of var(dp) is
// left unexplained, which is rounding.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "tickeng/kernel/kernel.hpp"
#include "tickeng/kernels/parts/finite.hpp"
#include "tickeng/stat/rolling_pairs.hpp"

namespace tickeng::parts {

class IntervalImpact {
 public:
  static constexpr ParamSpec kParams[] = {{.name = "interval",
                                           .kind = ParamKind::kInteger,
                                           .fallback = 50.0,
                                           .low = 1,
                                           .high = 10'000,
                                           .unit = "trades",
                                           .doc = "trades of an interval"},
                                          {.name = "window",
                                           .kind = ParamKind::kInteger,
                                           .fallback = 100.0,
                                           .low = 3,
                                           .high = 1 << 16,
                                           .unit = "intervals",
                                           .doc = "newest intervals in the regression"}};

  explicit IntervalImpact(const Params& p)
      : length_(p.size("interval")), freedom_(p.real("window") - 2.0), pairs_(p.size("window")) {}

  void skip(std::uint64_t n) noexcept {
    if (count_ + n == 0) return;
    const std::uint64_t last = count_ + n - 1;
    pairs_.skip(last / length_);
    count_ = static_cast<std::size_t>(last % length_) + 1;
  }
  /// Behind rows that it has not seen: the interval in progress counts for nothing.
  void start(std::uint64_t index) noexcept { skip(index); }
  void reset() noexcept {
    count_ = 0;
    flow_ = 0.0;
    before_ = lambda_ = t_ = kNaN;
    pairs_.reset();
  }
  template <class Visitor>
  void state(Visitor& v) {
    v.index("count", count_, length_ + 1);
    v.number("flow", flow_);
    v.number("before", before_);
    v.number("lambda", lambda_);
    v.number("t", t_);
    v.part(pairs_);
  }

 protected:
  /// A trade, and the price just before it. An interval with an undefined change is left out.
  [[nodiscard]] Values<2> push(double before, double signed_qty) noexcept {
    if (count_ == length_) {
      close(before);
    } else if (count_ == 0) {
      before_ = before;
    }
    ++count_;
    flow_ += signed_qty;
    return {lambda_, t_};
  }

 private:
  [[gnu::noinline]] void close(double now) noexcept {
    const double change = now - before_;
    if (change == change) {
      const stat::Covariance c = pairs_.push(flow_, change);
      if (pairs_.full()) regress(c);
    }
    before_ = now;
    flow_ = 0.0;
    count_ = 0;
  }
  void regress(const stat::Covariance& c) noexcept {
    lambda_ = finite(c.xy / c.xx);
    const double rest = c.yy - lambda_ * c.xy;
    const bool is_known = rest > c.yy * 0x1p-40;
    t_ = is_known ? finite(lambda_ / std::sqrt(rest / (freedom_ * c.xx))) : kNaN;
  }

  std::size_t length_;
  double freedom_;
  stat::RollingPairs pairs_;
  std::size_t count_ = 0;              // trades of the open interval
  double flow_ = 0.0, before_ = kNaN;  // its volume, and the price before it
  double lambda_ = kNaN, t_ = kNaN;
};

}  // namespace tickeng::parts
