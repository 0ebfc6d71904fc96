// The one exponential of the engine, so that every compiler and libm gives the same bits.
//
//   exp(x) = 2^k e^r,  k the whole number nearest to x / ln2,  r = x - k ln2,  |r| <= 0.3466
//
// e^r - 1 - r is a series that is cut where the rest is below 2^-57 of e^r.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace tickeng {

namespace detail {

/// 2^n for a normal one.
[[nodiscard]] inline double power_of_two(int n) noexcept {
  return std::bit_cast<double>(static_cast<std::uint64_t>(n + 1023) << 52);
}

}  // namespace detail

/// e^x; error below 1 ulp. Infinite above 709.78, 0 below -745.13, NaN of NaN.
[[nodiscard]] inline double exp(double x) noexcept {
  constexpr double kLog2E = 0x1.71547652b82fep+0;
  constexpr double kLn2High = 0x1.62e42fefa3800p-1;  // 42 bits: k * kLn2High is exact
  constexpr double kLn2Low = 0x1.ef35793c76730p-45;
  const double within = x < 710.0 ? (x > -746.0 ? x : -746.0) : 710.0;  // also of NaN
  const double k = std::floor(within * kLog2E + 0.5);
  const double high = within - k * kLn2High, low = k * kLn2Low;
  const double r = high - low;
  double tail = 1.0 / 6227020800.0;
  tail = tail * r + 1.0 / 479001600.0;
  tail = tail * r + 1.0 / 39916800.0;
  tail = tail * r + 1.0 / 3628800.0;
  tail = tail * r + 1.0 / 362880.0;
  tail = tail * r + 1.0 / 40320.0;
  tail = tail * r + 1.0 / 5040.0;
  tail = tail * r + 1.0 / 720.0;
  tail = tail * r + 1.0 / 120.0;
  tail = tail * r + 1.0 / 24.0;
  tail = tail * r + 1.0 / 6.0;
  tail = tail * r + 1.0 / 2.0;
  const double scaled = 1.0 + (high + (tail * (r * r) - low));
  const int n = static_cast<int>(k), half = n / 2;  // in two steps: 2^n may be no normal number
  const double y = scaled * detail::power_of_two(half) * detail::power_of_two(n - half);
  return x == x ? y : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace tickeng
