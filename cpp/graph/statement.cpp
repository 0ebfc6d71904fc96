#include "tickeng/graph/statement.hpp"

#include <algorithm>

#include "tickeng/base/error.hpp"
#include "tickeng/graph/presets.hpp"
#include "tickeng/graph/registry.hpp"

namespace tickeng {

std::vector<Statement> parse_statements(std::string_view text) {
  std::vector<Statement> all;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end == text.size() ? end : end + 1);
    const auto* const preset =
        std::ranges::find_if(kPresets, [word](const Preset& p) { return p.name == word; });
    if (preset != std::end(kPresets)) {
      for (Statement& s : parse_statements(preset->text)) all.push_back(std::move(s));
      continue;
    }
    const std::size_t kernel = find_kernel(word);
    all.push_back({.name = std::string(registry()[kernel].spec->name), .kernel = kernel});
  }
  if (all.empty()) throw ConfigError("no kernel is selected");
  return all;
}

}  // namespace tickeng
