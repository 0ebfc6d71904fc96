// The words of a column; the rules are in the header.
#include "tickeng/io/word_rule.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "tickeng/io/blanks.hpp"
#include "tickeng/io/decimal.hpp"

namespace tickeng::io {
namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool same_letters(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

// NaN for what is no finite number; "nan" and "inf" are words.
double number_of(std::string_view text) noexcept {
  double value = 0;
  const bool found = parse_decimal(text.data(), text.data() + text.size(), value);
  return found && std::isfinite(value) ? value : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

WordRule::WordRule(const std::vector<Word>& words, bool exact, std::int8_t other)
    : exact_(exact), other_(other) {
  for (const Word& word : words) {
    const std::string_view text = trimmed(word.text);
    const Known* const known = find(text);
    if (known && known->meaning != word.meaning) {
      throw std::invalid_argument(word.text + " has two meanings");
    }
    if (!known) words_.push_back({std::string(text), number_of(text), word.meaning});
  }
}

const WordRule::Known* WordRule::find(std::string_view word) const noexcept {
  for (const Known& known : words_) {
    if (exact_ ? known.text == word : same_letters(known.text, word)) return &known;
  }
  const double number = number_of(word);
  if (std::isnan(number)) return nullptr;
  for (const Known& known : words_) {
    if (known.number == number) return &known;
  }
  return nullptr;
}

bool WordRule::look_up(std::string_view word, std::int8_t& meaning) noexcept {
  const Known* const known = find(trimmed(word));
  if (!known && other_ == kNoOther) return false;
  meaning = known ? known->meaning : other_;
  if (word.size() <= kShort) {
    seen_[oldest_] = {packed(word.data(), word.size()), word.size(), meaning};
    oldest_ ^= 1U;
  }
  return true;
}

}  // namespace tickeng::io
