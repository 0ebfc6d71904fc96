// Decimal text to numbers.
// A mantissa below 2^53 divided by 10^k, k <= 22, is one correctly rounded operation on two exact
// doubles (Clinger 1990), so that the short path gives the bits of a full conversion; everything
// else goes to std::from_chars. Both agree with Python's float() on every text they accept.
// Trap: hexadecimal, underscores and empty text are refused; "nan", "inf" and 1e999 are numbers
// here, and it is the caller who refuses what is not finite.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace tickeng::io {

inline constexpr double kPowersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                          1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                          1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

[[nodiscard]] inline bool is_digit(char c) noexcept {
  return static_cast<unsigned char>(c - '0') <= 9;
}

/// Eight bytes at p as a number, if all of them are digits: pairs, then fours, then the eight are
/// joined by multiplication, each lane holding what the next step needs.
[[nodiscard]] inline bool read_eight_digits(const char* p, std::int64_t& out) noexcept {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t bytes;
  std::memcpy(&bytes, p, 8);
  constexpr std::uint64_t kHigh = 0xF0F0F0F0F0F0F0F0, kZeros = 0x3030303030303030;
  const std::uint64_t carried = bytes + 0x0606060606060606;  // lifts ':' and above out of the row
  if ((bytes & kHigh) != kZeros || (carried & kHigh) != kZeros) return false;
  bytes -= kZeros;
  bytes = bytes * 10 + (bytes >> 8);
  constexpr std::uint64_t kPair = 0x000000FF000000FF;
  const std::uint64_t left = (bytes & kPair) * (100 + (std::uint64_t{1'000'000} << 32));
  const std::uint64_t right = ((bytes >> 16) & kPair) * (1 + (std::uint64_t{10'000} << 32));
  out = static_cast<std::int64_t>((left + right) >> 32);
  return true;
}

/// Digits only, at most 18 of them.
[[nodiscard]] inline bool parse_digits(const char* p, const char* end, std::int64_t& out) noexcept {
  if (p == end || end - p > 18) return false;
  std::int64_t value = 0, eight = 0;
  for (; end - p >= 8; p += 8) {
    if (!read_eight_digits(p, eight)) return false;
    value = value * 100'000'000 + eight;
  }
  for (; p != end; ++p) {
    if (!is_digit(*p)) return false;
    value = value * 10 + (*p - '0');
  }
  out = value;
  return true;
}

/// Signs, exponents, long mantissas, surrounding blanks.
[[nodiscard]] bool parse_decimal_general(const char* begin, const char* end, double& out) noexcept;

[[nodiscard]] inline bool parse_decimal(const char* begin, const char* end, double& out) noexcept {
  constexpr std::int64_t kExact = std::int64_t{1} << 53;
  const auto length = end - begin;
  std::int64_t mantissa = 0;
  const char* p = begin;
  if (length <= 18) {  // at most 18 digits: the mantissa cannot overflow
    while (p != end && is_digit(*p)) mantissa = mantissa * 10 + (*p++ - '0');
    const auto whole = p - begin;
    std::int64_t places = 0;
    if (p != end && *p == '.') {
      const char* point = p++;
      while (p != end && is_digit(*p)) mantissa = mantissa * 10 + (*p++ - '0');
      places = p - point - 1;
    }
    if (p == end && whole + places > 0 && mantissa < kExact) {
      out = static_cast<double>(mantissa) / kPowersOfTen[places];
      return true;
    }
  }
  return parse_decimal_general(begin, end, out);
}

/// A signed integer of the whole text; false when it is empty, not an integer or over 64 bits.
[[nodiscard]] bool parse_integer(const char* begin, const char* end, std::int64_t& out) noexcept;

}  // namespace tickeng::io
