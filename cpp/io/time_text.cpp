// Time text to nanoseconds; the rules are in the header.
#include "tickeng/io/time_text.hpp"

#include "tickeng/io/blanks.hpp"

namespace tickeng::io {
namespace {

constexpr int places_of(TimeUnit unit) noexcept {
  switch (unit) {
    case TimeUnit::kSecond: return 9;
    case TimeUnit::kMilli: return 6;
    case TimeUnit::kMicro: return 3;
    default: return 0;
  }
}

constexpr std::int64_t unit_ns(TimeUnit unit) noexcept {
  return static_cast<std::int64_t>(kPowersOfTen[places_of(unit)]);
}

constexpr TimeUnit unit_of_magnitude(std::int64_t value) noexcept {
  if (value < 100'000'000'000) return TimeUnit::kSecond;
  if (value < 100'000'000'000'000) return TimeUnit::kMilli;
  if (value < 100'000'000'000'000'000) return TimeUnit::kMicro;
  return TimeUnit::kNano;
}

constexpr bool plausible(std::int64_t ns) noexcept { return ns >= kEarliestNs && ns < kLatestNs; }

// Digits with at most one point among them, and how many of them stand before the point once the
// exponent has moved it.
struct Number {
  const char* begin;
  const char* end;
  std::int64_t before_point;
};

bool scan_exponent(const char* p, const char* end, std::int64_t& exponent) noexcept {
  const bool negative = p != end && *p == '-';
  if (p != end && (*p == '-' || *p == '+')) ++p;
  if (!parse_digits(p, end, exponent) || exponent > 999) return false;
  if (negative) exponent = -exponent;
  return true;
}

bool scan_number(const char* p, const char* end, Number& out) noexcept {
  out.begin = p;
  while (p != end && is_digit(*p)) ++p;
  out.before_point = p - out.begin;
  if (out.before_point == 0) return false;
  if (p != end && (*p == '.' || *p == ',')) {
    for (++p; p != end && is_digit(*p);) ++p;
  }
  out.end = p;
  if (p == end) return true;
  std::int64_t exponent = 0;
  if ((*p | 0x20) != 'e' || !scan_exponent(p + 1, end, exponent)) return false;
  out.before_point += exponent;
  return true;
}

// The number times 10^places, cut to an integer; false from 2^63 on.
bool whole_of(const Number& number, int places, std::int64_t& value) noexcept {
  const std::int64_t wanted = number.before_point + places;
  const auto append = [&value](int digit) {
    return !__builtin_mul_overflow(value, 10, &value) &&
           !__builtin_add_overflow(value, digit, &value);
  };
  std::int64_t taken = 0;
  const char* p = number.begin;
  for (value = 0; p != number.end && taken < wanted && taken < 18; ++p) {
    if (*p < '0') continue;  // the point
    value = value * 10 + (*p - '0');
    ++taken;
  }
  for (; p != number.end && taken < wanted; ++p) {
    if (*p < '0') continue;
    if (!append(*p - '0')) return false;
    ++taken;
  }
  for (; taken < wanted && value != 0; ++taken) {
    if (!append(0)) return false;
  }
  return true;
}

// Digits, a point and digits, at most 18 of them: what scan_number and whole_of would make of it.
bool read_plain(const char* p, const char* end, int places, std::int64_t& ns) noexcept {
  if (end - p > 19) return false;
  const char* const first = p;
  std::uint64_t value = 0;  // which holds 19 digits, where there is no point
  while (p != end && is_digit(*p)) value = value * 10 + static_cast<unsigned>(*p++ - '0');
  if (p == first || p == end || *p++ != '.') return false;
  for (; p != end && places > 0; ++p, --places) {
    if (!is_digit(*p)) return false;
    value = value * 10 + static_cast<unsigned>(*p - '0');
  }
  while (p != end && is_digit(*p)) ++p;
  const auto factor = static_cast<std::int64_t>(kPowersOfTen[places]);
  return p == end && !__builtin_mul_overflow(value, factor, &ns);
}

// True when the text by itself, read as a date or by the magnitude of its number, is a time.
bool is_some_time(const char* begin, const char* end) noexcept {
  Stamp stamp;
  if (looks_iso(begin, end)) return parse_iso8601(begin, end, stamp) && plausible(stamp.ns);
  Number number;
  std::int64_t whole = 0, ns = 0;
  return scan_number(begin, end, number) && whole_of(number, 0, whole) &&
         whole_of(number, places_of(unit_of_magnitude(whole)), ns) && plausible(ns);
}

}  // namespace

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
  Stamp stamp;
  if (unit_ == TimeUnit::kIso && parse_iso8601(begin, end, stamp)) {
    return to_utc(stamp, ns, hint) && accept(TimeUnit::kIso, ns, hint);
  }
  if (scale_ns_ && read_plain(begin, end, places_of(unit_), ns) && (any_range_ || plausible(ns))) {
    return true;
  }
  std::int64_t whole = 0;
  const bool digits = unit_ >= TimeUnit::kSecond && unit_ <= TimeUnit::kNano;
  if (day_.used && digits && parse_digits(begin, end, whole) &&
      !__builtin_mul_overflow(whole, unit_ns(unit_), &whole)) {
    return since_midnight(whole, ns, hint);
  }
  trim(begin, end);
  if (unit_ == TimeUnit::kPattern) return parse_pattern(begin, end, ns, hint);
  if (!looks_iso(begin, end)) return parse_number(begin, end, ns, hint);
  if (!parse_iso8601(begin, end, stamp)) return false;
  if (settled() && unit_ != TimeUnit::kIso) {
    if (plausible(stamp.ns)) hint = Hint::kOtherUnit;
    return false;
  }
  return to_utc(stamp, ns, hint) && accept(TimeUnit::kIso, ns, hint);
}

bool TimeText::parse_pattern(const char* begin, const char* end, std::int64_t& ns,
                             Hint& hint) noexcept {
  Stamp stamp;
  bool swapped = false;
  if (!pattern_.parse(begin, end, stamp, swapped)) {
    if (swapped || is_some_time(begin, end)) hint = Hint::kOtherUnit;
    return false;
  }
  if (!pattern_.has_date()) return since_midnight(stamp.ns, ns, hint);
  return to_utc(stamp, ns, hint) && accept(TimeUnit::kPattern, ns, hint);
}

bool TimeText::parse_number(const char* begin, const char* end, std::int64_t& ns,
                            Hint& hint) noexcept {
  Number number;
  std::int64_t whole = 0;
  if (!scan_number(begin, end, number)) return false;
  if (unit_ == TimeUnit::kIso) {
    if (is_some_time(begin, end)) hint = Hint::kOtherUnit;
    return false;
  }
  if (!settled() && !whole_of(number, 0, whole)) return false;
  const TimeUnit unit = settled() ? unit_ : unit_of_magnitude(whole);
  const bool fits = whole_of(number, places_of(unit), ns);
  if (day_.used) return fits && since_midnight(ns, ns, hint);
  if (fits && accept(unit, ns, hint)) return true;
  hint = settled() && is_some_time(begin, end) ? Hint::kOtherUnit : Hint::kOutOfRange;
  return false;
}

bool TimeText::to_utc(const Stamp& stamp, std::int64_t& ns, Hint& hint) noexcept {
  ns = stamp.ns;
  if (offsets_ != OffsetRule::kEither && stamp.has_offset != (offsets_ == OffsetRule::kWith)) {
    if (plausible(ns)) hint = Hint::kOtherOffset;
    return false;
  }
  if (ns < 0 || stamp.has_offset || !zone_.used() || zone_.to_utc(stamp.ns, ns)) return true;
  hint = Hint::kNoSuchHour;
  return false;
}

bool TimeText::accept(TimeUnit unit, std::int64_t ns, Hint& hint) noexcept {
  if (ns < 0 || (!any_range_ && !plausible(ns))) {
    hint = Hint::kOutOfRange;
    return false;
  }
  unit_ = unit;
  const bool digits = unit != TimeUnit::kIso && unit != TimeUnit::kPattern;
  scale_ns_ = digits ? unit_ns(unit) : 0;
  return true;
}

bool TimeText::since_midnight(std::int64_t since_ns, std::int64_t& ns, Hint& hint) noexcept {
  if (since_ns < 0 || since_ns >= kDayNs) return false;
  const bool after = since_ns >= day_.switch_ms * 1'000'000;
  const Stamp stamp{since_ns + (after ? day_.base_after_switch_ns : day_.base_ns), false};
  return to_utc(stamp, ns, hint);
}

}  // namespace tickeng::io
