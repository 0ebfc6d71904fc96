// From statements to nodes: what names mean, parameters, and on which clocks nodes move.
#include <algorithm>

#include "tickeng/base/error.hpp"
#include "tickeng/graph/built_in.hpp"
#include "tickeng/graph/pipeline.hpp"
#include "tickeng/graph/zones.hpp"

namespace tickeng {
namespace {

std::string output_name(const KernelSpec& spec, std::size_t output, const std::string& node,
                        bool named) {
  const std::string own(spec.outputs[output].name);
  if (!named) return own;
  return spec.outputs.size() == 1 ? node : node + "_" + own;
}

}  // namespace

/// Adds nodes so that inputs come before their readers. Equal nodes are one.
class Pipeline::Resolver {
 public:
  Resolver(std::vector<PlannedNode>& nodes, const std::vector<Statement>& statements,
           const std::vector<Setting>& settings)
      : nodes_(nodes), statements_(statements), settings_(settings) {}

  /// What a name or an expression stands for: an output of a node, or a formula that has no rows
  /// of its own and becomes a node of each clock on which it is read.
  struct Meaning {
    Input input = {kNone, 0};
    ClockSet clocks = {};  ///< those of all that it reads
    const Statement* floating = nullptr;
  };

  /// Of a statement; of a kernel with several outputs the first one.
  Meaning resolve(const Statement& s) {
    for (const auto& [name, meaning] : done_) {
      if (name == s.name) return meaning;
    }
    if (std::ranges::find(open_, s.name) != open_.end()) {
      std::string way;
      for (const std::string& name : open_) way += name + " -> ";
      throw PlacedError(s.at, "a node reads itself: " + way + s.name);
    }
    open_.push_back(s.name);
    Meaning meaning;
    switch (s.kind) {
      case Statement::Kind::kKernel: meaning = node_of({add_kernel(s), 0}); break;
      case Statement::Kind::kCopy: meaning = find(s.inputs[0]); break;
      case Statement::Kind::kFormula: meaning = formula(s);
    }
    open_.pop_back();
    done_.emplace_back(s.name, meaning);
    return meaning;
  }
  /// As a node of these clocks sees it.
  Input at(const Meaning& meaning, ClockSet clocks) {
    if (meaning.floating == nullptr) return meaning.input;
    for (const auto& [s, on, node] : made_) {
      if (s == meaning.floating && on == clocks) return {node, 0};
    }
    std::string name = meaning.floating->name;
    for (std::size_t c = 0; c < kMaxClocks; ++c) {
      if (clocks.has(static_cast<Clock>(c))) name.append("@").append(clock_name(c));
    }
    const std::size_t node = add_formula(*meaning.floating, clocks, name);
    made_.push_back({meaning.floating, clocks, node});
    return {node, 0};
  }

 private:
  static constexpr std::size_t kNone = SIZE_MAX;
  struct Made {
    const Statement* formula;
    ClockSet clocks;
    std::size_t node;
  };

  [[nodiscard]] Meaning node_of(Input input) const {
    return {.input = input, .clocks = nodes_[input.node].ticks()};
  }
  std::size_t add_kernel(const Statement& s) {
    PlannedNode node{.name = s.name, .kernel = s.kernel, .params = params_of(s), .named = s.named};
    const KernelSpec& spec = *node.entry().spec;
    std::vector<Meaning> read;
    for (std::size_t i = 0; i < spec.inputs.size(); ++i) {
      const bool told = !s.inputs.empty() && !s.inputs[i].name.empty();
      if (!told && spec.reads_any) say_what_to_write(s, i);
      read.push_back(find(told ? s.inputs[i] : OutputName{std::string(spec.inputs[i]), {}, s.at}));
    }
    node.clocks = clocks_of(read, s);
    node.entry().on_clocks(node.params, node.clocks);
    if (node.entry().builds) node.bars = next_clock();
    for (const Meaning& m : read) node.inputs.push_back(at(m, node.clocks));
    const std::vector<std::uint64_t> warmups = warmups_of(node);
    node.warmup_ns = warmup_ns_of(node) + node.entry().warmup_ns(node.params);
    for (std::size_t o = 0; o < spec.outputs.size(); ++o) {
      node.warmups.push_back(node.entry().warmup(node.params, o, warmups));
    }
    node.plain = is_plain(node);
    return keep(std::move(node), s);
  }
  /// Of a node's inputs, in rows of its own clock, of which others give none.
  [[nodiscard]] std::vector<std::uint64_t> warmups_of(const PlannedNode& node) const {
    std::vector<std::uint64_t> warmups;
    for (const Input& in : node.inputs) {
      const PlannedNode& from = nodes_[in.node];
      warmups.push_back(from.ticks() == node.clocks ? from.warmups[in.output] : 0);
    }
    return warmups;
  }
  /// Likewise, in time.
  [[nodiscard]] std::uint64_t warmup_ns_of(const PlannedNode& node) const {
    std::uint64_t longest = 0;
    for (const Input& in : node.inputs) {
      const PlannedNode& from = nodes_[in.node];
      if (from.ticks() == node.clocks) longest = std::max(longest, from.warmup_ns);
    }
    return longest;
  }
  [[noreturn]] static void say_what_to_write(const Statement& s, std::size_t input) {
    const KernelSpec& spec = *registry()[s.kernel].spec;
    const std::string name(spec.name), one = spec.inputs.size() > 1 ? "k1, k3" : "k1";
    throw PlacedError(s.at, name + " reads no number of its own: nothing says what " +
                                std::string(spec.inputs[input]) + " is; write " + name + "(" + one +
                                ") with the outputs or kernels that are meant");
  }
  /// Where all that it reads moves on one clock it is a node of that clock.
  Meaning formula(const Statement& s) {
    ClockSet clocks;
    bool floats = false;
    for (const OutputName& name : s.inputs) {
      const Meaning m = find(name);
      if (m.clocks.empty()) continue;
      floats |= m.floating != nullptr || (!clocks.empty() && clocks != m.clocks);
      clocks |= m.clocks;
    }
    if (floats || clocks.empty()) return {.clocks = clocks, .floating = &s};
    return node_of({add_formula(s, clocks, s.name), 0});
  }
  std::size_t add_formula(const Statement& s, ClockSet clocks, const std::string& name) {
    PlannedNode node{.name = name,
                     .kernel = formula_kernel(),
                     .params = Params(*kernel_entry(formula_kernel()).spec),
                     .clocks = clocks,
                     .named = true,
                     .formula = s.formula};
    std::vector<std::size_t> new_of;
    for (const OutputName& read : s.inputs) {
      const Input in = at(find(read), clocks);
      const auto known = std::ranges::find(node.inputs, in);
      new_of.push_back(static_cast<std::size_t>(known - node.inputs.begin()));
      if (known == node.inputs.end()) node.inputs.push_back(in);
    }
    node.formula.renumber(new_of);
    node.warmups = {0};
    node.warmup_ns = warmup_ns_of(node);
    for (const std::uint64_t rows : warmups_of(node)) {
      node.warmups[0] = std::max(node.warmups[0], rows);
    }
    return keep(std::move(node), s);
  }
  /// The columns of a clock.
  Input column(const OutputName& name) {
    const auto clock =
        static_cast<Clock>(std::ranges::find(kClockNames, name.name) - std::begin(kClockNames));
    const std::size_t kernel = column_kernel(clock);
    const Statement s{.name = name.name, .kernel = kernel};
    const std::size_t output = member(s, name);
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      if (nodes_[n].kernel == kernel) return {n, output};
    }
    const KernelEntry& entry = kernel_entry(kernel);
    nodes_.push_back({.name = name.name,
                      .kernel = kernel,
                      .params = Params(*entry.spec),
                      .clocks = entry.clocks,
                      .warmups = std::vector<std::uint64_t>(entry.spec->outputs.size()),
                      .named = true});
    return {nodes_.size() - 1, output};
  }
  /// Adds it, or finds its equal.
  std::size_t keep(PlannedNode node, const Statement& s) {
    std::size_t place = 0;
    while (place < nodes_.size() && !equal(nodes_[place], node)) ++place;
    if (place == nodes_.size()) nodes_.push_back(std::move(node));
    PlannedNode& kept = nodes_[place];
    if (s.named) {
      if (s.written) kept.names.push_back(s.name);
    } else {  // a kernel's own name goes before those that the text gives
      kept.name = s.name;
      kept.named = false;
    }
    return place;
  }

  static bool equal(const PlannedNode& a, const PlannedNode& b) {
    return a.kernel == b.kernel && a.params == b.params && a.clocks == b.clocks &&
           a.inputs == b.inputs && a.formula == b.formula;
  }
  /// Those that the kernel names, or the one that all its inputs have, or what the text says.
  ClockSet clocks_of(const std::vector<Meaning>& read, const Statement& s) {
    if (!kernel_entry(s.kernel).clocks.empty()) return kernel_entry(s.kernel).clocks;
    if (kernel_entry(s.kernel).on_bars) return bars_of(s);
    if (!s.on.empty()) {
      const auto feed = std::ranges::find(kClockNames, s.on);
      if (feed != kClockNames.end()) return static_cast<Clock>(feed - kClockNames.begin());
      return clock_of_bars(s, s.on);
    }
    ClockSet clocks;
    bool several = false;
    for (const Meaning& m : read) {
      if (m.clocks.empty()) continue;
      several |= m.floating != nullptr || (!clocks.empty() && clocks != m.clocks);
      clocks |= m.clocks;
    }
    if (!several && !clocks.empty()) return clocks;
    throw PlacedError(s.at,
                      s.name + (several ? " reads outputs of several clocks" : " reads none") +
                          "; say on which one it moves: on=trade, on=quote, on=book or on= the "
                          "name of a builder of bars");
  }
  Clock bars_of(const Statement& s) {
    if (!s.bars.empty()) return clock_of_bars(s, s.bars);
    const std::string kernel(registry()[s.kernel].spec->name);
    throw PlacedError(s.at, kernel + " moves on bars; say on which: m1 = time_bars(period=1m); " +
                                kernel + "(m1)");
  }
  /// The clock of the bars that a name builds.
  Clock clock_of_bars(const Statement& reader, const std::string& name) {
    if (name == kClockNames[tickeng::index_of(Clock::kBar)]) return Clock::kBar;
    const Meaning meaning = resolve(statement_of(name, reader.at));
    const bool is_node = meaning.floating == nullptr && meaning.input.node < nodes_.size();
    if (is_node && nodes_[meaning.input.node].bars) return *nodes_[meaning.input.node].bars;
    throw PlacedError(reader.at, reader.name + " moves on bars, and " + name +
                                     " builds none; a builder does: time_bars(period=1m)");
  }
  [[nodiscard]] Clock next_clock() const {
    const auto builders = std::ranges::count_if(nodes_, [](auto& n) { return n.bars.has_value(); });
    const std::size_t clock = kClocks + static_cast<std::size_t>(builders);
    if (clock >= kMaxClocks) {
      throw ConfigError("more than " + std::to_string(kMaxClocks - kClocks) + " builders of bars");
    }
    return static_cast<Clock>(clock);
  }
  [[nodiscard]] std::string clock_name(std::size_t clock) const {
    if (clock < kClocks) return std::string(kClockNames[clock]);
    const auto builds = [&](const PlannedNode& n) { return n.bars == static_cast<Clock>(clock); };
    return std::ranges::find_if(nodes_, builds)->name;
  }
  /// The statement that a node's name stands for: one of the text, or a kernel's own.
  [[nodiscard]] Statement statement_of(const std::string& name, std::size_t at) const {
    for (const Statement& s : statements_) {
      if (s.named && s.name == name) return s;
    }
    try {
      return own(find_kernel(name));
    } catch (const ConfigError& error) {
      throw PlacedError(at, error.what());
    }
  }
  /// Whether it is what the kernel's name alone would give.
  [[nodiscard]] bool is_plain(const PlannedNode& node) const {
    const KernelSpec& spec = *node.entry().spec;
    const auto own = [&](const Input& in, std::string_view name) {
      const PlannedNode& from = nodes_[in.node];
      return from.plain && from.entry().spec->outputs[in.output].name == name;
    };
    return !spec.reads_any && !node.entry().on_bars &&
           node.params == params_of(plain(node.kernel)) &&
           std::ranges::equal(node.inputs, spec.inputs, own);
  }
  /// What a name stands for, wherever statements stand: a name that the text gives, a column of a
  /// clock, an output of a kernel, a kernel. Where it has several outputs, the member says which.
  Meaning find(const OutputName& output) {
    for (const Statement& s : statements_) {
      if (!s.named || s.name != output.name) continue;
      const Meaning meaning = resolve(s);
      if (s.kind == Statement::Kind::kKernel) {
        return node_of({meaning.input.node, member(s, output)});
      }
      if (output.member.empty()) return meaning;
      throw PlacedError(output.at, output.name + " is one number, it has no " + output.member);
    }
    if (std::ranges::find(kClockNames, output.name) != std::end(kClockNames)) {
      return node_of(column(output));
    }
    std::size_t kernel = find_output(output.name);
    if (kernel < registry().size() && output.member.empty()) {
      return node_of(
          {resolve(own(kernel)).input.node, index_of(*registry()[kernel].spec, output.name)});
    }
    try {
      kernel = find_kernel(output.name);
    } catch (const ConfigError& error) {
      throw PlacedError(output.at, error.what());
    }
    return node_of({resolve(own(kernel)).input.node, member(own(kernel), output)});
  }
  /// What a kernel's name stands for: its statement without a name, or the kernel at its defaults.
  [[nodiscard]] Statement own(std::size_t kernel) const {
    for (const Statement& s : statements_) {
      if (!s.named && s.kernel == kernel) return s;
    }
    return plain(kernel);
  }
  static Statement plain(std::size_t kernel) {
    return {.name = std::string(registry()[kernel].spec->name), .kernel = kernel};
  }
  static std::size_t index_of(const KernelSpec& spec, std::string_view output) {
    const auto o = std::ranges::find(spec.outputs, output, &OutputSpec::name);
    return o == spec.outputs.end() ? kNone : static_cast<std::size_t>(o - spec.outputs.begin());
  }
  static std::size_t member(const Statement& s, const OutputName& output) {
    const KernelSpec& spec = *kernel_entry(s.kernel).spec;
    if (output.member.empty() && spec.outputs.size() == 1) return 0;
    const std::size_t o = index_of(spec, output.member);
    if (o != kNone) return o;
    std::string known;
    for (const OutputSpec& out : spec.outputs) {
      known.append(" ").append(s.name).append(".").append(out.name);
    }
    throw PlacedError(output.at, output.text() + " is no output; there are:" + known);
  }
  /// Weakest first: the kernel's defaults, what its kernel is told, its statement, what it is told.
  [[nodiscard]] Params params_of(const Statement& s) const {
    Params params(*registry()[s.kernel].spec);
    for (const Setting& x : settings_) {
      if (x.kernel == kZoneTable) continue;
      if (!is_node(x.kernel) && find_kernel(x.kernel) == s.kernel) params.set(x.param, x.value);
    }
    for (const auto& [name, value] : s.params) params.set(name, value);
    for (const Setting& x : settings_) {
      if (x.kernel == s.name && s.named) params.set(x.param, x.value);
    }
    const auto known = registry()[s.kernel].spec->params;
    if (std::ranges::count(known, kZoneParam.name, &ParamSpec::name) > 0) {
      params.put_zone(zones_.find(params.text(kZoneParam.name)));
    }
    return params;
  }
  [[nodiscard]] bool is_node(const std::string& name) const {
    return std::ranges::any_of(statements_, [&](auto& s) { return s.named && s.name == name; });
  }

  std::vector<PlannedNode>& nodes_;
  const std::vector<Statement>& statements_;
  const std::vector<Setting>& settings_;
  std::vector<std::pair<std::string, Meaning>> done_;
  std::vector<Made> made_;  // floating formulas, by clock
  mutable Zones zones_{settings_};
  std::vector<std::string> open_;  // names on the way down to the present node
};

/// Those whose rows may show a formula that is evaluated where it is read.
std::vector<Clock> Pipeline::clocks_beside_trades() const {
  constexpr std::array kOthers = {Clock::kQuote, Clock::kBook, Clock::kBar, Clock::kOwn};
  const auto beside_trades = [&](const PlannedNode& n) {
    return std::ranges::any_of(kOthers, [&n](Clock clock) { return n.clocks.has(clock); });
  };
  std::vector<Clock> clocks;
  if (std::ranges::any_of(nodes_, beside_trades)) clocks.assign(kOthers.begin(), kOthers.end());
  for (const PlannedNode& n : nodes_) {
    if (n.bars) clocks.push_back(*n.bars);
  }
  return clocks;
}

/// Fills nodes_; the columns that statements write, in their order.
std::vector<Pipeline::Column> Pipeline::resolve(const std::vector<Statement>& statements,
                                                const std::vector<Setting>& settings) {
  Resolver resolver(nodes_, statements, settings);
  std::vector<Column> columns;
  std::vector<Resolver::Meaning> meanings;
  for (const Statement& s : statements) {
    if (!s.written) continue;
    const Resolver::Meaning m = resolver.resolve(s);
    const bool kernel = s.kind == Statement::Kind::kKernel;
    const KernelSpec& spec = *kernel_entry(kernel ? s.kernel : formula_kernel()).spec;
    for (std::size_t o = 0; o < spec.outputs.size(); ++o) {
      const Input in = {m.input.node, kernel ? o : m.input.output};
      columns.push_back({kernel ? output_name(spec, o, s.name, s.named) : s.name, &s, in});
      meanings.push_back(m);
    }
  }
  const std::vector<Clock> others = clocks_beside_trades();
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (meanings[c].floating == nullptr) continue;
    columns[c].own = resolver.at(meanings[c], Clock::kTrade);
    for (const Clock clock : others) {
      columns[c].others.emplace_back(clock, resolver.at(meanings[c], clock));
    }
  }
  return columns;
}

}  // namespace tickeng
