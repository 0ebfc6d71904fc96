// The text of a pipeline: what parses prints as a text that parses to the same, what does not is
// refused with a place in the text; what it asks for becomes a pipeline or a typed error.
#include <string>
#include <string_view>
#include <vector>

#include "input.hpp"
#include "tickeng/base/error.hpp"
#include "tickeng/graph/pipeline.hpp"
#include "tickeng/graph/syntax.hpp"

namespace {

using namespace tickeng;

bool same(const Expression& a, const Expression& b) {
  if (a.kind != b.kind || a.number != b.number || a.whole != b.whole || a.ns != b.ns ||
      a.name != b.name || a.member != b.member || a.arguments.size() != b.arguments.size() ||
      a.keywords.size() != b.keywords.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.arguments.size(); ++i) {
    if (!same(a.arguments[i], b.arguments[i])) return false;
  }
  for (std::size_t i = 0; i < a.keywords.size(); ++i) {
    const auto& [name, value] = a.keywords[i];
    if (name != b.keywords[i].first || !same(value, b.keywords[i].second)) return false;
  }
  return true;
}

void read(std::string_view text) {
  const std::vector<ParsedStatement> statements = parse(text);
  std::string all;
  for (const ParsedStatement& s : statements) all += to_text(s) + "\n";
  const std::vector<ParsedStatement> again = parse(all);
  expect(again.size() == statements.size(), "as many statements read back");
  for (std::size_t i = 0; i < again.size(); ++i) {
    expect(
        again[i].name == statements[i].name && same(again[i].expression, statements[i].expression),
        "a text that is printed reads back");
  }
  const Pipeline pipeline(text, {});
  for (const PipelineOutput& o : pipeline.outputs()) {
    expect(o.slot < pipeline.absent().size(), "an output has a slot");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Copy text(std::string_view(reinterpret_cast<const char*>(data), size));
  try {
    read(std::string_view(text.begin(), static_cast<std::size_t>(text.end() - text.begin())));
  } catch (const ConfigError&) {
  }
  return 0;
}
