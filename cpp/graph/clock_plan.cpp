// Which units of a pipeline move on which clock, and the edges between clocks.
#include "tickeng/graph/clock_plan.hpp"

#include <algorithm>

#include "tickeng/graph/pipeline.hpp"

namespace tickeng {

/// The slot of what others see of an output that expires.
std::size_t Pipeline::seen_slot(const PlannedNode& from, std::size_t output) {
  const auto [at, added] = seen_.try_emplace(from.first + output, absent_.size());
  if (added) absent_.push_back(absent_[from.first + output]);
  return at->second;
}

/// Lets a clock see this output from here on, which is once a tick, ahead of its first reader.
void Pipeline::see(ClockPlan& plan, const PlannedNode& from, std::size_t output,
                   std::vector<Edge>& edges) {
  const std::size_t to = seen_slot(from, output);
  const auto fills = [to](const Edge& e) { return e.to == to; };
  for (const ClockPlan::Move& m : plan.moves) {
    if (std::ranges::any_of(m.edges, fills)) return;
  }
  if (std::ranges::any_of(edges, fills)) return;
  const std::string_view name = from.entry().spec->outputs[output].name;
  edges.push_back({.from = from.first + output,
                   .to = to,
                   .of = Clock::kQuote,
                   .key = from.name + "." + std::string(name)});
}

void Pipeline::plan_clocks(const std::vector<std::size_t>& written) {
  const auto ended = [](const PlannedNode& n) { return n.clocks == ClockSet(Clock::kQuote); };
  for (std::size_t u = 0; u < units_.size(); ++u) {
    Unit& unit = units_[u];
    const PlannedNode& node = nodes_[unit.nodes[0]];
    on_trades_alone_ &= node.clocks == ClockSet(Clock::kTrade);
    mergeable_ &= node.clocks == ClockSet(Clock::kTrade) || ended(node);
    for (std::size_t c = 0; c < kClocks; ++c) {
      if (!node.clocks.has(static_cast<Clock>(c))) continue;
      ClockPlan::Move move{.node = u, .edges = {}};
      for (std::size_t i = 0; unit.group == nullptr && i < node.inputs.size(); ++i) {
        const auto [from, output] = node.inputs[i];
        if (!ended(nodes_[from]) || ended(node)) continue;
        see(plans_[c], nodes_[from], output, move.edges);
        unit.wiring.inputs[i] = seen_slot(nodes_[from], output);
      }
      plans_[c].moves.push_back(std::move(move));
    }
  }
  ClockPlan& trades = plans_[static_cast<std::size_t>(Clock::kTrade)];
  for (const std::size_t n : written) {
    if (!ended(nodes_[n])) continue;
    for (std::size_t o = 0; o < nodes_[n].entry().spec->outputs.size(); ++o) {
      see(trades, nodes_[n], o, trades.after);
    }
  }
}

std::unique_ptr<MergedRunner> Pipeline::make_merged_runner() const {
  std::vector<Clock> clock_of(absent_.size(), Clock::kTrade);
  std::vector<MergedRunner::Unit> units;
  for (const Unit& u : units_) {
    const Clock clock =
        nodes_[u.nodes[0]].clocks.has(Clock::kQuote) ? Clock::kQuote : Clock::kTrade;
    std::size_t width = 0;
    for (const std::size_t n : u.nodes) width += nodes_[n].entry().spec->outputs.size();
    for (std::size_t s = 0; s < width; ++s) clock_of[u.wiring.first + s] = clock;
    units.push_back({clock, u.wiring.first, width, u.wiring.inputs});
  }
  std::vector<Edge> edges;
  for (const ClockPlan& plan : plans_) {
    for (const ClockPlan::Move& m : plan.moves) {
      edges.insert(edges.end(), m.edges.begin(), m.edges.end());
    }
    edges.insert(edges.end(), plan.after.begin(), plan.after.end());
  }
  return std::make_unique<MergedRunner>(std::move(units), std::move(clock_of), std::move(edges));
}

}  // namespace tickeng
