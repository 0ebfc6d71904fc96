// The general path of decimal conversion: std::from_chars behind blanks and a plus sign, which it
// does not know.
#include "tickeng/io/decimal.hpp"

#include <charconv>
#include <limits>
#include <system_error>

#include "tickeng/io/blanks.hpp"

namespace tickeng::io {
namespace {

// from_chars reports too large and too small alike and leaves the value alone. Outside of the
// range of double the decimal exponent of the first significant digit decides which it was.
double out_of_range_value(const char* p, const char* end) noexcept {
  std::int64_t before = 0, zeros = 0, exponent = 0;
  bool point = false, significant = false;
  for (; p != end && *p != 'e' && *p != 'E'; ++p) {
    if (*p == '.') {
      point = true;
    } else if (significant || *p != '0') {
      significant = true;
      if (!point) ++before;
    } else if (point) {
      ++zeros;
    }
  }
  if (p != end) {
    const bool negative = p[1] == '-';
    const char* digits = p + 1 + (negative || p[1] == '+');
    for (; digits != end && exponent < (std::int64_t{1} << 40); ++digits) {
      exponent = exponent * 10 + (*digits - '0');
    }
    if (negative) exponent = -exponent;
  }
  return before - zeros + exponent > 0 ? std::numeric_limits<double>::infinity() : 0.0;
}

}  // namespace

bool parse_decimal_general(const char* begin, const char* end, double& out) noexcept {
  trim(begin, end);
  bool negative = false;
  if (begin != end && (*begin == '+' || *begin == '-')) negative = *begin++ == '-';
  if (begin == end || *begin == '-' || *begin == '+') return false;
  double value = 0;
  const auto [stop, error] = std::from_chars(begin, end, value);
  if (stop != end) return false;
  if (error == std::errc::result_out_of_range) {
    value = out_of_range_value(begin, end);
  } else if (error != std::errc{}) {
    return false;
  }
  if (end[-1] == ')') return false;  // "nan(0x1)", which only C knows
  out = negative ? -value : value;
  return true;
}

bool parse_integer(const char* begin, const char* end, std::int64_t& out) noexcept {
  if (parse_digits(begin, end, out)) return true;
  trim(begin, end);
  if (begin != end && *begin == '+' && end - begin > 1 && is_digit(begin[1])) ++begin;
  const auto [stop, error] = std::from_chars(begin, end, out);
  return begin != end && stop == end && error == std::errc{};
}

}  // namespace tickeng::io
