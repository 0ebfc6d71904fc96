#include "tickeng/graph/merged_runner.hpp"

#include <algorithm>

namespace tickeng {

MergedRunner::MergedRunner(std::vector<Unit> units, std::vector<Clock> clock_of,
                           const ClockPlans& plans, const std::vector<double>& initial)
    : units_(std::move(units)), clock_of_(std::move(clock_of)), plans_(plans), initial_(initial),
      columns_(clock_of_.size()), bars_(plans.built.size()), table_(clock_of_.size()),
      orders_(plans.clocks.size()), is_filled_(clock_of_.size()) {
  for (const ClockPlan& plan : plans.clocks) {
    for (const ClockPlan::Move& m : plan.moves) {
      edges_.insert(edges_.end(), m.edges.begin(), m.edges.end());
    }
    edges_.insert(edges_.end(), plan.after.begin(), plan.after.end());
  }
}

/// How many rows of a clock each row of another has before it.
const std::vector<std::uint32_t>& MergedRunner::seen(Clock by, Clock of) {
  Asked& asked = seen_[{by, of}];
  if (asked.known) return asked.counts;
  asked.known = true;
  const RowOrder& rows = orders_[index_of(by)];
  const RowOrder& others = orders_[index_of(of)];
  asked.counts.resize(rows.size);
  std::uint32_t before = 0;
  for (std::size_t i = 0; i < rows.size; ++i) {
    while (before < others.size && others.before(before, rows, i)) ++before;
    asked.counts[i] = before;
  }
  return asked.counts;
}

const std::uint32_t* MergedRunner::through(Clock clock) {
  Asked& asked = through_[clock];
  if (asked.known) return asked.counts.data();
  asked.known = true;
  const RowOrder& rows = orders_[index_of(clock)];
  asked.counts.resize(rows_->events);
  std::uint32_t count = 0;
  for (std::size_t e = 0; e < asked.counts.size(); ++e) {
    while (count < rows.size && rows.event[count] <= e) ++count;
    asked.counts[e] = count;
  }
  return asked.counts.data();
}

/// The slot that rows of a clock see of an output which expires.
void MergedRunner::fill(const Edge& edge) {
  const std::vector<std::uint32_t>& before = seen(edge.by, edge.of);
  const std::uint32_t* const shown = edge.shown ? through(edge.of) : nullptr;
  const RowOrder& rows = orders_[index_of(edge.by)];
  // A quote may come of a book, and then sees it.
  const bool sees_event =
      rows.place == RowOrder::Place::kBehind || edge.by == Clock::kQuote || edge.shown;
  const TimeNs* const until_ns = rows_->until_ns[index_of(edge.of)].data() + (sees_event ? 1 : 0);
  const double* const from = columns_[edge.from].data();
  columns_[edge.to].resize(rows.size + 1);
  columns_[edge.to][0] = row_[edge.to];
  double* const to = columns_[edge.to].data() + 1;
  for (std::size_t i = 0; i < rows.size; ++i) {
    const bool is_market = rows.ts_ns[i] <= until_ns[rows.event[i]];
    to[i] = is_market ? from[shown != nullptr ? shown[rows.event[i]] : before[i]] : kNaN;
  }
  is_filled_[edge.to] = true;
}

/// An output as rows of another clock see it.
double* MergedRunner::foreign(std::size_t slot, Clock by) {
  Asked& asked = foreign_[{slot, by}];
  if (asked.known) return asked.values.data();
  asked.known = true;
  const std::vector<std::uint32_t>& before = seen(by, clock_of_[slot]);
  const double* const from = columns_[slot].data();
  asked.values.resize(before.size());
  for (std::size_t i = 0; i < before.size(); ++i) asked.values[i] = from[before[i]];
  return asked.values.data();
}

/// Room for so many rows of a unit's outputs, with the values before the stretch in front.
void MergedRunner::size_columns(const Unit& unit, std::size_t rows) {
  for (std::size_t s = unit.first; s < unit.first + unit.width; ++s) {
    columns_[s].resize(rows + 1);
    columns_[s][0] = row_[s];
  }
}

template <class Block>
void MergedRunner::run_block(Node& node, const Unit& unit, const Block& block, std::size_t at) {
  for (std::size_t s = unit.first; s < unit.first + unit.width; ++s) {
    table_[s] = columns_[s].data() + 1 + at;
  }
  for (const std::size_t slot : unit.inputs) {
    table_[slot] = clock_of_[slot] == unit.clock ? columns_[slot].data() + 1 + at
                                                 : foreign(slot, unit.clock) + at;
  }
  node.run(block, table_.data());
}

void MergedRunner::run_unit(Node& node, const Unit& unit) {
  size_columns(unit, orders_[index_of(unit.clock)].size);
  for (const std::size_t slot : unit.inputs) {
    for (const Edge& e : edges_) {
      if (e.to == slot && !is_filled_[slot]) fill(e);
    }
  }
  std::size_t at = 0;
  const auto run = [&](const auto& block) {
    if constexpr (requires { block.lapse_ns; }) {
      if (unit.lapses && block.lapse_ns != kNoTime) node.lapse(block.lapse_ns);
    }
    run_block(node, unit, block, at);
    at += block.size;
  };
  if (unit.clock == Clock::kTrade) return std::ranges::for_each(rows_->trades(), run), void();
  if (unit.clock == Clock::kQuote) return std::ranges::for_each(rows_->quotes(), run), void();
  if (unit.clock == Clock::kBook) return std::ranges::for_each(rows_->books(), run), void();
  if (unit.clock == Clock::kOwn) return std::ranges::for_each(rows_->fills(), run), void();
  const auto built = std::ranges::find(plans_.built, unit.clock, &BuiltClock::clock);
  const BarRows& bars = unit.clock == Clock::kBar
                            ? rows_->bars
                            : bars_[static_cast<std::size_t>(built - plans_.built.begin())];
  while (at < bars.size()) {
    if (bars.restarts[at] == 0) {
      run(bars.block(at));
      continue;
    }
    node.reset();
    for (std::size_t s = unit.first; s < unit.first + unit.width; ++s) {
      columns_[s][at + 1] = initial_[s];
    }
    ++at;
  }
}

void MergedRunner::build(Builder& builder, const Unit& unit, const BuiltClock& built) {
  const std::size_t rank = static_cast<std::size_t>(&built - plans_.built.data());
  BarRows& bars = bars_[rank];
  bars.clear();
  builder.build(*rows_, bars);
  using Place = RowOrder::Place;
  orders_[index_of(built.clock)] = {.event = bars.event.data(),
                                    .ts_ns = bars.ts_ns.data(),
                                    .order_ns = bars.order_ns.data(),
                                    .size = bars.size(),
                                    .place = built.by_time ? Place::kBefore : Place::kBehind,
                                    .rank = rank};
  size_columns(unit, bars.size());
  for (std::size_t c = 0; c < unit.width; ++c) {
    std::ranges::copy(bars.values[c], columns_[unit.first + c].begin() + 1);
  }
}

void MergedRunner::run(Graph* graph, const MergedRows& rows, double* row) {
  rows_ = &rows;
  row_ = row;
  is_filled_.assign(is_filled_.size(), false);
  for (auto& [key, asked] : seen_) asked.known = false;
  for (auto& [key, asked] : foreign_) asked.known = false;
  for (auto& [key, asked] : through_) asked.known = false;
  for (std::size_t c = 0; c < kClocks; ++c) orders_[c] = rows.order(static_cast<Clock>(c));
  for (std::size_t u = 0; u < units_.size(); ++u) {
    const auto built = std::ranges::find(plans_.built, u, &BuiltClock::node);
    if (graph == nullptr) {
      size_columns(units_[u], orders_[index_of(units_[u].clock)].size);
      for (std::size_t s = units_[u].first; s < units_[u].first + units_[u].width; ++s) {
        std::ranges::fill(columns_[s], row[s]);
      }
    } else if (built != plans_.built.end()) {
      build(*graph->node(u).builder(), units_[u], *built);
    } else {
      run_unit(graph->node(u), units_[u]);
    }
  }
  for (const Edge& e : edges_) {
    if (!is_filled_[e.to]) fill(e);
  }
  for (std::size_t s = 0; s < columns_.size(); ++s) row[s] = columns_[s].back();
  if (graph != nullptr) graph->find_due();
}

void MergedRunner::write(BarSink& sink) {
  const auto built = std::ranges::find(plans_.built, sink.clock, &BuiltClock::clock);
  const BarRows& bars = bars_[static_cast<std::size_t>(built - plans_.built.begin())];
  for (std::size_t i = 0; i < bars.size(); ++i) {
    if (bars.restarts[i] != 0) continue;
    sink.ts_ns.push_back(bars.ts_ns[i]);
    sink.event.push_back(bars.event[i]);
  }
  for (std::size_t c = 0; c < sink.slots.size(); ++c) {
    const std::size_t slot = sink.slots[c];
    const double* const values =
        clock_of_[slot] == sink.clock ? columns_[slot].data() + 1 : foreign(slot, sink.clock);
    for (std::size_t i = 0; i < bars.size(); ++i) {
      if (bars.restarts[i] == 0) sink.columns[c].push_back(values[i]);
    }
  }
}

}  // namespace tickeng
