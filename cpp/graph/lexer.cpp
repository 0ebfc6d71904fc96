#include "tickeng/graph/lexer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "tickeng/base/error.hpp"

namespace tickeng {
namespace {

constexpr std::size_t kMostBytes = 65536, kMostName = 63;
constexpr std::array<std::pair<std::string_view, std::int64_t>, 7> kUnits = {
    {{"ns", 1},
     {"us", 1'000},
     {"ms", 1'000'000},
     {"s", 1'000'000'000},
     {"m", 60'000'000'000},
     {"h", 3'600'000'000'000},
     {"d", 86'400'000'000'000}}};

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }
bool is_word(char c) noexcept { return is_digit(c) || is_lower(c) || is_upper(c) || c == '_'; }

/// One code point in UTF-8.
void put_utf8(std::uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
    return;
  }
  const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  constexpr std::uint32_t kLead[] = {0, 0xc0, 0xe0, 0xf0};
  out += static_cast<char>(kLead[more] | code >> 6 * more);
  for (int i = more - 1; i >= 0; --i) out += static_cast<char>(0x80 | (code >> 6 * i & 0x3f));
}

}  // namespace

Lexer::Lexer(std::string_view text) : text_(text) {
  if (text.size() > kMostBytes) {
    throw ConfigError("the text of a pipeline has " + std::to_string(text.size()) +
                      " bytes, at most " + std::to_string(kMostBytes) + " are read");
  }
}

void Lexer::fail(std::size_t at, const std::string& message) const {
  at = std::min(at, text_.size());
  const std::string_view before = text_.substr(0, at);
  const std::size_t line = static_cast<std::size_t>(std::ranges::count(before, '\n')) + 1;
  const std::size_t begin = before.rfind('\n') == before.npos ? 0 : before.rfind('\n') + 1;
  const std::size_t end = std::min(text_.find('\n', at), text_.size());
  std::string shown(text_.substr(begin, end - begin));
  std::ranges::replace_if(shown, [](unsigned char c) { return c < 32 || c == 127; }, ' ');
  throw ConfigError("line " + std::to_string(line) + ", column " + std::to_string(at - begin + 1) +
                    ": " + message + "\n  " + shown + "\n  " + std::string(at - begin, ' ') + "^");
}

Token Lexer::next(bool nested) {
  for (;; ++at_) {
    const char c = peek();
    if (c == '#') {
      while (at_ < text_.size() && peek() != '\n') ++at_;
      if (at_ == text_.size()) break;
      --at_;
    } else if (c == '\n' && !nested) {
      break;
    } else if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
      break;
    }
  }
  if (at_ >= text_.size()) return {.at = text_.size(), .text = {}};
  const char c = peek();
  if (c == '\n' || c == ';' || (c == ',' && !nested)) {
    return {.kind = Token::Kind::kBreak, .at = at_++, .text = {}};
  }
  if (is_lower(c) || is_upper(c) || c == '_') return name();
  if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
  if (c == '"' || c == '\'') return string();
  return symbol();
}

Token Lexer::name() {
  const std::size_t begin = at_;
  while (is_word(peek())) ++at_;
  std::string word(text_.substr(begin, at_ - begin));
  if (!is_lower(word[0]) || std::ranges::any_of(word, is_upper)) {
    std::string lower = word;
    for (char& c : lower) c = is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
    fail(begin, is_lower(lower[0]) ? "names are lower case: " + lower
                                   : "a name begins with a letter: " + word);
  }
  if (word.size() > kMostName) fail(begin, "a name has at most 63 letters");
  return {.kind = Token::Kind::kName, .at = begin, .text = std::move(word)};
}

Token Lexer::number() {
  const std::size_t begin = at_;
  bool whole = true;
  while (is_digit(peek())) ++at_;
  if (peek() == '.' && is_digit(peek(1))) {
    whole = false;
    do ++at_;
    while (is_digit(peek()));
  }
  const bool sign = peek(1) == '+' || peek(1) == '-';
  if (peek() == 'e' && is_digit(peek(sign ? 2 : 1))) {
    whole = false;
    at_ += sign ? 2 : 1;
    while (is_digit(peek())) ++at_;
  }
  const std::string_view digits = text_.substr(begin, at_ - begin);
  const std::size_t unit_at = at_;
  while (is_word(peek())) ++at_;
  const std::string_view unit = text_.substr(unit_at, at_ - unit_at);
  Token token{.kind = Token::Kind::kNumber, .at = begin, .text = std::string(digits)};
  if (!unit.empty()) {
    token.kind = Token::Kind::kDuration;
    token.ns = duration(begin, digits, unit);
    return token;
  }
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), token.number);
  if (read.ec != std::errc()) fail(begin, "a number that no double holds: " + token.text);
  token.whole = whole;
  return token;
}

/// Exact: digits times the unit, which must be a whole number of ns above zero.
std::int64_t Lexer::duration(std::size_t at, std::string_view digits, std::string_view unit) const {
  const auto* const known =
      std::ranges::find(kUnits, unit, [](const auto& entry) { return entry.first; });
  if (known == kUnits.end()) {
    fail(at, "no number and no duration: " + std::string(digits) + std::string(unit) +
                 "; units are ns us ms s m h d");
  }
  const std::size_t e = std::min(digits.find('e'), digits.size());
  int exponent = 0;
  if (e < digits.size()) {
    const char* const begin = digits.data() + e + (digits[e + 1] == '+' ? 2 : 1);
    if (std::from_chars(begin, digits.data() + digits.size(), exponent).ec != std::errc()) {
      fail(at, "a duration is at most 100,000 days");
    }
  }
  unsigned __int128 value = static_cast<unsigned __int128>(known->second);
  bool point = false;
  unsigned __int128 mantissa = 0;
  for (const char c : digits.substr(0, e)) {
    if (c == '.') {
      point = true;
      continue;
    }
    if (mantissa > 1'000'000'000'000'000'000U) fail(at, "a duration has at most 18 digits");
    mantissa = mantissa * 10 + static_cast<unsigned>(c - '0');
    exponent -= point ? 1 : 0;
  }
  value *= mantissa;
  for (; exponent > 0 && value > 0 && value < static_cast<unsigned __int128>(1) << 63; --exponent) {
    value *= 10;
  }
  for (; exponent < 0 && value > 0 && value % 10 == 0; ++exponent) value /= 10;
  if (value == 0) fail(at, "a duration is longer than zero");
  if (exponent < 0) fail(at, "a duration is a whole number of ns");
  if (exponent > 0 || value > static_cast<unsigned __int128>(100'000) * 86'400'000'000'000) {
    fail(at, "a duration is at most 100,000 days");
  }
  return static_cast<std::int64_t>(value);
}

Token Lexer::string() {
  const std::size_t begin = at_;
  const char quote = text_[at_++];
  Token token{.kind = Token::Kind::kString, .at = begin, .text = {}};
  while (peek() != quote) {
    if (at_ >= text_.size() || peek() == '\n') fail(begin, "a text that does not end");
    if (static_cast<unsigned char>(peek()) < 32) fail(at_, "a control character in a text");
    if (quote == '\'' && peek() == '"') fail(at_, "a \" inside ' '");
    if (quote == '"' && peek() == '\\') {
      escape(begin, token.text);
    } else {
      token.text += text_[at_++];
    }
  }
  ++at_;
  return token;
}

/// What stands behind a backslash in JSON.
void Lexer::escape(std::size_t start, std::string& out) {
  constexpr std::string_view kLetters = "\"\\/bfnrt", kMeant = "\"\\/\b\f\n\r\t";
  const auto four = [&]() -> std::uint32_t {
    std::uint32_t code = 0;
    const char* const p = text_.data() + std::min(at_, text_.size());
    const auto read = std::from_chars(p, text_.data() + std::min(at_ + 4, text_.size()), code, 16);
    if (read.ptr != p + 4) fail(start, "\\u wants four hexadecimal digits");
    at_ += 4;
    return code;
  };
  const char c = peek(1);
  const std::size_t known = kLetters.find(c);
  at_ += 2;
  if (c != '\0' && known != kLetters.npos) {
    out += kMeant[known];
    return;
  }
  if (c != 'u') fail(start, "no escape of JSON in a text");
  std::uint32_t code = four();
  if (code >= 0xd800 && code < 0xdc00 && peek() == '\\' && peek(1) == 'u') {
    at_ += 2;
    const std::uint32_t low = four();
    if (low < 0xdc00 || low > 0xdfff) fail(start, "half of a surrogate pair");
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  } else if (code >= 0xd800 && code < 0xe000) {
    fail(start, "half of a surrogate pair");
  }
  put_utf8(code, out);
}

Token Lexer::symbol() {
  constexpr std::string_view kTwo[] = {"<=", ">=", "==", "!="};
  const std::size_t begin = at_;
  for (const std::string_view two : kTwo) {
    if (text_.substr(at_, 2) != two) continue;
    at_ += 2;
    return {.kind = Token::Kind::kSymbol, .at = begin, .text = std::string(two)};
  }
  const char c = text_[at_];
  constexpr std::string_view kOne = "=<>+-*/().,";
  if (kOne.find(c) == kOne.npos) {
    const bool plain = c > 32 && c < 127;
    fail(begin, plain ? std::string("no word of the language: ") + c : "no word of the language");
  }
  ++at_;
  return {.kind = Token::Kind::kSymbol, .at = begin, .text = std::string(1, c)};
}

}  // namespace tickeng
