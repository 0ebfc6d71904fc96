// Calendar text to nanoseconds; the rules are in the header.
#include "tickeng/io/iso_time.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>

namespace tickeng::io {
namespace {

bool is_separator(char c) noexcept { return c == 'T' || c == ' ' || c == 't' || c == 'D'; }

// hh:mm, hh:mm:ss, hhmm or hhmmss, the seconds with a fraction.
bool read_clock(const char*& p, const char* end, std::int64_t& ns) noexcept {
  int hour = 0, minute = 0, second = 0;
  std::int64_t fraction = 0;
  if (!read_field(p, end, 2, 0, 23, hour) || p == end) return false;
  const bool basic = *p != ':';
  if (!basic) ++p;
  if (!read_field(p, end, 2, 0, 59, minute)) return false;
  if (p != end && (basic ? is_digit(*p) : *p == ':')) {
    if (!basic) ++p;
    if (!read_field(p, end, 2, 0, 60, second)) return false;
    if (p != end && (*p == '.' || *p == ',') && !read_fraction(++p, end, fraction)) return false;
  }
  ns = (hour * 3600 + minute * 60 + second) * kSecondNs + fraction;
  return true;
}

}  // namespace

bool read_offset(const char*& p, const char* end, std::int64_t& ns) noexcept {
  ns = 0;
  if (p == end) return false;
  if (*p == 'Z' || *p == 'z') return (++p, true);
  if (*p != '+' && *p != '-') {
    const std::string_view name{p, static_cast<std::size_t>(std::min<std::ptrdiff_t>(end - p, 3))};
    return name == "UTC" || name == "GMT" ? (p += 3, true) : false;
  }
  const bool west = *p++ == '-';
  int hour = 0, minute = 0;
  if (!read_field(p, end, 2, 0, 23, hour)) return false;
  const bool colon = p != end && *p == ':';
  if (colon) ++p;
  if ((colon || (p != end && is_digit(*p))) && !read_field(p, end, 2, 0, 59, minute)) return false;
  ns = (hour * 3600 + minute * 60) * kSecondNs * (west ? -1 : 1);
  return true;
}

bool date_ns(int year, int month, int day, std::int64_t& ns) noexcept {
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return false;
  const bool fits = year >= 1970 && year <= 2261;
  ns = fits ? std::chrono::sys_days{date}.time_since_epoch().count() * kDayNs : -1;
  return true;
}

bool looks_iso(const char* begin, const char* end) noexcept {
  if (end - begin < 10) return false;
  if (begin[4] == begin[7]) return begin[4] == '-' || begin[4] == '/' || begin[4] == '.';
  return is_separator(begin[8]) && std::all_of(begin, begin + 8, is_digit);
}

bool parse_iso8601(const char* p, const char* end, Stamp& out) noexcept {
  int y = 0, m = 0, d = 0;
  if (!read_field(p, end, 4, 0, 9999, y) || p == end) return false;
  const bool basic = is_digit(*p);
  const char mark = *p;
  if (!basic && mark != '-' && mark != '/' && mark != '.') return false;
  if (!read_field(p += !basic, end, 2, 1, 12, m)) return false;
  if (!basic && (p == end || *p++ != mark)) return false;
  std::int64_t midnight = 0, clock = 0, offset = 0;
  if (!read_field(p, end, 2, 1, 31, d) || !date_ns(y, m, d, midnight)) return false;
  out.has_offset = false;
  if (p != end) {
    if (!is_separator(*p) || !read_clock(++p, end, clock)) return false;
    while (p != end && *p == ' ') ++p;
    if (p != end) out.has_offset = read_offset(p, end, offset);
    if (p != end) return false;
  }
  out.ns = midnight < 0 ? -1 : midnight + clock - offset;
  return true;
}

}  // namespace tickeng::io
