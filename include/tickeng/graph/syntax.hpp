// The text of a pipeline as a tree: statements of expressions, with where each stands in the text.
// What names mean is found out later.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tickeng {

struct Expression {
  enum class Kind : std::uint8_t {
    kNumber,
    kDuration,
    kString,
    kBool,
    kReference,  ///< name, or name.member
    kCall,       ///< name(arguments), or name(arguments).member
    kUnary,      ///< op one argument: - not
    kBinary,     ///< two: or and < <= > >= == != + - * /
  };

  Kind kind = Kind::kNumber;
  std::size_t at = 0;   ///< offset in the text
  double number = 0.0;  ///< also 1 and 0 of a bool
  bool whole = false;   ///< a number written as an integer
  std::int64_t ns = 0;  ///< of a duration
  std::string name;     ///< of a reference or call; an operator; what a string holds
  std::string member = {};
  std::vector<Expression> arguments = {};
  std::vector<std::pair<std::string, Expression>> keywords = {};
};

struct ParsedStatement {
  std::string name;  ///< empty: not named by the text
  std::size_t at = 0;
  Expression expression;
};

/// Throws ConfigError with line, column and a caret. At most 64 KiB, 4,096 nodes, 64 levels deep.
[[nodiscard]] std::vector<ParsedStatement> parse(std::string_view text);
/// An expression alone.
[[nodiscard]] Expression parse_expression(std::string_view text);

/// The text that parses back to this, spelled in one way.
[[nodiscard]] std::string to_text(const Expression& expression);
[[nodiscard]] std::string to_text(const ParsedStatement& statement);

}  // namespace tickeng
