// From statements to nodes in order, their slots, and the units that run them.
#include "tickeng/graph/pipeline.hpp"

#include <algorithm>

#include "tickeng/base/error.hpp"
#include "tickeng/base/state_memory.hpp"

namespace tickeng {
namespace {

constexpr std::string_view kReserved[] = {"ts_ns", "recv_ns", "event_ns", "symbol",
                                          "price", "qty",     "side",     "id",
                                          "seq",   "row",     "status",   "kind"};

std::string output_name(const KernelSpec& spec, std::size_t output, const std::string& node,
                        bool named) {
  const std::string own(spec.outputs[output].name);
  if (!named) return own;
  return spec.outputs.size() == 1 ? node : node + "_" + own;
}

}  // namespace

void check_names(std::span<const PipelineOutput> outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const PipelineOutput& o = outputs[i];
    const auto refuse = [&o](const std::string& why) {
      throw ConfigError("output " + o.name + " of kernel " + o.node + why);
    };
    if (std::ranges::find(kReserved, o.name) != std::end(kReserved)) {
      refuse(" has the name of a column that every row has already; rename the output");
    }
    for (const PipelineOutput& before : outputs.first(i)) {
      if (before.name == o.name) {
        refuse(" has the name of an output of kernel " + before.node + "; select one of the two");
      }
    }
  }
}

/// Adds nodes so that inputs come before their readers. Equal nodes are one.
class Pipeline::Resolver {
 public:
  Resolver(std::vector<PlannedNode>& nodes, const std::vector<Statement>& statements,
           const std::vector<Setting>& settings)
      : nodes_(nodes), statements_(statements), settings_(settings) {}

  /// The node of a statement.
  std::size_t add(const Statement& s) {
    for (const auto& [name, node] : done_) {
      if (name == s.name) return node;
    }
    if (std::ranges::find(open_, s.name) != open_.end()) {
      std::string way;
      for (const std::string& name : open_) way += name + " -> ";
      throw ConfigError("a node reads itself: " + way + s.name);
    }
    open_.push_back(s.name);
    PlannedNode node{.name = s.name, .kernel = s.kernel, .params = params_of(s), .named = s.named};
    const KernelSpec& spec = *node.entry().spec;
    for (std::size_t i = 0; i < spec.inputs.size(); ++i) {
      const bool told = !s.inputs.empty() && !s.inputs[i].name.empty();
      if (!told && spec.reads_any) say_what_to_write(spec, i);
      node.inputs.push_back(find(told ? s.inputs[i] : OutputName{std::string(spec.inputs[i])}));
    }
    node.clocks = clocks_of(node, s);
    std::vector<std::uint64_t> warmups;  // in rows of its own clock, of which others give none
    for (const Input& in : node.inputs) {
      const PlannedNode& from = nodes_[in.node];
      warmups.push_back(from.clocks == node.clocks ? from.warmups[in.output] : 0);
      node.warmup_ns = std::max(node.warmup_ns, from.clocks == node.clocks ? from.warmup_ns : 0);
    }
    node.warmup_ns += node.entry().warmup_ns(node.params);
    for (std::size_t o = 0; o < spec.outputs.size(); ++o) {
      node.warmups.push_back(node.entry().warmup(node.params, o, warmups));
    }
    open_.pop_back();
    node.plain = is_plain(node);
    std::size_t at = 0;
    while (at < nodes_.size() && !equal(nodes_[at], node)) ++at;
    if (at == nodes_.size()) nodes_.push_back(std::move(node));
    PlannedNode& kept = nodes_[at];
    if (s.named) {
      if (s.written) kept.names.push_back(s.name);
    } else {  // a kernel's own name goes before those that the text gives
      kept.name = s.name;
      kept.named = false;
    }
    done_.emplace_back(s.name, at);
    return at;
  }

 private:
  static constexpr std::size_t kNone = SIZE_MAX;

  [[noreturn]] static void say_what_to_write(const KernelSpec& spec, std::size_t input) {
    const std::string name(spec.name), one = spec.inputs.size() > 1 ? "k1, k3" : "k1";
    throw ConfigError(name + " reads no number of its own: nothing says what " +
                      std::string(spec.inputs[input]) + " is; write " + name + "(" + one +
                      ") with the outputs or kernels that are meant");
  }
  static bool equal(const PlannedNode& a, const PlannedNode& b) {
    const auto same = [](const Input& x, const Input& y) {
      return x.node == y.node && x.output == y.output;
    };
    return a.kernel == b.kernel && a.params == b.params && a.clocks == b.clocks &&
           std::ranges::equal(a.inputs, b.inputs, same);
  }
  /// Those that the kernel names, or the one that all its inputs have, or what the text says.
  [[nodiscard]] ClockSet clocks_of(const PlannedNode& node, const Statement& s) const {
    if (!node.entry().clocks.empty()) return node.entry().clocks;
    if (!s.on.empty()) {
      return static_cast<Clock>(std::ranges::find(kClockNames, s.on) - std::begin(kClockNames));
    }
    ClockSet clocks = nodes_[node.inputs[0].node].clocks;
    for (const Input& in : node.inputs) {
      if (nodes_[in.node].clocks == clocks) continue;
      throw ConfigError(s.name + " reads outputs of several clocks; say on which one it moves: " +
                        "on=trade or on=quote");
    }
    return clocks;
  }
  /// Whether it is what the kernel's name alone would give.
  [[nodiscard]] bool is_plain(const PlannedNode& node) const {
    const KernelSpec& spec = *node.entry().spec;
    const auto own = [&](const Input& in, std::string_view name) {
      const PlannedNode& from = nodes_[in.node];
      return from.plain && from.entry().spec->outputs[in.output].name == name;
    };
    return !spec.reads_any && node.params == params_of(plain(node.kernel)) &&
           std::ranges::equal(node.inputs, spec.inputs, own);
  }
  /// What a name stands for, wherever statements stand: a named node, an output of a kernel, a
  /// kernel. Where it has several outputs, the member says which.
  Input find(const OutputName& output) {
    for (const Statement& s : statements_) {
      if (s.named && s.name == output.name) return {add(s), member(s, output)};
    }
    std::size_t kernel = find_output(output.name);
    if (kernel < registry().size() && output.member.empty()) {
      return {add(own(kernel)), index_of(*registry()[kernel].spec, output.name)};
    }
    kernel = find_kernel(output.name);
    return {add(own(kernel)), member(own(kernel), output)};
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
    const KernelSpec& spec = *registry()[s.kernel].spec;
    if (output.member.empty() && spec.outputs.size() == 1) return 0;
    const std::size_t o = index_of(spec, output.member);
    if (o != kNone) return o;
    std::string known;
    for (const OutputSpec& out : spec.outputs) {
      known.append(" ").append(s.name).append(".").append(out.name);
    }
    throw ConfigError(output.text() + " is no output; there are:" + known);
  }
  /// Weakest first: the kernel's defaults, what its kernel is told, its statement, what it is told.
  [[nodiscard]] Params params_of(const Statement& s) const {
    Params params(*registry()[s.kernel].spec);
    for (const Setting& x : settings_) {
      if (!is_node(x.kernel) && find_kernel(x.kernel) == s.kernel) params.set(x.param, x.value);
    }
    for (const auto& [name, value] : s.params) params.set(name, value);
    for (const Setting& x : settings_) {
      if (x.kernel == s.name && s.named) params.set(x.param, x.value);
    }
    return params;
  }
  [[nodiscard]] bool is_node(const std::string& name) const {
    return std::ranges::any_of(statements_, [&](auto& s) { return s.named && s.name == name; });
  }

  std::vector<PlannedNode>& nodes_;
  const std::vector<Statement>& statements_;
  const std::vector<Setting>& settings_;
  std::vector<std::pair<std::string, std::size_t>> done_;
  std::vector<std::string> open_;  // names on the way down to the present node
};

Pipeline::Pipeline(const std::vector<Statement>& statements, const std::vector<Setting>& settings,
                   bool fused) {
  Resolver resolver(nodes_, statements, settings);
  std::vector<std::size_t> written;
  std::vector<const Statement*> written_by;
  for (const Statement& s : statements) {
    if (!s.written) continue;
    written_by.push_back(&s);
    written.push_back(resolver.add(s));
    nodes_[written.back()].written = true;
  }
  form_units(fused);
  assign_slots();
  plan_clocks(written);
  for (std::size_t i = 0; i < written.size(); ++i) {
    const PlannedNode& node = nodes_[written[i]];
    const Statement& s = *written_by[i];
    const KernelSpec& spec = *node.entry().spec;
    for (std::size_t o = 0; o < spec.outputs.size(); ++o) {
      const std::size_t newest = node.first + o;
      const auto seen = seen_.find(newest);
      outputs_.push_back({output_name(spec, o, s.name, s.named), s.name,
                          spec.outputs[o].type == OutputType::kFlag, node.warmups[o],
                          node.warmup_ns, seen != seen_.end() ? seen->second : newest, newest});
    }
  }
  check_names(outputs_);
  add_up_memory();
}

void Pipeline::check() const {
  for (const PlannedNode& node : nodes_) node.entry().check(node.params);
}

std::vector<Pipeline::NodeFacts> Pipeline::nodes() const {
  std::vector<NodeFacts> all;
  for (const PlannedNode& n : nodes_) {
    const KernelSpec& spec = *n.entry().spec;
    NodeFacts facts{.name = n.name,
                    .names = n.names,
                    .kernel = spec.name,
                    .plain = n.plain,
                    .written = n.written,
                    .clocks = n.clocks,
                    .memory = memory_text(n.entry(), n.params),
                    .computes = std::string(spec.name),
                    .inputs = {}};
    for (const PipelineOutput& o : outputs_) {
      const bool own = o.newest >= n.first && o.newest < n.first + spec.outputs.size();
      if (own) facts.columns.push_back(o.name);
    }
    facts.computes.append(":").append(std::to_string(spec.state_version));
    for (const ParamSpec& p : spec.params) {
      facts.computes.append(" ").append(p.name).append("=");
      facts.computes.append(value_text(p, n.params.real(p.name)));
    }
    for (std::size_t c = 0; n.entry().clocks.empty() && c < kClocks; ++c) {
      if (n.clocks.has(static_cast<Clock>(c))) facts.computes.append(" on=").append(kClockNames[c]);
    }
    for (const Input& in : n.inputs) {
      const OutputSpec& output = nodes_[in.node].entry().spec->outputs[in.output];
      facts.inputs.push_back(std::to_string(in.node) + "." + std::string(output.name));
    }
    all.push_back(std::move(facts));
  }
  return all;
}

/// A group runs where the first of its kernels stands: they read nothing but each other.
void Pipeline::form_units(bool fused) {
  std::vector<const GroupEntry*> group_of(nodes_.size());
  for (const GroupEntry& group : groups()) {
    if (!fused) break;
    Unit unit{.group = &group};
    std::vector<Params> params;
    for (const std::string_view kernel : group.kernels) {
      for (std::size_t n = 0; n < nodes_.size(); ++n) {
        const KernelSpec& spec = *nodes_[n].entry().spec;
        const auto by_name = [&](const Input& in, std::string_view name) {
          const PlannedNode& from = nodes_[in.node];
          return !from.named && from.entry().spec->outputs[in.output].name == name;
        };
        if (spec.name != kernel || nodes_[n].named) continue;
        if (!std::ranges::equal(nodes_[n].inputs, spec.inputs, by_name)) continue;
        unit.nodes.push_back(n);
        params.push_back(nodes_[n].params);
        break;
      }
    }
    if (unit.nodes.size() != group.kernels.size() || !group.fits(params)) continue;
    for (const std::size_t n : unit.nodes) group_of[n] = &group;
    units_.push_back(std::move(unit));
  }
  std::vector<Unit> grouped = std::move(units_);
  units_.clear();
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    if (group_of[n] == nullptr) {
      units_.push_back({.nodes = {n}});
      continue;
    }
    const auto at = std::ranges::find(grouped, group_of[n], &Unit::group);
    if (at == grouped.end()) continue;
    units_.push_back(std::move(*at));
    grouped.erase(at);
  }
}

void Pipeline::assign_slots() {
  for (Unit& unit : units_) {
    unit.wiring.first = absent_.size();
    for (const std::size_t n : unit.nodes) {
      PlannedNode& node = nodes_[n];
      const KernelSpec& spec = *node.entry().spec;
      node.first = absent_.size();
      for (const OutputSpec& o : spec.outputs) {
        absent_.push_back(o.type == OutputType::kFlag ? 0.0 : o.absent);
      }
      unit.wiring.keys.push_back({node.name, &spec, node.params.hash(), node.first});
      for (const Input& in : node.inputs) {
        if (!unit.group) unit.wiring.inputs.push_back(nodes_[in.node].first + in.output);
      }
    }
  }
}

std::size_t Pipeline::graph_bytes() const {
  const std::size_t before = StateMemory::taken();
  (void)make_graph();
  return StateMemory::taken() - before;
}

std::unique_ptr<Graph> Pipeline::make_graph() const {
  std::vector<std::unique_ptr<Node>> nodes;
  for (const Unit& unit : units_) {
    if (unit.group == nullptr) {
      const PlannedNode& node = nodes_[unit.nodes[0]];
      nodes.push_back(node.entry().make(node.params, unit.wiring));
      continue;
    }
    std::vector<Params> params;
    for (const std::size_t n : unit.nodes) params.push_back(nodes_[n].params);
    nodes.push_back(unit.group->make(params, unit.wiring));
  }
  return std::make_unique<Graph>(std::move(nodes), plans_);
}

std::unique_ptr<BlockRunner> Pipeline::make_runner() const {
  std::vector<BlockRunner::Output> outputs;
  for (const PipelineOutput& o : outputs_) outputs.push_back({o.slot, o.flag});
  return std::make_unique<BlockRunner>(std::move(outputs), absent_.size());
}

}  // namespace tickeng
