// Scales, decimal commas and null numbers; the rules are in the header.
#include "tickeng/io/amount_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace tickeng::io {
namespace {

constexpr std::ptrdiff_t kLongest = 100;

// The text with `places` taken off its exponent, rounded once.
bool parse_shifted(const char* begin, const char* end, int places, double& value) noexcept {
  char text[kLongest + 16];
  while (begin != end && (*begin == ' ' || *begin == '\t')) ++begin;
  while (begin != end && (end[-1] == ' ' || end[-1] == '\t')) --end;
  if (end - begin > kLongest) return false;
  const char* const mark = std::find_if(begin, end, [](char c) { return (c | 0x20) == 'e'; });
  std::int64_t exponent = 0;
  if (mark != end && !parse_integer(mark + 1, end, exponent)) return false;
  if (exponent < -100'000 || exponent > 100'000) return false;
  char* out = std::copy(begin, mark, text);
  *out++ = 'e';
  out = std::to_chars(out, text + sizeof text, exponent - places).ptr;
  return parse_decimal_general(text, out, value);
}

}  // namespace

bool stands_for_none(double raw, bool scaled) noexcept {
  const double size = std::fabs(raw);
  if (size < kSmallestNone) return false;
  // As doubles 2^63 - 1 is 2^63 and 2^64 - 1 is 2^64.
  if (size == 0x1p63 || size == 0x1p64 || size >= std::numeric_limits<double>::max()) return true;
  if (size == 9223372036.854775807) return true;  // 2^63 - 1 billionths, already scaled
  return scaled && (size == 0x1p31 - 1 || size == 0x1p31 || size == 0x1p32 - 1);
}

bool AmountText::parse(const char* begin, const char* end, double& raw,
                       double& value) const noexcept {
  if (!decimal_comma) return parse_point(begin, end, raw, value);
  char text[kLongest];
  if (end - begin > kLongest || std::find(begin, end, '.') != end) return false;
  char* const stop = std::copy(begin, end, text);
  std::replace(text, stop, ',', '.');
  return parse_point(text, stop, raw, value);
}

bool AmountText::parse_point(const char* begin, const char* end, double& raw,
                             double& value) const noexcept {
  constexpr std::int64_t kExact = std::int64_t{1} << 53;
  std::int64_t whole = 0;
  if (parse_digits(begin, end, whole) && whole < kExact) {  // two exact doubles: rounded once
    raw = static_cast<double>(whole);
    value = raw / kPowersOfTen[places] * multiplier;
    return true;
  }
  if (!parse_decimal(begin, end, raw)) return false;
  value = raw * multiplier;
  return places == 0 || !std::isfinite(raw) || parse_shifted(begin, end, places, value);
}

}  // namespace tickeng::io
