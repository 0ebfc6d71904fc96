// What a pipeline's text asks for, statement by statement, with presets written out.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tickeng {

/// An output: of a node by its name, or by the output's own name.
struct OutputName {
  std::string name;
  std::string member = {};  ///< behind a dot: which output of the node `name`

  [[nodiscard]] std::string text() const { return member.empty() ? name : name + "." + member; }
};

struct Statement {
  std::string name;  ///< of the node
  std::size_t kernel = 0;
  bool named = false;   ///< by the text; else it is called like its kernel
  bool written = true;  ///< what stands as an input inside another statement is not
  std::vector<std::pair<std::string, double>> params = {};  ///< choices by index
  std::vector<OutputName> inputs = {};                      ///< none: those that the spec names
  std::string on = {};    ///< a clock, or who builds its bars; none: that of its inputs
  std::string bars = {};  ///< who builds the bars that it moves on
};

/// Kernels by name or alias, with parameters and inputs, named or not, and presets. A call that is
/// an input is a statement of its own, called by its text. Throws ConfigError with line and column.
[[nodiscard]] std::vector<Statement> parse_statements(std::string_view text);

}  // namespace tickeng
