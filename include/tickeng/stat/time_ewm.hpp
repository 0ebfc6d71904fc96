// Exponentially weighted mean with a weight in time, of rows that come when they come. Spec: B-09.
//
//   marks:  sum e^(-(t - t_k)/tau) x_k / sum e^(-(t - t_k)/tau)    a row counts once
//   held:   the mean of x(s) for s < t with weight e^(-(t - s)/tau) ds, x(s) the last row by then:
//           a row counts as long as it stood, the newest one not yet
// Both move a mean by w (x - mean), w = 1/den of the newest mark, or u/(1 - e^(-(t - t_0)/tau)),
// u = 1 - e^(-dt/tau), of the value that has just been replaced. The mean is a sum of two doubles,
// as is den, so that a constant stays itself to the bit and roundings do not pile up however short
// the times between rows are. Differences are taken of halves, so that none overflows.
// Trap: e^(-dt/tau) of a short time is 1 but for roundings; only u has it to the last bit.
#pragma once

#include <cstdint>
#include <limits>

#include "tickeng/base/exp.hpp"
#include "tickeng/base/time.hpp"

namespace tickeng::stat {

/// 1 - e^-y for y >= 0, to 2 ulp.
[[nodiscard]] inline double faded(double y) noexcept {
  if (y > 40.0) return 1.0;  // what is left is below half an ulp
  if (y > 0.34375) return 1.0 - tickeng::exp(-y);
  double tail = 1.0 / 6227020800.0;
  tail = 1.0 / 479001600.0 - y * tail;
  tail = 1.0 / 39916800.0 - y * tail;
  tail = 1.0 / 3628800.0 - y * tail;
  tail = 1.0 / 362880.0 - y * tail;
  tail = 1.0 / 40320.0 - y * tail;
  tail = 1.0 / 5040.0 - y * tail;
  tail = 1.0 / 720.0 - y * tail;
  tail = 1.0 / 120.0 - y * tail;
  tail = 1.0 / 24.0 - y * tail;
  tail = 1.0 / 6.0 - y * tail;
  tail = 1.0 / 2.0 - y * tail;
  return y - (y * y) * tail;
}

class TimeEwm {
 public:
  /// tau > 0, in ns.
  TimeEwm(std::int64_t tau, bool held) : tau_(static_cast<double>(tau)), held_(held) {}

  void reset() noexcept { *this = TimeEwm(static_cast<std::int64_t>(tau_), held_); }
  /// The mean after a row, never older than the one before; x finite. NaN while nothing has weight.
  double push(std::int64_t ts, double x) noexcept {
    if (first_ == kNoTime) {
      first_ = ts;
      mean_.high = x;
      den_.high = 1.0;
    } else if (held_) {
      hold(ts);
    } else {
      mark(ts, x);
    }
    last_ = ts;
    value_ = x;
    return held_ && ts == first_ ? std::numeric_limits<double>::quiet_NaN() : mean_.high;
  }
  /// From the first row to the last.
  [[nodiscard]] double span() const noexcept { return between(first_, last_); }

  template <class Visitor>
  void state(Visitor& v) {
    v.number("first_ns", first_);
    v.number("last_ns", last_);
    v.number("mean", mean_.high);
    v.number("rest", mean_.low);
    if (held_) return v.number("value", value_);
    v.number("weight", den_.high);
    v.number("weight_rest", den_.low);
  }

 private:
  struct Sum {
    double high = 0.0, low = 0.0;

    /// base + moved, rounded once; what that loses is kept.
    void become(double base, double moved) noexcept {
      const double sum = base + moved, part = sum - base;
      low = (base - (sum - part)) + (moved - part);
      high = sum;
    }
  };

  [[nodiscard]] static double between(std::int64_t from, std::int64_t to) noexcept {
    return static_cast<double>(static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from));
  }
  void mark(std::int64_t ts, double x) noexcept {
    const double y = between(last_, ts) / tau_;
    if (y > 0.34375) {
      den_ = {tickeng::exp(-y) * den_.high + 1.0, 0.0};
    } else {
      const double u = faded(y);
      den_.become(den_.high, den_.low + ((1.0 - u * den_.high) - u * den_.low));
    }
    blend(x, 1.0 / den_.high);
  }
  void hold(std::int64_t ts) noexcept {
    if (ts == last_) return;
    blend(value_, faded(between(last_, ts) / tau_) / faded(between(first_, ts) / tau_));
  }
  /// Moves the mean to x by this share of the way.
  void blend(double x, double share) noexcept {
    const double half = 0.5 * x - 0.5 * mean_.high;
    if (share > 0.5) {  // from x backwards, so that a share of 1 is x itself
      mean_.become(x, 2.0 * (1.0 - share) * (0.5 * mean_.low - half));
    } else {
      mean_.become(mean_.high, mean_.low + 2.0 * share * (half - 0.5 * mean_.low));
    }
  }

  double tau_;
  bool held_;
  std::int64_t first_ = kNoTime, last_ = kNoTime;
  double value_ = 0.0;  // the last one, where it is held
  Sum mean_;
  Sum den_;  // of marks
};

}  // namespace tickeng::stat
