// Runs a stretch of one symbol's events through a graph as columns, node by node: the same bits as
// event by event.
//
// Each slot has a column with the value before the stretch in front, so that what one clock sees of
// another is one load: the entry at the count of rows that came before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "tickeng/graph/clock_plan.hpp"
#include "tickeng/graph/graph.hpp"
#include "tickeng/graph/merged_rows.hpp"

namespace tickeng {

class MergedRunner {
 public:
  /// A unit of the pipeline: the clock it moves on, its outputs' slots and those it reads.
  struct Unit {
    Clock clock;
    std::size_t first, width;
    std::vector<std::size_t> inputs;
    bool lapses = false;  ///< it is told where its market has ended
  };
  /// `clock_of`: by slot, the clock on which it ticks; of a slot that an edge fills, the clock that
  /// sees it. `initial`: by slot.
  MergedRunner(std::vector<Unit> units, std::vector<Clock> clock_of, const ClockPlans& plans,
               const std::vector<double>& initial);

  /// Moves the graph, and the newest values in `row`. Null: where no node moves.
  void run(Graph* graph, const MergedRows& rows, double* row);
  /// What a slot held after so many rows of its clock in the stretch.
  [[nodiscard]] const double* after(std::size_t slot) const noexcept {
    return columns_[slot].data();
  }
  [[nodiscard]] Clock clock_of(std::size_t slot) const noexcept { return clock_of_[slot]; }
  /// By event: how many rows of this clock there were, it and what it completed included.
  [[nodiscard]] const std::uint32_t* through(Clock clock);
  /// The most bars that a builder completed in the stretch.
  [[nodiscard]] std::size_t most_bars() const noexcept {
    std::size_t most = 0;
    for (const BarRows& bars : bars_) most = std::max(most, bars.size());
    return most;
  }
  /// The stretch's rows of the sink's clock.
  void write(BarSink& sink);

 private:
  [[nodiscard]] const std::vector<std::uint32_t>& seen(Clock by, Clock of);
  void fill(const Edge& edge);
  [[nodiscard]] double* foreign(std::size_t slot, Clock by);
  void build(Builder& builder, const Unit& unit, const BuiltClock& built);
  void run_unit(Node& node, const Unit& unit);
  template <class Block>
  void run_block(Node& node, const Unit& unit, const Block& block, std::size_t at);
  void size_columns(const Unit& unit, std::size_t rows);

  std::vector<Unit> units_;
  std::vector<Clock> clock_of_;
  const ClockPlans& plans_;
  const std::vector<double>& initial_;
  std::vector<Edge> edges_;
  std::vector<std::vector<double>> columns_;  // by slot
  std::vector<BarRows> bars_;                 // by builder
  std::vector<double*> table_;                // by slot: where a block's rows are
  const MergedRows* rows_ = nullptr;          // the stretch
  double* row_ = nullptr;
  // What this stretch has asked for: how many rows of one clock each row of another has before it,
  // outputs as rows of another clock have them, and so on. Memory stays.
  struct Asked {
    bool known = false;
    std::vector<std::uint32_t> counts;
    std::vector<double> values;
  };
  std::map<std::pair<Clock, Clock>, Asked> seen_;
  std::map<std::pair<std::size_t, Clock>, Asked> foreign_;
  std::map<Clock, Asked> through_;
  std::vector<RowOrder> orders_;  // by clock
  std::vector<bool> is_filled_;   // by slot: edges
};

}  // namespace tickeng
