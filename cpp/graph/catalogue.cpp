// Look-up in the registry by name, and the registry as JSON.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "tickeng/base/error.hpp"
#include "tickeng/graph/pipeline.hpp"
#include "tickeng/graph/presets.hpp"

namespace tickeng {
namespace {

bool has_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == word) return true;
    words.remove_prefix(end == words.size() ? end : end + 1);
  }
  return false;
}

bool answers_to(const KernelEntry& e, std::string_view name) {
  return e.spec->name == name || has_word(e.spec->aliases, name);
}

/// Builds one JSON document; texts of specs hold no control characters.
class Json {
 public:
  void text(std::string_view key, std::string_view value) {
    name(key);
    quote(value);
  }
  void number(std::string_view key, double value) {
    name(key);
    if (!std::isfinite(value)) {
      out_ += "null";
      return;
    }
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    out_.append(buffer, end);
  }
  void open(std::string_view key, char bracket) {
    if (key.empty()) {
      separate();
    } else {
      name(key);
    }
    out_ += bracket;
  }
  void close(char bracket) { out_ += bracket; }
  [[nodiscard]] std::string take() && { return std::move(out_); }

  void item(std::string_view value) {
    separate();
    quote(value);
  }

 private:
  void name(std::string_view key) {
    separate();
    quote(key);
    out_ += ':';
  }
  void separate() {
    if (!out_.empty() && out_.back() != '{' && out_.back() != '[') out_ += ',';
  }
  void quote(std::string_view value) {
    out_ += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') out_ += '\\';
      if (c == '\n') {
        out_ += "\\n";
      } else {
        out_ += c;
      }
    }
    out_ += '"';
  }

  std::string out_;
};

constexpr std::string_view kKinds[] = {"real",   "integer",  "bool", "choice",
                                       "window", "duration", "text"};

void write_param(Json& json, const ParamSpec& p) {
  json.open("", '{');
  json.text("name", p.name);
  json.text("kind", kKinds[static_cast<std::size_t>(p.kind)]);
  json.number("default", p.fallback);
  json.number("low", p.low);
  json.number("high", p.high);
  json.text("choices", p.choices);
  json.text("unit", p.unit);
  json.text("doc", p.doc);
  json.text("alias", p.alias);
  json.close('}');
}

void write_kernel(Json& json, const KernelEntry& entry) {
  const KernelSpec& s = *entry.spec;
  json.open("", '{');
  json.text("id", s.id);
  json.text("name", s.name);
  json.text("room", entry.room);
  json.text("aliases", s.aliases);
  json.text("summary", s.summary);
  json.text("formula", s.formula);
  json.text("source", s.source);
  const std::string memory = memory_text(entry, Params(s));
  json.text("memory", std::string_view(memory).substr(0, memory.find('(')));
  json.text("reach", memory);
  json.number("state_version", s.state_version);
  json.open("params", '[');
  for (const ParamSpec& p : s.params) write_param(json, p);
  json.close(']');
  json.open("outputs", '[');
  for (const OutputSpec& o : s.outputs) {
    json.open("", '{');
    json.text("name", o.name);
    json.text("unit", o.unit);
    json.text("range", o.range);
    json.text("type", o.type == OutputType::kFlag ? "flag" : "real");
    json.close('}');
  }
  json.close(']');
  json.open("inputs", '[');
  for (const std::string_view name : s.inputs) json.item(name);
  json.close(']');
  json.number("reads_any", s.reads_any ? 1 : 0);
  json.open("clocks", '[');
  for (std::size_t c = 0; c < kClocks; ++c) {
    if (entry.clocks.has(static_cast<Clock>(c))) json.item(kClockNames[c]);
  }
  if (entry.on_bars) json.item("bar");
  json.close(']');
  json.number("builds", entry.builds ? 1 : 0);
  json.close('}');
}

}  // namespace

std::size_t find_kernel(std::string_view name) {
  const auto& all = registry();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (answers_to(all[i], name)) return i;
  }
  std::string known;
  for (const KernelEntry& e : all) known.append(" ").append(e.spec->name);
  throw ConfigError(std::string("no kernel is called '").append(name).append("'; there are:") +
                    known);
}

bool is_kernel(std::string_view name) {
  return std::ranges::any_of(registry(), [name](auto& e) { return answers_to(e, name); });
}

std::size_t find_output(std::string_view name) {
  const auto& all = registry();
  const auto gives = [name](const KernelEntry& e) {
    return !e.builds &&
           std::ranges::any_of(e.spec->outputs, [name](auto& o) { return o.name == name; });
  };
  return static_cast<std::size_t>(std::ranges::find_if(all, gives) - all.begin());
}

std::string nodes_json(const Pipeline& pipeline) {
  Json json;
  json.open("", '[');
  for (const Pipeline::NodeFacts& node : pipeline.nodes()) {
    json.open("", '{');
    json.text("name", node.name);
    json.open("names", '[');
    for (const std::string& name : node.names) json.item(name);
    json.close(']');
    json.open("columns", '[');
    for (const std::string& column : node.columns) json.item(column);
    json.close(']');
    json.text("kernel", node.kernel);
    json.number("plain", node.plain ? 1 : 0);
    json.number("written", node.written ? 1 : 0);
    json.open("clocks", '[');
    for (const std::string& clock : node.clocks) json.item(clock);
    json.close(']');
    json.number("builds", node.builds ? 1 : 0);
    json.text("leader", node.leader);
    json.text("zone", node.zone);
    json.text("memory", node.memory);
    json.text("computes", node.computes);
    json.open("inputs", '[');
    for (const std::string& input : node.inputs) json.item(input);
    json.close(']');
    json.close('}');
  }
  json.close(']');
  return std::move(json).take();
}

std::string presets_json() {
  Json json;
  json.open("", '[');
  for (const Preset& preset : kPresets) {
    json.open("", '{');
    json.text("name", preset.name);
    json.text("summary", preset.summary);
    json.text("text", preset.text);
    json.close('}');
  }
  json.close(']');
  return std::move(json).take();
}

std::string catalogue_json() {
  Json json;
  json.open("", '[');
  for (const KernelEntry& e : registry()) write_kernel(json, e);
  json.close(']');
  return std::move(json).take();
}

}  // namespace tickeng
