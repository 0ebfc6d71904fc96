#include "tickeng/graph/statement.hpp"

#include <algorithm>
#include <set>
#include <span>

#include "tickeng/base/error.hpp"
#include "tickeng/graph/lexer.hpp"
#include "tickeng/graph/presets.hpp"
#include "tickeng/graph/registry.hpp"
#include "tickeng/graph/syntax.hpp"

namespace tickeng {
namespace {

using Kind = Expression::Kind;

// No names for nodes, those of events to come included.
constexpr std::string_view kSources[] = {"trade", "quote", "book",  "leader",
                                         "own",   "timer", "event", "bar"};
constexpr std::string_view kColumns[] = {
    "ts_ns", "recv_ns", "event_ns", "symbol", "venue", "price", "qty",    "side", "id",    "bid",
    "ask",   "bid_qty", "ask_qty",  "reason", "level", "kind",  "status", "seq",  "ready", "row"};
// Settings of the engine and of what runs it: in TOML and --set they stand where names stand.
constexpr std::string_view kSettings[] = {
    "kernels",   "rows",          "on_late",     "dedupe",           "min_time",
    "max_time",  "max_jump",      "stale_after", "hold_good",        "leader_latency",
    "quotes",    "max_quote_age", "max_symbols", "max_symbol_bytes", "snapshot_depth",
    "infer_side"};

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::vector<Statement> all() && {
    const std::vector<ParsedStatement> parsed = parse(text_);
    for (const ParsedStatement& s : parsed) {
      names_.insert(s.name);
      const Expression& e = s.expression;
      const bool call = s.name.empty() && e.kind == Kind::kCall && e.member.empty();
      if (call && is_kernel(e.name)) called_.insert(find_kernel(e.name));
    }
    for (const ParsedStatement& s : parsed) {
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
    if (!parsed.name.empty()) check_name(parsed);
    if (!selects(parsed)) {
      if (parsed.name.empty())
        fail(e.at, "only a kernel needs no name: write name = " + to_text(e));
      return is_node(e) ? copy(parsed) : formula(parsed.name, e);
    }
    Statement s{.name = {}, .kernel = kernel(e), .named = !parsed.name.empty()};
    const KernelSpec& spec = *registry()[s.kernel].spec;
    s.name = s.named ? parsed.name : std::string(spec.name);
    s.at = e.at;
    std::span<const Expression> arguments = e.arguments;
    if (registry()[s.kernel].on_bars && !arguments.empty()) {
      s.bars = bars(arguments[0]);
      arguments = arguments.subspan(1);
    }
    for (std::size_t i = spec.inputs.size(); i < arguments.size(); ++i) {
      const Kind kind = arguments[i].kind;
      if (kind == Kind::kNumber || kind == Kind::kDuration) say_keyword(spec, arguments[i]);
    }
    s.inputs.resize(arguments.empty() ? 0 : spec.inputs.size());
    if (!arguments.empty() && arguments.size() != spec.inputs.size()) {
      fail(arguments[0].at, std::string(spec.name) + " reads " +
                                std::to_string(spec.inputs.size()) + " outputs, here are " +
                                std::to_string(arguments.size()));
    }
    for (std::size_t i = 0; i < arguments.size(); ++i) s.inputs[i] = output(arguments[i]);
    for (const auto& [name, value] : e.keywords) keyword(spec, name, value, s);
    return s;
  }
  /// Whether it stands for all outputs of a kernel: a call, or a name that means nothing else here.
  [[nodiscard]] bool selects(const ParsedStatement& s) const {
    const Expression& e = s.expression;
    if (!e.member.empty()) return false;
    if (e.kind == Kind::kCall) return !is_function(e.name);
    if (e.kind != Kind::kReference || s.name.empty()) return e.kind == Kind::kReference;
    if (names_.contains(e.name) || !is_kernel(e.name)) return false;
    if (called_.contains(find_kernel(e.name))) return false;  // its name means that call
    const std::size_t gives = find_output(e.name);
    return gives == registry().size() ||
           (gives == find_kernel(e.name) && registry()[gives].spec->outputs.size() == 1);
  }
  static bool is_node(const Expression& e) {
    return e.kind == Kind::kReference || (e.kind == Kind::kCall && !is_function(e.name));
  }
  Statement copy(const ParsedStatement& parsed) {
    Statement s{.name = parsed.name, .named = true, .kind = Statement::Kind::kCopy};
    s.at = parsed.expression.at;
    s.inputs.push_back(output(parsed.expression));
    return s;
  }
  Statement formula(const std::string& name, const Expression& e) {
    Statement s{.name = name, .named = true, .kind = Statement::Kind::kFormula};
    s.at = e.at;
    s.formula = compile_formula(e, {.input =
                                        [&](const Expression& of) {
                                          s.inputs.push_back(output(of));
                                          return s.inputs.size() - 1;
                                        },
                                    .fail = [this](std::size_t at, auto& why) { fail(at, why); }});
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
    if (is_function(s.name)) fail(s.at, s.name + " is a function's name; take another");
    if (std::ranges::find(kSources, s.name) != std::end(kSources)) {
      fail(s.at, s.name + " is the name of what events come from; take another");
    }
    if (std::ranges::find(kColumns, s.name) != std::end(kColumns)) {
      fail(s.at, s.name + " is a column that every row has, or may have; take another");
    }
    const auto is_it = [&s](const ParamSpec& p) { return p.alias == s.name; };
    bool setting = std::ranges::find(kSettings, s.name) != std::end(kSettings);
    for (const KernelEntry& e : registry()) {
      if (e.spec->name == s.name) fail(s.at, s.name + " is a kernel's name; take another");
      setting = setting || std::ranges::any_of(e.spec->params, is_it);
    }
    if (setting) fail(s.at, s.name + " is a setting's name; take another");
    for (const Preset& p : kPresets) {
      if (p.name == s.name) fail(s.at, s.name + " is a preset's name; take another");
    }
  }
  OutputName output(const Expression& e) {
    if (e.kind == Kind::kReference) return {e.name, e.member, e.at};
    if (is_node(e) && e.arguments.empty() && e.keywords.empty()) {
      const auto outputs = registry()[kernel(e)].spec->outputs;  // a call is of a kernel
      const bool one = e.member.empty() && outputs.size() == 1;
      return {e.name, one ? std::string(outputs[0].name) : e.member, e.at};
    }
    Expression call = e;
    if (is_node(e)) call.member.clear();
    Statement inner = is_node(e) ? statement({{}, e.at, call}) : formula({}, e);
    inner.name = to_text(call);
    inner.named = true;
    inner.written = false;
    found_.push_back(std::move(inner));
    return {found_.back().name, is_node(e) ? e.member : std::string(), e.at};
  }
  /// The name of what builds bars.
  std::string bars(const Expression& e) {
    const OutputName builder = output(e);
    if (!builder.member.empty()) fail(e.at, "bars have a builder's name, here is an output");
    return builder.name;
  }
  void keyword(const KernelSpec& spec, const std::string& name, const Expression& value,
               Statement& s) {
    if (name == "on") return on_clock(spec, value, s);
    if (name == "bars" && registry()[s.kernel].on_bars) {
      s.bars = bars(value);
      return;
    }
    const auto param = std::ranges::find(spec.params, name, &ParamSpec::name);
    if (param != spec.params.end()) {
      const bool is_text = param->kind == ParamKind::kText;
      s.params.emplace_back(name, is_text ? ParamValue{.text = text(*param, value)}
                                          : ParamValue{.number = number(*param, value)});
      return;
    }
    const auto input = std::ranges::find(spec.inputs, name);
    if (input == spec.inputs.end()) fail(value.at, unknown(spec, name));
    if (s.inputs.empty()) {
      for (const std::string_view own : spec.inputs) {
        s.inputs.push_back({spec.reads_any ? "" : std::string(own), {}, s.at});
      }
    }
    s.inputs[static_cast<std::size_t>(input - spec.inputs.begin())] = output(value);
  }
  void on_clock(const KernelSpec& spec, const Expression& value, Statement& s) {
    const KernelEntry& entry = registry()[s.kernel];
    if (!entry.clocks.empty() || entry.on_bars) {
      fail(value.at, std::string(spec.name) + " moves on a clock of its own, it takes no on=");
    }
    s.on = bars(value);
  }
  static std::string unknown(const KernelSpec& spec, const std::string& name) {
    std::string known;
    for (const ParamSpec& p : spec.params) known.append(" ").append(p.name);
    for (const std::string_view input : spec.inputs) known.append(" ").append(input);
    return std::string(spec.name) + " has no parameter and no input " + name +
           (known.empty() ? "; it has none" : "; there are:" + known);
  }

  std::string text(const ParamSpec& p, const Expression& e) const {
    if (e.kind != Kind::kString) fail(e.at, std::string(p.name) + " is a text in quotes");
    const std::string fault = text_fault(p, e.name);
    if (!fault.empty()) fail(e.at, fault);
    return e.name;
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
      case ParamKind::kText:  // has no number
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
  std::set<std::string> names_;   // that statements give
  std::set<std::size_t> called_;  // kernels with parameters or inputs of the text's own, unnamed
};

}  // namespace

std::vector<Statement> parse_statements(std::string_view text) { return Reader(text).all(); }

}  // namespace tickeng
