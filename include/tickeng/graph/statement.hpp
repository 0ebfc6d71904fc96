// What a pipeline's text says, statement by statement, with presets written out.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tickeng {

struct Statement {
  std::string name;  ///< of the node
  std::size_t kernel = 0;
  bool named = false;  ///< by the text; else it is called like its kernel
  std::vector<std::pair<std::string, double>> params = {};  ///< choices by index
  std::vector<std::string> inputs =
      {};  ///< outputs of other nodes; none: those that the spec names
};

/// `text`: kernels by name or alias, and presets, separated by commas. Throws ConfigError.
[[nodiscard]] std::vector<Statement> parse_statements(std::string_view text);

}  // namespace tickeng
