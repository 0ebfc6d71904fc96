// The one natural logarithm of the engine, so that every compiler and libm gives the same bits.
//
//   log(x)          = k ln2 + 2 atanh(f),  x = 2^k m,  m in [sqrt(1/2), sqrt(2)),  f = (m-1)/(m+1)
//   log_ratio(p, q) = ln(p/q) = 2 atanh(t), t = (p-q)/(p+q), evaluated without cancellation
//
// 2 atanh(t) = 2t (1 + t^2/3 + t^4/5 + ...) is cut where the rest is below 2^-57 of the sum.
// Trap: ln(p) - ln(q) loses 1e-10 relative on a one-tick return; never write it.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace tickeng {

namespace detail {

/// 2 atanh(t) for |t| <= 0.1716 = (sqrt(2)-1)/(sqrt(2)+1); t^26/27 < 2^-70 there.
[[nodiscard]] inline double twice_atanh(double t) noexcept {
  const double s = t * t;
  double tail = 1.0 / 25;
  tail = tail * s + 1.0 / 23;
  tail = tail * s + 1.0 / 21;
  tail = tail * s + 1.0 / 19;
  tail = tail * s + 1.0 / 17;
  tail = tail * s + 1.0 / 15;
  tail = tail * s + 1.0 / 13;
  tail = tail * s + 1.0 / 11;
  tail = tail * s + 1.0 / 9;
  tail = tail * s + 1.0 / 7;
  tail = tail * s + 1.0 / 5;
  tail = tail * s + 1.0 / 3;
  const double twice = t + t;
  return twice + twice * s * tail;
}

/// The same for |t| < 2^-6, where t^10/11 < 2^-63: the hot path of one-tick returns.
[[nodiscard]] inline double twice_atanh_small(double t) noexcept {
  const double s = t * t;
  const double tail = ((1.0 / 9 * s + 1.0 / 7) * s + 1.0 / 5) * s + 1.0 / 3;
  const double twice = t + t;
  return twice + twice * s * tail;
}

}  // namespace detail

/// ln(x) for finite x > 0 (subnormals included); error below 1 ulp of the result or of ln 2.
[[nodiscard]] inline double log(double x) noexcept {
  constexpr double kLn2High = 0x1.62e42fefa3800p-1;  // 42 bits: k * kLn2High is exact
  constexpr double kLn2Low = 0x1.ef35793c76730p-45;
  constexpr double kSqrt2 = 0x1.6a09e667f3bcdp+0;
  int k = 0;
  if (x < 0x1p-1022) {
    x *= 0x1p54;
    k = -54;
  }
  const auto bits = std::bit_cast<std::uint64_t>(x);
  k += static_cast<int>(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & 0x000fffffffffffffULL) | 0x3ff0000000000000ULL);
  if (m >= kSqrt2) {
    m *= 0.5;
    ++k;
  }
  const double atanh = detail::twice_atanh((m - 1.0) / (m + 1.0));
  return k * kLn2High + (atanh + k * kLn2Low);
}

namespace detail {

[[gnu::noinline]] inline double large_log_ratio(double p, double q, double t) noexcept {
  if ((t < 0 ? -t : t) <= 0.17) return twice_atanh(t);
  const double ratio = p / q;
  if (ratio >= 0x1p-1022 && ratio <= 0x1p1023) return log(ratio);
  return log(p) - log(q);  // only where p/q leaves the range: |result| > 700, nothing cancels
}

}  // namespace detail

/// ln(p/q) for finite p, q in (0, 1e300]; relative error a few ulp, exactly 0 when p == q.
[[nodiscard, gnu::always_inline]] inline double log_ratio(double p, double q) noexcept {
  const double t = (p - q) / (p + q);
  const double size = t < 0 ? -t : t;
  if (size < 0x1p-6) [[likely]] {
    return detail::twice_atanh_small(t);
  }
  return detail::large_log_ratio(p, q, t);
}
/// log_ratio of n pairs. Written so that the usual small returns are one vector loop.
inline void log_ratios(const double* __restrict p, const double* __restrict q, std::size_t n,
                       double* __restrict out) noexcept {
  std::size_t large = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double t = (p[i] - q[i]) / (p[i] + q[i]);
    out[i] = detail::twice_atanh_small(t);
    large += (t < 0 ? -t : t) < 0x1p-6 ? 0 : 1;
  }
  for (std::size_t i = 0; large > 0 && i < n; ++i) out[i] = log_ratio(p[i], q[i]);
}

}  // namespace tickeng
