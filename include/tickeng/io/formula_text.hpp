// Text that a spreadsheet would run as a formula when it opens a CSV, and the apostrophe that keeps
// it from doing so.
//
// It runs what begins with = or a TAB or CR. What begins with + - @ it runs too, but @ES, -1 and
// +0.5 are plain tickers and numbers: only what holds more than letters, digits and . _ - / : is
// taken for a formula. The writer puts one apostrophe before such a text, and one more before a
// text that has apostrophes there by itself; so the reader takes off exactly what was put on.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace tickeng::io {

/// Whether a spreadsheet would run `text`.
[[nodiscard]] inline bool is_formula(std::string_view text) noexcept {
  constexpr std::string_view kPlain = "._-/:";
  if (text.empty()) return false;
  const char first = text.front();
  if (first == '=' || first == '\t' || first == '\r') return true;
  if (first != '+' && first != '-' && first != '@') return false;
  return !std::ranges::all_of(text.substr(1), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kPlain.find(c) != std::string_view::npos;
  });
}

/// Whether `text` is a formula once its leading apostrophes are off.
[[nodiscard]] inline bool hides_formula(std::string_view text) noexcept {
  const std::size_t start = text.find_first_not_of('\'');
  return start != std::string_view::npos && is_formula(text.substr(start));
}

/// `text` as the content of a cell that nothing runs.
[[nodiscard]] inline std::string with_guard(std::string_view text) {
  return (hides_formula(text) ? "'" : "") + std::string(text);
}

/// The text that was written as `cell`.
[[nodiscard]] inline std::string_view without_guard(std::string_view cell) noexcept {
  if (cell.empty() || cell.front() != '\'' || !hides_formula(cell)) return cell;
  return cell.substr(1);
}

}  // namespace tickeng::io
