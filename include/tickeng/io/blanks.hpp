// Cells of text files may be padded: blanks and tabs around them do not count.
#pragma once

#include <cstddef>
#include <string_view>

namespace tickeng::io {

inline void trim(const char*& begin, const char*& end) noexcept {
  while (begin != end && (*begin == ' ' || *begin == '\t')) ++begin;
  while (begin != end && (end[-1] == ' ' || end[-1] == '\t')) --end;
}

[[nodiscard]] inline std::string_view trimmed(std::string_view text) noexcept {
  const char* begin = text.data();
  const char* end = begin + text.size();
  trim(begin, end);
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace tickeng::io
