// Time text by a pattern with the directives of strptime: %Y %y %m %d %j %b %B %H %I %p %M %S %f
// %z, and %T for %H:%M:%S, %F for %Y-%m-%d. Names are English in any case.
// The pattern is compiled once; a match allocates nothing. A blank in it stands for one or more.
// Numbers may have fewer digits than their width (3/9/2024), unless another digit may follow at
// once: in %H%M%S each takes two, because 11500 could be 11:50:0 or 1:15:00.
// Trap: %f takes every digit there is, and is a fraction: 5 is half a second. Where it is 0 it may
// be missing together with the point before it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tickeng/io/iso_time.hpp"

namespace tickeng::io {

class TimePattern {
 public:
  TimePattern() = default;
  /// Throws std::invalid_argument for a directive or a pattern that says no time.
  explicit TimePattern(std::string_view pattern);

  /// The whole text must match. `swapped`: it would, with day and month the other way round.
  [[nodiscard]] bool parse(const char* begin, const char* end, Stamp& out,
                           bool& swapped) const noexcept;
  /// False: the pattern tells the time since midnight only.
  [[nodiscard]] bool has_date() const noexcept { return has_date_; }

 private:
  struct Part {
    char directive;  // 0: a literal
    char literal;
    bool full_width;
  };
  struct Fields {
    int year = 1970, month = 1, day = 1, day_of_year = 0;
    int hour = 0, minute = 0, second = 0, half = -1;  // half: 0 for AM, 1 for PM
    std::int64_t fraction_ns = 0, offset_ns = 0;
    bool has_offset = false;
  };

  void add(char directive);
  void check(std::string_view seen);
  [[nodiscard]] static bool read(const Part& part, const char*& p, const char* end,
                                 Fields& fields) noexcept;
  [[nodiscard]] static bool to_stamp(const Fields& fields, Stamp& out) noexcept;

  std::vector<Part> parts_;
  bool has_date_ = false;
};

}  // namespace tickeng::io
