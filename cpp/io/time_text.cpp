// Time text to nanoseconds; the rules are in the header.
#include "tickeng/io/time_text.hpp"

#include <chrono>

#include "tickeng/io/decimal.hpp"

namespace tickeng::io {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kDayNs = 86'400 * kSecondNs;

constexpr std::int64_t unit_ns(TimeUnit unit) noexcept {
  switch (unit) {
    case TimeUnit::kSecond: return kSecondNs;
    case TimeUnit::kMilli: return 1'000'000;
    case TimeUnit::kMicro: return 1'000;
    default: return 1;
  }
}

constexpr TimeUnit unit_of_magnitude(std::int64_t value) noexcept {
  if (value < 100'000'000'000) return TimeUnit::kSecond;
  if (value < 100'000'000'000'000) return TimeUnit::kMilli;
  if (value < 100'000'000'000'000'000) return TimeUnit::kMicro;
  return TimeUnit::kNano;
}

constexpr bool plausible(std::int64_t ns) noexcept { return ns >= kEarliestNs && ns < kLatestNs; }

// Whole units, then the fraction as digits; `places` counts the digits kept (at most 9).
struct Number {
  std::int64_t whole = 0;
  std::int64_t fraction = 0;
  int places = 0;
};

bool read_number(const char* p, const char* end, Number& out) noexcept {
  while (p != end && *p == ' ') ++p;
  while (p != end && end[-1] == ' ') --end;
  const char* const digits = p;
  while (p != end && *p == '0') ++p;
  const char* const significant = p;
  while (p != end && is_digit(*p)) {
    if (p - significant >= 18) {  // from the 19th digit on 2^63 may be passed
      if (__builtin_mul_overflow(out.whole, 10, &out.whole) ||
          __builtin_add_overflow(out.whole, *p - '0', &out.whole)) {
        return false;
      }
    } else {
      out.whole = out.whole * 10 + (*p - '0');
    }
    ++p;
  }
  if (p == digits) return false;
  if (p == end) return true;
  if (*p++ != '.') return false;
  for (; p != end && is_digit(*p); ++p) {
    if (out.places < 9) {
      out.fraction = out.fraction * 10 + (*p - '0');
      ++out.places;
    }
  }
  return p == end;
}

bool to_ns(const Number& number, TimeUnit unit, std::int64_t& ns) noexcept {
  const std::int64_t scale = unit_ns(unit);
  if (__builtin_mul_overflow(number.whole, scale, &ns)) return false;
  std::int64_t fraction = number.fraction, denominator = 1;
  for (int i = 0; i < number.places; ++i) denominator *= 10;
  // Both factors are below 1e9, so that the product fits.
  return !__builtin_add_overflow(ns, fraction * scale / denominator, &ns);
}

// `width` digits at p.
bool read_field(const char*& p, const char* end, int width, int low, int high, int& out) noexcept {
  if (end - p < width) return false;
  out = 0;
  for (int i = 0; i < width; ++i, ++p) {
    if (!is_digit(*p)) return false;
    out = out * 10 + (*p - '0');
  }
  return out >= low && out <= high;
}

bool read_clock(const char*& p, const char* end, std::int64_t& ns) noexcept {
  int hour = 0, minute = 0, second = 0;
  if (!read_field(p, end, 2, 0, 23, hour) || p == end || *p++ != ':') return false;
  if (!read_field(p, end, 2, 0, 59, minute)) return false;
  std::int64_t fraction = 0;
  if (p != end && *p == ':') {
    if (!read_field(++p, end, 2, 0, 59, second)) return false;
    if (p != end && (*p == '.' || *p == ',')) {
      std::int64_t place = kSecondNs / 10;
      const char* const first = ++p;
      for (; p != end && is_digit(*p); ++p, place /= 10) fraction += place * (*p - '0');
      if (p == first) return false;
    }
  }
  ns = (hour * 3600 + minute * 60 + second) * kSecondNs + fraction;
  return true;
}

bool read_offset(const char*& p, const char* end, std::int64_t& ns) noexcept {
  ns = 0;
  if (p != end && *p == ' ') ++p;
  if (p == end) return true;
  if (*p == 'Z' || *p == 'z') return ++p == end;
  if (*p != '+' && *p != '-') {
    if (end - p == 3 && p[0] == 'U' && p[1] == 'T' && p[2] == 'C') return (p = end, true);
    return false;
  }
  const bool west = *p++ == '-';
  int hour = 0, minute = 0;
  if (!read_field(p, end, 2, 0, 23, hour)) return false;
  if (p != end && *p == ':') ++p;
  if (p != end && !read_field(p, end, 2, 0, 59, minute)) return false;
  ns = (hour * 3600 + minute * 60) * kSecondNs * (west ? -1 : 1);
  return p == end;
}

bool looks_iso(const char* begin, const char* end) noexcept {
  return end - begin >= 10 && begin[4] == '-' && begin[7] == '-';
}

}  // namespace

bool parse_iso8601(const char* p, const char* end, std::int64_t& ns) noexcept {
  using namespace std::chrono;
  int y = 0, m = 0, d = 0;
  // Years outside of this range do not fit int64 nanoseconds.
  if (!read_field(p, end, 4, 1970, 2261, y) || p == end || *p++ != '-') return false;
  if (!read_field(p, end, 2, 1, 12, m) || p == end || *p++ != '-') return false;
  if (!read_field(p, end, 2, 1, 31, d)) return false;
  const year_month_day date{year{y}, month{static_cast<unsigned>(m)},
                            day{static_cast<unsigned>(d)}};
  if (!date.ok()) return false;
  std::int64_t clock = 0, offset = 0;
  if (p != end) {
    if (*p != 'T' && *p != ' ' && *p != 't') return false;
    if (!read_clock(++p, end, clock) || !read_offset(p, end, offset)) return false;
  }
  ns = sys_days{date}.time_since_epoch().count() * kDayNs + clock - offset;
  return ns >= 0;
}

bool TimeText::parse(const char* begin, const char* end, std::int64_t& ns, Hint& hint) noexcept {
  std::int64_t whole = 0;  // the plain case first: digits in a unit that is settled
  if (scale_ns_ && parse_digits(begin, end, whole) &&
      !__builtin_mul_overflow(whole, scale_ns_, &ns) && (any_range_ || plausible(ns))) {
    return true;
  }
  return parse_any(begin, end, ns, hint);
}

bool TimeText::parse_any(const char* begin, const char* end, std::int64_t& ns,
                         Hint& hint) noexcept {
  if (looks_iso(begin, end)) {
    if (settled() && unit_ != TimeUnit::kIso) {
      hint = Hint::kOtherUnit;
      return false;
    }
    return parse_iso8601(begin, end, ns) && accept(TimeUnit::kIso, ns, hint);
  }
  Number number;
  if (!read_number(begin, end, number)) return false;
  if (unit_ == TimeUnit::kIso) {
    hint = Hint::kOtherUnit;
    return false;
  }
  const TimeUnit unit = settled() ? unit_ : unit_of_magnitude(number.whole);
  const bool fits = to_ns(number, unit, ns);
  if (day_.used) return fits && local(ns, ns);
  if (fits && accept(unit, ns, hint)) return true;
  hint = Hint::kOutOfRange;
  std::int64_t other = 0;
  if (settled() && to_ns(number, unit_of_magnitude(number.whole), other) && plausible(other)) {
    hint = Hint::kOtherUnit;
  }
  return false;
}

bool TimeText::accept(TimeUnit unit, std::int64_t ns, Hint& hint) noexcept {
  if (!any_range_ && !plausible(ns)) {
    hint = Hint::kOutOfRange;
    return false;
  }
  unit_ = unit;
  scale_ns_ = unit == TimeUnit::kIso ? 0 : unit_ns(unit);
  return true;
}

bool TimeText::local(std::int64_t since_midnight_ns, std::int64_t& ns) const noexcept {
  if (since_midnight_ns >= kDayNs) return false;
  const bool after = since_midnight_ns >= day_.switch_ms * 1'000'000;
  ns = since_midnight_ns + (after ? day_.base_after_switch_ns : day_.base_ns);
  return true;
}

}  // namespace tickeng::io
