// Words of a pipeline's text. A line ends a statement, but inside parentheses it is a blank.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tickeng {

struct Token {
  enum class Kind : std::uint8_t { kEnd, kBreak, kName, kNumber, kDuration, kString, kSymbol };
  Kind kind = Kind::kEnd;
  std::size_t at = 0;
  std::string text;     ///< a name, an operator or bracket, what a string holds
  double number = 0.0;  ///< of a number
  bool whole = false;   ///< written as an integer
  std::int64_t ns = 0;  ///< of a duration

  [[nodiscard]] bool is(std::string_view symbol) const noexcept {
    return kind == Kind::kSymbol && text == symbol;
  }
  [[nodiscard]] bool is_name(std::string_view name) const noexcept {
    return kind == Kind::kName && text == name;
  }
};

class Lexer {
 public:
  /// Throws ConfigError for a text that is too long.
  explicit Lexer(std::string_view text);
  /// The next word. `nested`: inside parentheses.
  [[nodiscard]] Token next(bool nested);
  /// Throws ConfigError: the message, the line, and a caret under `at`.
  [[noreturn]] void fail(std::size_t at, const std::string& message) const;

 private:
  [[nodiscard]] char peek(std::size_t ahead = 0) const noexcept {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  Token name();
  Token number();
  Token string();
  Token symbol();
  [[nodiscard]] std::int64_t duration(std::size_t at, std::string_view digits,
                                      std::string_view unit) const;
  void escape(std::size_t start, std::string& out);

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace tickeng
