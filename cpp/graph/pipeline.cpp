// From nodes to their slots, the units that run them, and the columns that are written.
#include "tickeng/graph/pipeline.hpp"

#include <algorithm>

#include "tickeng/base/error.hpp"
#include "tickeng/base/state_memory.hpp"
#include "tickeng/graph/built_in.hpp"
#include "tickeng/graph/formula_node.hpp"
#include "tickeng/graph/led_node.hpp"
#include "tickeng/graph/lexer.hpp"
#include "tickeng/stat/room.hpp"

namespace tickeng {
namespace {

constexpr std::string_view kReserved[] = {"ts_ns", "recv_ns", "event_ns", "symbol",
                                          "price", "qty",     "side",     "id",
                                          "seq",   "row",     "status",   "kind"};

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

Pipeline::Pipeline(std::string_view text, const std::vector<Setting>& settings, bool fused) try
    : Pipeline(parse_statements(text), settings, fused) {
} catch (const PlacedError& error) {
  Lexer(text).fail(error.at(), error.what());
}

Pipeline::Pipeline(const std::vector<Statement>& statements, const std::vector<Setting>& settings,
                   bool fused) {
  const std::vector<Column> columns = resolve(statements, settings);
  std::vector<std::size_t> written;  // of which trades show what they see
  for (const Column& c : columns) {
    nodes_[c.own.node].written = true;
    for (const auto& [clock, in] : c.others) nodes_[in.node].written = true;
    if (c.others.empty()) written.push_back(c.own.node);
  }
  form_units(fused);
  find_leaders();
  assign_slots();
  plan_clocks(written);
  for (const Column& c : columns) {
    const PlannedNode& node = nodes_[c.own.node];
    const OutputSpec& spec = node.entry().spec->outputs[c.own.output];
    PipelineOutput output{.name = c.name,
                          .node = c.by->name,
                          .flag = spec.type == OutputType::kFlag,
                          .warmup = node.warmups[c.own.output],
                          .warmup_ns = node.warmup_ns,
                          .own = node.first + c.own.output};
    for (const auto* const slots : {&shown_, &seen_}) {
      for (const auto& [seen, at] : *slots) {
        if (seen.first == output.own) output.seen.emplace(seen.second, at);
      }
    }
    for (const auto& [clock, in] : c.others) {
      output.seen.emplace(clock, nodes_[in.node].first + in.output);
    }
    output.slot = output.slot_at(Clock::kTrade);
    outputs_.push_back(std::move(output));
  }
  check_names(outputs_);
  add_up_memory();
}

void Pipeline::check() const {
  for (const PlannedNode& node : nodes_) {
    const std::string zone(node.text(kZoneParam.name));
    if (!zone.empty() && !node.params.zone()) {
      throw ConfigError("nothing says what the local time of the zone '" + zone + "' is");
    }
    node.entry().check(node.params);
  }
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
                    .clocks = {},
                    .builds = n.bars.has_value(),
                    .leader = n.leader(),
                    .zone = n.text(kZoneParam.name),
                    .memory = memory_text(n.entry(), n.params),
                    .computes = std::string(spec.name),
                    .inputs = {}};
    for (const PipelineOutput& o : outputs_) {
      const auto is_own = [&](std::size_t slot) {
        return slot >= n.first && slot < n.first + spec.outputs.size();
      };
      const auto shows = [&](const auto& seen) { return is_own(seen.second); };
      if (is_own(o.own) || std::ranges::any_of(o.seen, shows)) facts.columns.push_back(o.name);
    }
    facts.computes.append(":").append(std::to_string(spec.state_version));
    for (const ParamSpec& p : spec.params) {
      const ParamValue value = n.params.value(p.name);
      if (p.kind == ParamKind::kText && value.text.empty()) continue;  // as in Params::hash()
      facts.computes.append(" ").append(p.name).append("=").append(value_text(p, value));
    }
    if (n.kernel == formula_kernel()) facts.computes.append(" ").append(n.formula.text());
    for (std::size_t c = 0; c < kMaxClocks; ++c) {
      const auto clock = static_cast<Clock>(c);
      if (!n.clocks.has(clock)) continue;
      if (is_derived(clock)) {
        const PlannedNode& builder = builder_of(clock);
        facts.clocks.push_back(builder.name);
        facts.inputs.push_back(std::to_string(&builder - nodes_.data()) + ".bars");
      } else {
        facts.clocks.emplace_back(kClockNames[c]);
        if (n.entry().clocks.empty()) facts.computes.append(" on=").append(kClockNames[c]);
      }
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
    if (!led_alike(unit.nodes)) continue;
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

/// Whether those that read a leader read the same one.
bool Pipeline::led_alike(const std::vector<std::size_t>& nodes) const {
  std::optional<std::string_view> leader;
  for (const std::size_t n : nodes) {
    if (!nodes_[n].reads_leader()) continue;
    if (leader && *leader != nodes_[n].leader()) return false;
    leader = nodes_[n].leader();
  }
  return true;
}

void Pipeline::find_leaders() {
  for (Unit& unit : units_) {
    for (const std::size_t n : unit.nodes) {
      const std::string name(nodes_[n].leader());
      if (name.empty()) continue;
      const auto known = std::ranges::find(leaders_, name);
      unit.leader = static_cast<std::size_t>(known - leaders_.begin());
      if (known == leaders_.end()) leaders_.push_back(name);
    }
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
        absent_.push_back(tickeng::absent(o));
        initial_.push_back(tickeng::initial(o));
      }
      const bool is_formula = node.kernel == formula_kernel();
      unit.wiring.keys.push_back(
          {node.name, &spec, is_formula ? node.formula.hash() : node.params.hash(), node.first});
      for (const Input& in : node.inputs) {
        if (!unit.group) unit.wiring.inputs.push_back(nodes_[in.node].first + in.output);
      }
    }
  }
}

std::size_t Pipeline::graph_bytes() const {
  const std::size_t before = StateMemory::taken();
  (void)make_graph(false);
  return StateMemory::taken() - before;
}

/// Whether rows bound what a node's windows see. One event can give thousands of bars, and what
/// remembers all rows may put many values into a window at one of them.
bool Pipeline::grows(std::size_t node) const {
  return !nodes_[node].clocks.has_derived() &&
         nodes_[node].entry().spec->memory != tickeng::Memory::kSerial;
}

std::unique_ptr<Graph> Pipeline::make_graph(bool small) const {
  std::vector<std::unique_ptr<Node>> nodes;
  for (const Unit& unit : units_) {
    std::optional<stat::Room::Small> room;
    if (small && std::ranges::all_of(unit.nodes, [&](std::size_t n) { return grows(n); })) {
      room.emplace();
    }
    nodes.push_back(make_node(unit));
    if (!unit.leader) continue;
    nodes.back() = std::make_unique<LedNode>(std::move(nodes.back()), *unit.leader);
  }
  return std::make_unique<Graph>(std::move(nodes), plans_);
}

std::unique_ptr<Node> Pipeline::make_node(const Unit& unit) const {
  if (unit.group != nullptr) {
    std::vector<Params> params;
    for (const std::size_t n : unit.nodes) params.push_back(nodes_[n].params);
    return unit.group->make(params, unit.wiring);
  }
  const PlannedNode& node = nodes_[unit.nodes[0]];
  if (node.kernel != formula_kernel()) return node.entry().make(node.params, unit.wiring);
  return std::make_unique<FormulaNode>(node.formula, unit.wiring);
}

std::vector<Pipeline::UnitSlots> Pipeline::units() const {
  std::vector<UnitSlots> all;
  for (const Unit& u : units_) {
    std::size_t width = 0;
    for (const std::size_t n : u.nodes) width += nodes_[n].entry().spec->outputs.size();
    all.push_back({u.wiring.first, width, u.wiring.inputs});
  }
  return all;
}

std::unique_ptr<BlockRunner> Pipeline::make_runner() const {
  std::vector<BlockRunner::Output> outputs;
  for (const PipelineOutput& o : outputs_) outputs.push_back({o.slot, o.flag});
  return std::make_unique<BlockRunner>(std::move(outputs), absent_.size());
}

}  // namespace tickeng
