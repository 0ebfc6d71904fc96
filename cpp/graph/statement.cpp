#include "tickeng/graph/statement.hpp"

#include <algorithm>

#include "tickeng/base/error.hpp"
#include "tickeng/graph/lexer.hpp"
#include "tickeng/graph/presets.hpp"
#include "tickeng/graph/registry.hpp"
#include "tickeng/graph/syntax.hpp"

namespace tickeng {
namespace {

using Kind = Expression::Kind;

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::vector<Statement> all() && {
    for (const ParsedStatement& s : parse(text_)) {
      const auto* const preset = std::ranges::find(kPresets, s.expression.name, &Preset::name);
      if (s.expression.kind == Kind::kReference && s.name.empty() && preset != std::end(kPresets)) {
        for (Statement& part : parse_statements(preset->text)) found_.push_back(std::move(part));
      } else {
        found_.push_back(statement(s));
      }
    }
    if (found_.empty()) throw ConfigError("no kernel is selected");
    return std::move(found_);
  }

 private:
  [[noreturn]] void fail(std::size_t at, const std::string& message) const {
    Lexer(text_).fail(at, message);
  }

  Statement statement(const ParsedStatement& parsed) {
    const Expression& e = parsed.expression;
    if ((e.kind != Kind::kReference && e.kind != Kind::kCall) || !e.member.empty()) {
      fail(e.at, "a statement is a kernel, with or without a name; formulas are not read");
    }
    Statement s{.name = {}, .kernel = kernel(e), .named = !parsed.name.empty()};
    const KernelSpec& spec = *registry()[s.kernel].spec;
    s.name = s.named ? parsed.name : std::string(spec.name);
    if (s.named) check_name(parsed);
    s.inputs.resize(e.arguments.empty() ? 0 : spec.inputs.size());
    for (std::size_t i = spec.inputs.size(); i < e.arguments.size(); ++i) {
      const Kind kind = e.arguments[i].kind;
      if (kind == Kind::kNumber || kind == Kind::kDuration) say_keyword(spec, e.arguments[i]);
    }
    if (!e.arguments.empty() && e.arguments.size() != spec.inputs.size()) {
      fail(e.arguments[0].at, std::string(spec.name) + " reads " +
                                  std::to_string(spec.inputs.size()) + " outputs, here are " +
                                  std::to_string(e.arguments.size()));
    }
    for (std::size_t i = 0; i < e.arguments.size(); ++i) s.inputs[i] = output(e.arguments[i]);
    for (const auto& [name, value] : e.keywords) keyword(spec, name, value, s);
    return s;
  }
  [[noreturn]] void say_keyword(const KernelSpec& spec, const Expression& value) const {
    const std::string name(spec.params.empty() ? "name" : spec.params[0].name);
    fail(value.at, "a parameter goes by its name, as " + name + "=" + to_text(value));
  }
  std::size_t kernel(const Expression& e) const {
    try {
      return find_kernel(e.name);
    } catch (const ConfigError& error) {
      fail(e.at, error.what());
    }
  }
  void check_name(const ParsedStatement& s) const {
    for (const KernelEntry& e : registry()) {
      if (e.spec->name == s.name) fail(s.at, s.name + " is a kernel's name; take another");
    }
    for (const Preset& p : kPresets) {
      if (p.name == s.name) fail(s.at, s.name + " is a preset's name; take another");
    }
  }
  OutputName output(const Expression& e) {
    if (e.kind == Kind::kReference) return {e.name, e.member};
    if (e.kind != Kind::kCall)
      fail(e.at, "an input is an output or a kernel; formulas are not read");
    if (e.arguments.empty() && e.keywords.empty()) return {e.name, e.member};
    Expression call = e;
    call.member.clear();
    Statement inner = statement({{}, e.at, call});
    inner.name = to_text(call);
    inner.named = true;
    inner.written = false;
    found_.push_back(std::move(inner));
    return {found_.back().name, e.member};
  }
  void keyword(const KernelSpec& spec, const std::string& name, const Expression& value,
               Statement& s) {
    if (name == "on") return on_clock(spec, value, s);
    const auto param = std::ranges::find(spec.params, name, &ParamSpec::name);
    if (param != spec.params.end()) {
      s.params.emplace_back(name, number(*param, value));
      return;
    }
    const auto input = std::ranges::find(spec.inputs, name);
    if (input == spec.inputs.end()) fail(value.at, unknown(spec, name));
    if (s.inputs.empty()) {
      for (const std::string_view own : spec.inputs) {
        s.inputs.push_back({spec.reads_any ? "" : std::string(own)});
      }
    }
    s.inputs[static_cast<std::size_t>(input - spec.inputs.begin())] = output(value);
  }
  void on_clock(const KernelSpec& spec, const Expression& value, Statement& s) const {
    if (!registry()[s.kernel].clocks.empty()) {
      fail(value.at, std::string(spec.name) + " moves on a clock of its own, it takes no on=");
    }
    if (value.kind != Kind::kReference || !value.member.empty() ||
        std::ranges::find(kClockNames, value.name) == std::end(kClockNames)) {
      std::string known;
      for (const std::string_view clock : kClockNames) known.append(" ").append(clock);
      fail(value.at, "on= takes the name of a clock; there are:" + known);
    }
    s.on = value.name;
  }
  static std::string unknown(const KernelSpec& spec, const std::string& name) {
    std::string known;
    for (const ParamSpec& p : spec.params) known.append(" ").append(p.name);
    for (const std::string_view input : spec.inputs) known.append(" ").append(input);
    return std::string(spec.name) + " has no parameter and no input " + name +
           (known.empty() ? "; it has none" : "; there are:" + known);
  }

  double nanoseconds(const ParamSpec& p, const Expression& e) const {
    const auto ns = static_cast<double>(e.ns);
    if (ns > kLongestNs) fail(e.at, std::string(p.name) + " is at most 104 days");
    return ns;
  }
  double number(const ParamSpec& p, const Expression& e) const {
    const bool negative = e.kind == Kind::kUnary && e.name == "-";
    const Expression& v = negative ? e.arguments[0] : e;
    const double sign = negative ? -1.0 : 1.0;
    switch (p.kind) {
      case ParamKind::kInteger:
        if (v.kind == Kind::kNumber && v.whole) return sign * v.number;
        fail(e.at, std::string(p.name) + " is an integer");
      case ParamKind::kReal:
        if (v.kind == Kind::kNumber) return sign * v.number;
        if (v.kind == Kind::kDuration && p.unit == "s") {
          return sign * static_cast<double>(v.ns) / 1e9;
        }
        fail(e.at, std::string(p.name) + " is a number" + (p.unit == "s" ? " or a duration" : ""));
      case ParamKind::kBool:
        if (e.kind == Kind::kBool) return e.number;
        fail(e.at, std::string(p.name) + " is true or false");
      case ParamKind::kWindow:
        if (v.kind == Kind::kNumber && v.whole) return sign * v.number;
        if (v.kind == Kind::kDuration && !negative) return -nanoseconds(p, v);
        fail(e.at, std::string(p.name) + " is a count of rows or a duration, as 2s");
      case ParamKind::kDuration:
        if (v.kind == Kind::kDuration && !negative) return nanoseconds(p, v);
        fail(e.at, std::string(p.name) + " is a duration, as 300ms");
      case ParamKind::kChoice: break;
    }
    std::string_view choices = p.choices;
    for (double index = 0.0; !choices.empty(); index += 1.0) {
      const std::size_t end = std::min(choices.find('|'), choices.size());
      if (e.kind == Kind::kReference && e.member.empty() && choices.substr(0, end) == e.name) {
        return index;
      }
      choices.remove_prefix(end == choices.size() ? end : end + 1);
    }
    fail(e.at, std::string(p.name) + " is one of " + std::string(p.choices));
  }

  std::string_view text_;
  std::vector<Statement> found_;
};

}  // namespace

std::vector<Statement> parse_statements(std::string_view text) { return Reader(text).all(); }

}  // namespace tickeng
