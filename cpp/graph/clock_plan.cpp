// Which units of a pipeline move on which clock, and the edges between clocks.
#include "tickeng/graph/clock_plan.hpp"

#include <algorithm>

#include "tickeng/base/error.hpp"
#include "tickeng/graph/pipeline.hpp"

namespace tickeng {

const Pipeline::PlannedNode& Pipeline::builder_of(Clock clock) const {
  return *std::ranges::find(nodes_, std::optional(clock), &PlannedNode::bars);
}

/// The slot of what a clock sees of an output that expires.
std::size_t Pipeline::seen_slot(const PlannedNode& from, std::size_t output, Clock by) {
  const auto [at, added] = seen_.try_emplace({from.first + output, by}, absent_.size());
  if (added) absent_.push_back(absent_[from.first + output]);
  return at->second;
}

/// Lets a clock see this output from here on, which is once a tick, ahead of its first reader.
void Pipeline::see(Clock by, const PlannedNode& from, std::size_t output,
                   std::vector<Edge>& edges) {
  const std::size_t to = seen_slot(from, output, by);
  const auto fills = [to](const Edge& e) { return e.to == to; };
  for (const ClockPlan::Move& m : plans_.of(by).moves) {
    if (std::ranges::any_of(m.edges, fills)) return;
  }
  if (std::ranges::any_of(edges, fills)) return;
  std::string key = from.name + "." + std::string(from.entry().spec->outputs[output].name);
  if (is_derived(by)) key += "@" + builder_of(by).name;
  edges.push_back({.from = from.first + output,
                   .to = to,
                   .of = Clock::kQuote,
                   .by = by,
                   .key = std::move(key)});
}

void Pipeline::plan_clocks(const std::vector<std::size_t>& written) {
  const auto ended = [](const PlannedNode& n) { return n.ticks() == ClockSet(Clock::kQuote); };
  plan_builders();
  for (std::size_t u = 0; u < units_.size(); ++u) {
    Unit& unit = units_[u];
    const PlannedNode& node = nodes_[unit.nodes[0]];
    on_trades_alone_ &= node.ticks() == ClockSet(Clock::kTrade);
    std::size_t moves_on = 0;
    for (std::size_t c = 0; c < plans_.clocks.size(); ++c) {
      const auto clock = static_cast<Clock>(c);
      if (!node.clocks.has(clock)) continue;
      ++moves_on;
      ClockPlan::Move move{.node = u, .edges = {}};
      for (std::size_t i = 0; unit.group == nullptr && i < node.inputs.size(); ++i) {
        const auto [from, output] = node.inputs[i];
        if (!ended(nodes_[from]) || ended(node)) continue;
        see(clock, nodes_[from], output, move.edges);
        unit.wiring.inputs[i] = seen_slot(nodes_[from], output, clock);
      }
      plans_.clocks[c].moves.push_back(std::move(move));
    }
    mergeable_ &= moves_on == 1;
  }
  for (std::size_t c = 0; c < plans_.clocks.size(); ++c) {
    const auto clock = static_cast<Clock>(c);
    if (clock == Clock::kQuote) continue;
    for (const std::size_t n : written) {
      if (!ended(nodes_[n])) continue;
      for (std::size_t o = 0; o < nodes_[n].entry().spec->outputs.size(); ++o) {
        see(clock, nodes_[n], o, plans_.clocks[c].after);
      }
    }
  }
}

/// Bars of one instant are completed shorter frames first, behind the timers of the instant before.
void Pipeline::plan_builders() {
  for (std::size_t u = 0; u < units_.size(); ++u) {
    const PlannedNode& node = nodes_[units_[u].nodes[0]];
    if (!node.bars) continue;
    const bool by_time = node.entry().period_ns != nullptr;
    plans_.built.push_back({.node = u,
                            .clock = *node.bars,
                            .by_time = by_time,
                            .period_ns = by_time ? node.entry().period_ns(node.params) : 0});
  }
  std::ranges::stable_sort(plans_.built, {}, &BuiltClock::period_ns);
  plans_.clocks.resize(kClocks + plans_.built.size());
}

bool Pipeline::builds_by_time() const noexcept {
  return std::ranges::any_of(plans_.built, &BuiltClock::by_time);
}

Clock Pipeline::clock(std::string_view name) const {
  const auto source = std::ranges::find(kClockNames, name);
  if (source != kClockNames.end()) return static_cast<Clock>(source - kClockNames.begin());
  std::string known;
  for (const std::string_view clock : kClockNames) known.append(" ").append(clock);
  for (const PlannedNode& n : nodes_) {
    if (!n.bars) continue;
    if (n.name == name || std::ranges::find(n.names, name) != n.names.end()) return *n.bars;
    known.append(" ").append(n.name);
  }
  throw ConfigError("no clock is called '" + std::string(name) + "'; there are:" + known);
}

BarSink Pipeline::make_sink(Clock clock) const {
  BarSink sink{.clock = clock, .slots = {}};
  for (const PipelineOutput& o : outputs_) {
    const auto seen = o.seen.find(clock);
    sink.slots.push_back(seen != o.seen.end() ? seen->second : o.newest);
  }
  sink.columns.resize(sink.slots.size());
  return sink;
}

std::unique_ptr<MergedRunner> Pipeline::make_merged_runner() const {
  std::vector<Clock> clock_of(absent_.size(), Clock::kTrade);
  std::vector<MergedRunner::Unit> units;
  for (const Unit& u : units_) {
    const ClockSet ticks = nodes_[u.nodes[0]].ticks();
    std::size_t c = 0;
    while (!ticks.has(static_cast<Clock>(c))) ++c;
    const auto clock = static_cast<Clock>(c);
    std::size_t width = 0;
    for (const std::size_t n : u.nodes) width += nodes_[n].entry().spec->outputs.size();
    for (std::size_t s = 0; s < width; ++s) clock_of[u.wiring.first + s] = clock;
    units.push_back({clock, u.wiring.first, width, u.wiring.inputs});
  }
  for (const auto& [output, slot] : seen_) clock_of[slot] = output.second;
  return std::make_unique<MergedRunner>(std::move(units), std::move(clock_of), plans_, absent_);
}

}  // namespace tickeng
