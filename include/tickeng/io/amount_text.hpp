// Prices and quantities that are not written as plain numbers: stored integers with a scale, and
// numbers with a decimal comma; and the numbers that stand for "none" in dumps of binary records.
// A scale of 10^-places divides exactly: the result is the double nearest to the decimal that the
// digits mean, as if the text had its point moved.
// Trap: what stands for none is judged before the scale is applied.
#pragma once

#include <cmath>
#include <string_view>

#include "tickeng/io/decimal.hpp"

namespace tickeng::io {

/// Numbers below it stand for nothing but themselves.
inline constexpr double kSmallestNone = 2147483647.0;

/// True for the largest integers of 64 bits and the largest double; with `scaled` also for those of
/// 32 bits, which without a scale may be quantities.
[[nodiscard]] bool stands_for_none(double raw, bool scaled) noexcept;

/// A finite number that stands for itself, as venues' messages write it.
[[nodiscard]] inline bool parse_amount(std::string_view text, double& out) noexcept {
  return parse_decimal(text.data(), text.data() + text.size(), out) && std::isfinite(out) &&
         !stands_for_none(out, false);
}

struct AmountText {
  double multiplier = 1;
  int places = 0;  // 0..22
  bool decimal_comma = false;

  [[nodiscard]] bool scaled() const noexcept { return places > 0 || multiplier != 1; }
  [[nodiscard]] bool plain() const noexcept { return !scaled() && !decimal_comma; }
  /// `raw` as written, `value` with the scale.
  [[nodiscard]] bool parse(const char* begin, const char* end, double& raw,
                           double& value) const noexcept;

 private:
  [[nodiscard]] bool parse_point(const char* begin, const char* end, double& raw,
                                 double& value) const noexcept;
};

}  // namespace tickeng::io
