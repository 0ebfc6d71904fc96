// Time text by a pattern; the rules are in the header.
#include "tickeng/io/time_pattern.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace tickeng::io {
namespace {

constexpr std::string_view kMonths[] = {"january",   "february", "march",    "april",
                                        "may",       "june",     "july",     "august",
                                        "september", "october",  "november", "december"};
constexpr std::string_view kNumbers = "YymdjHIMSf";
constexpr std::string_view kDirectives = "YymdjbBHIMSpfz";

bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

bool starts_with(const char* p, const char* end, std::string_view lower) noexcept {
  return end - p >= static_cast<std::ptrdiff_t>(lower.size()) &&
         std::ranges::all_of(lower, [&p](char c) { return (*p++ | 0x20) == c; });
}

bool read_month(const char*& p, const char* end, bool whole, int& month) noexcept {
  for (month = 1; month <= 12; ++month) {
    const std::string_view name = kMonths[month - 1];
    const std::string_view wanted = whole ? name : name.substr(0, 3);
    if (starts_with(p, end, wanted)) return (p += wanted.size(), true);
  }
  return false;
}

bool read_half(const char*& p, const char* end, int& half) noexcept {
  half = starts_with(p, end, "pm");
  return half || starts_with(p, end, "am") ? (p += 2, true) : false;
}

// At most `width` digits; all of them where another number follows.
bool read_number(const char*& p, const char* end, int width, bool full, int low, int high,
                 int& out) noexcept {
  int digits = 0;
  while (digits < width && digits < end - p && is_digit(p[digits])) ++digits;
  if (digits == 0 || (full && digits < width)) return false;
  return read_field(p, end, digits, low, high, out);
}

}  // namespace

TimePattern::TimePattern(std::string_view pattern) {
  std::string seen;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') {
      const bool repeated = is_blank(pattern[i]) && !parts_.empty() && !parts_.back().directive &&
                            is_blank(parts_.back().literal);
      if (!repeated) parts_.push_back({0, pattern[i], false});
      continue;
    }
    const char c = ++i < pattern.size() ? pattern[i] : ' ';
    std::string_view expanded = pattern.substr(std::min(i, pattern.size()), 1);
    if (c == '%') parts_.push_back({0, '%', false});
    if (c == 'T') expanded = "H:M:S";
    if (c == 'F') expanded = "Y-m-d";
    for (const char part : c == '%' ? std::string_view{} : expanded) {
      if (part == ':' || part == '-') {
        parts_.push_back({0, part, false});
      } else {
        add(part);
        seen.push_back(part);
      }
    }
    if (expanded.empty()) throw std::invalid_argument("a lone % ends it");
  }
  for (std::size_t i = 0; i + 1 < parts_.size(); ++i) {
    const Part& next = parts_[i + 1];
    const bool number =
        next.directive ? kNumbers.find(next.directive) != kNumbers.npos : is_digit(next.literal);
    parts_[i].full_width = number;
    if (number && parts_[i].directive == 'f') {
      throw std::invalid_argument("nothing can tell where %f ends");
    }
  }
  check(seen);
}

void TimePattern::add(char directive) {
  if (kDirectives.find(directive) == kDirectives.npos) {
    throw std::invalid_argument(std::string{'%', directive} + " is no directive");
  }
  parts_.push_back({directive, 0, false});
}

void TimePattern::check(std::string_view seen) {
  const auto has = [seen](std::string_view any) { return seen.find_first_of(any) != seen.npos; };
  for (const char c : seen) {
    if (std::ranges::count(seen, c) > 1) {
      throw std::invalid_argument(std::string{'%', c} + " comes twice");
    }
  }
  has_date_ = has("YymdjbB");
  const bool day = has("j") ? !has("mdbB") : has("d") && has("mbB");
  if (has_date_ && !(has("Yy") && day)) throw std::invalid_argument("its date is not complete");
  if ((has("Y") && has("y")) || (has("m") && has("bB")) || (has("b") && has("B")) ||
      (has("H") && has("I"))) {
    throw std::invalid_argument("it says the same thing twice");
  }
  if (has("I") != has("p")) throw std::invalid_argument("%I and %p need each other");
  if (!has_date_ && !has("HI")) throw std::invalid_argument("it says no time");
}

bool TimePattern::read(const Part& part, const char*& p, const char* end, Fields& f) noexcept {
  const auto number = [&](int width, int low, int high, int& out) {
    return read_number(p, end, width, part.full_width, low, high, out);
  };
  switch (part.directive) {
    case 'Y': return read_field(p, end, 4, 0, 9999, f.year);
    case 'y':  // POSIX: 69..99 are 1969..1999
      if (!read_field(p, end, 2, 0, 99, f.year)) return false;
      f.year += f.year < 69 ? 2000 : 1900;
      return true;
    case 'm': return number(2, 1, 99, f.month);
    case 'd': return number(2, 1, 31, f.day);
    case 'j': return number(3, 1, 366, f.day_of_year);
    case 'b': return read_month(p, end, false, f.month);
    case 'B': return read_month(p, end, true, f.month);
    case 'H': return number(2, 0, 23, f.hour);
    case 'I': return number(2, 1, 12, f.hour);
    case 'p': return read_half(p, end, f.half);
    case 'M': return number(2, 0, 59, f.minute);
    case 'S': return number(2, 0, 60, f.second);
    case 'f': return read_fraction(p, end, f.fraction_ns);
    case 'z': return f.has_offset = read_offset(p, end, f.offset_ns);
    default: break;
  }
  if (!is_blank(part.literal)) return p != end && *p++ == part.literal;
  const char* const first = p;
  while (p != end && is_blank(*p)) ++p;
  return p != first;
}

bool TimePattern::to_stamp(const Fields& f, Stamp& out) noexcept {
  std::int64_t midnight = 0;
  if (!date_ns(f.year, f.month, f.day, midnight)) return false;
  if (f.day_of_year > 0) {
    const bool leap = f.year % 4 == 0 && (f.year % 100 != 0 || f.year % 400 == 0);
    if (f.day_of_year > 365 + leap) return false;
    if (midnight >= 0) midnight += (f.day_of_year - 1) * kDayNs;
  }
  const int hour = f.half < 0 ? f.hour : f.hour % 12 + 12 * f.half;
  const std::int64_t clock = (hour * 3600 + f.minute * 60 + f.second) * kSecondNs + f.fraction_ns;
  out = {midnight < 0 ? -1 : midnight + clock - f.offset_ns, f.has_offset};
  return true;
}

bool TimePattern::parse(const char* p, const char* end, Stamp& out, bool& swapped) const noexcept {
  Fields fields;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const bool fraction_next = i + 1 < parts_.size() && parts_[i + 1].directive == 'f';
    if (fraction_next && parts_[i].literal == '.' && (p == end || *p != '.')) {
      ++i;  // whole seconds may be written without their point
    } else if (!read(parts_[i], p, end, fields)) {
      return false;
    }
  }
  if (p != end) return false;
  if (fields.month <= 12) return to_stamp(fields, out);
  std::swap(fields.month, fields.day);
  swapped = fields.month <= 12 && to_stamp(fields, out);
  return false;
}

}  // namespace tickeng::io
