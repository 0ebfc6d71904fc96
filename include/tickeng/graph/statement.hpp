// What a pipeline's text asks for, statement by statement, with presets written out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tickeng/base/error.hpp"
#include "tickeng/graph/formula.hpp"
#include "tickeng/kernel/params.hpp"

namespace tickeng {

/// An output: of a node by its name, or by the output's own name.
struct OutputName {
  std::string name;
  std::string member = {};  ///< behind a dot: which output of the node `name`
  std::size_t at = 0;       ///< offset in the text

  [[nodiscard]] std::string text() const { return member.empty() ? name : name + "." + member; }
};

struct Statement {
  enum class Kind : std::uint8_t {
    kKernel,
    kFormula,  ///< over its inputs
    kCopy,     ///< its one input under another name
  };
  std::string name;  ///< of the node
  std::size_t kernel = 0;
  bool named = false;   ///< by the text; else it is called like its kernel
  bool written = true;  ///< what stands as an input inside another statement is not
  std::vector<std::pair<std::string, ParamValue>> params = {};
  std::vector<OutputName> inputs = {};  ///< none: those that the spec names
  std::string on = {};    ///< a clock, or who builds its bars; none: that of its inputs
  std::string bars = {};  ///< who builds the bars that it moves on
  Kind kind = Kind::kKernel;
  Formula formula = {};
  std::size_t at = 0;  ///< offset in the text
};

/// What cannot be, with its place in the text.
class PlacedError : public ConfigError {
 public:
  PlacedError(std::size_t at, const std::string& message) : ConfigError(message), at_(at) {}
  [[nodiscard]] std::size_t at() const noexcept { return at_; }

 private:
  std::size_t at_;
};

/// Kernels by name or alias, with parameters and inputs, named or not, formulas, outputs under
/// another name, and presets. A call or a formula that is an input is a statement of its own,
/// called by its text. Throws ConfigError with line and column.
[[nodiscard]] std::vector<Statement> parse_statements(std::string_view text);

}  // namespace tickeng
