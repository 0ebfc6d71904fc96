// Which units of a pipeline move on which clock, and the edges between clocks.
#include "tickeng/graph/clock_plan.hpp"

#include <algorithm>

#include "tickeng/base/error.hpp"
#include "tickeng/graph/pipeline.hpp"

namespace tickeng {

const Pipeline::PlannedNode& Pipeline::builder_of(Clock clock) const {
  return *std::ranges::find(nodes_, std::optional(clock), &PlannedNode::bars);
}

/// The clock of a node whose outputs are valid for a while only.
std::optional<Clock> Pipeline::market_of(const PlannedNode& node) {
  for (const Clock clock : {Clock::kQuote, Clock::kBook}) {
    if (node.ticks() == ClockSet(clock)) return clock;
  }
  return std::nullopt;
}

/// Lets a clock see this output from here on, which is once a tick, ahead of its first reader; rows
/// of books show quotes that the books gave. Returns the slot.
std::size_t Pipeline::see(Clock by, const Input& input, std::vector<Edge>& edges, bool row) {
  const PlannedNode& from = nodes_[input.node];
  const std::size_t slot = from.first + input.output;
  const bool shown = row && by == Clock::kBook;
  const auto [at, added] = (shown ? shown_ : seen_).try_emplace({slot, by}, absent_.size());
  const std::size_t to = at->second;
  if (added) {
    absent_.push_back(absent_[slot]);
    initial_.push_back(initial_[slot]);
  }
  const auto fills = [to](const Edge& e) { return e.to == to; };
  for (const ClockPlan::Move& m : plans_.of(by).moves) {
    if (std::ranges::any_of(m.edges, fills)) return to;
  }
  if (std::ranges::any_of(edges, fills)) return to;
  std::string key = from.name + "." + std::string(from.entry().spec->outputs[input.output].name);
  if (by != Clock::kTrade) {
    key.append("@").append(is_derived(by) ? builder_of(by).name : kClockNames[index_of(by)]);
  }
  if (shown) key.append("+");
  edges.push_back({.from = slot,
                   .to = to,
                   .of = *market_of(from),
                   .by = by,
                   .shown = shown,
                   .key = std::move(key)});
  return to;
}

void Pipeline::plan_clocks(const std::vector<std::size_t>& written) {
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
        const auto of = market_of(nodes_[node.inputs[i].node]);
        if (!of || *of == clock) continue;
        unit.wiring.inputs[i] = see(clock, node.inputs[i], move.edges, false);
      }
      plans_.clocks[c].moves.push_back(std::move(move));
    }
    mergeable_ &= moves_on == 1;
  }
  plan_lapses();
  for (std::size_t c = 0; c < plans_.clocks.size(); ++c) {
    const auto clock = static_cast<Clock>(c);
    for (const std::size_t n : written) {
      const auto of = market_of(nodes_[n]);
      if (!of || *of == clock) continue;
      for (std::size_t o = 0; o < nodes_[n].entry().spec->outputs.size(); ++o) {
        (void)see(clock, {n, o}, plans_.clocks[c].after, true);
      }
    }
  }
}

/// Nodes of a market's clock that depend on it: not those that it moves over outputs of others.
void Pipeline::plan_lapses() {
  std::vector<bool> depends(nodes_.size());
  for (const Clock clock : {Clock::kQuote, Clock::kBook}) {
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      const auto reads = [&](const Input& in) { return depends[in.node]; };
      const bool own = nodes_[n].entry().clocks.has(clock);
      depends[n] = nodes_[n].ticks() == ClockSet(clock) &&
                   (own || std::ranges::any_of(nodes_[n].inputs, reads));
    }
    for (std::size_t u = 0; u < units_.size(); ++u) {
      if (depends[units_[u].nodes[0]]) plans_.clocks[index_of(clock)].lapses.push_back(u);
    }
    depends.assign(nodes_.size(), false);
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
  for (const PipelineOutput& o : outputs_) sink.slots.push_back(o.slot_at(clock));
  sink.columns.resize(sink.slots.size());
  return sink;
}

std::vector<bool> Pipeline::moved_by(Clock clock, Clock rows) const {
  std::vector<bool> found(absent_.size());
  for (const PlannedNode& node : nodes_) {
    const std::size_t outputs = node.entry().spec->outputs.size();
    if (node.ticks() != ClockSet(clock)) continue;
    std::fill_n(found.begin() + static_cast<std::ptrdiff_t>(node.first), outputs, true);
  }
  std::vector<bool> shown(absent_.size());
  for (const PipelineOutput& o : outputs_) {
    const std::size_t slot = o.slot_at(rows);
    shown[slot] = found[rows == clock ? slot : o.own];
  }
  return shown;
}

std::unique_ptr<MergedRunner> Pipeline::make_merged_runner() const {
  std::vector<Clock> clock_of(absent_.size(), Clock::kTrade);
  std::vector<MergedRunner::Unit> units;
  const std::vector<UnitSlots> slots_of = this->units();
  for (const Unit& u : units_) {
    const ClockSet ticks = nodes_[u.nodes[0]].ticks();
    std::size_t c = 0;
    while (!ticks.has(static_cast<Clock>(c))) ++c;
    const auto clock = static_cast<Clock>(c);
    const auto index = static_cast<std::size_t>(&u - units_.data());
    const auto& [first, width, inputs] = slots_of[index];
    std::fill_n(clock_of.begin() + static_cast<std::ptrdiff_t>(first), width, clock);
    const auto& lapses = plans_.of(clock).lapses;
    const bool is_told = std::ranges::find(lapses, index) != lapses.end();
    units.push_back({clock, first, width, inputs, is_told});
  }
  for (const auto* const slots : {&seen_, &shown_}) {
    for (const auto& [output, slot] : *slots) clock_of[slot] = output.second;
  }
  return std::make_unique<MergedRunner>(std::move(units), std::move(clock_of), plans_, initial_);
}

}  // namespace tickeng
