// Runs a stretch of trades and quotes of one symbol through a graph as columns, node by node: the
// same bits as event by event. Blocks are cut by clock, not by run: with four quotes a trade, runs
// of one kind would be too short for columns.
//
// Each slot has a column with the value before the stretch in front, so that what one clock sees of
// another is one load: the entry at the count of rows that came before.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tickeng/graph/clock_plan.hpp"
#include "tickeng/graph/graph.hpp"

namespace tickeng {

/// A stretch: the rows of each clock in blocks, and what each row has before it of the other clock.
struct MergedRows {
  static constexpr std::size_t kMax = 4096;  ///< rows of a clock

  std::vector<TradeBlock> trade_blocks;
  std::vector<QuoteBlock> quote_blocks;
  std::size_t trade_block_count = 0, quote_block_count = 0;
  std::array<std::size_t, kClocks> size{};                                    ///< rows by clock
  std::vector<std::uint32_t> quotes_seen = std::vector<std::uint32_t>(kMax);  ///< by trade
  std::vector<std::uint8_t> is_market = std::vector<std::uint8_t>(kMax);      ///< by trade
  std::vector<std::uint32_t> trades_seen = std::vector<std::uint32_t>(kMax);  ///< by quote
};

class MergedRunner {
 public:
  /// A unit of the pipeline: the clock it moves on, its outputs' slots and those it reads.
  struct Unit {
    Clock clock;
    std::size_t first, width;
    std::vector<std::size_t> inputs;
  };
  /// `clock_of`: by slot; of a slot that an edge fills it is the trade's.
  MergedRunner(std::vector<Unit> units, std::vector<Clock> clock_of, std::vector<Edge> edges);

  /// Moves the graph, and the newest values in `row`. Null: where no node moves.
  void run(Graph* graph, const MergedRows& rows, double* row);
  /// What a slot held after so many rows of its clock in the stretch.
  [[nodiscard]] const double* after(std::size_t slot) const noexcept {
    return columns_[slot].data();
  }
  /// An edge's slot, by trade.
  [[nodiscard]] const double* seen(std::size_t slot) const noexcept {
    return columns_[slot].data() + 1;
  }
  [[nodiscard]] Clock clock_of(std::size_t slot) const noexcept { return clock_of_[slot]; }

 private:
  void see(const MergedRows& rows, const Edge& edge);
  double* trades_as_quotes_see(const MergedRows& rows, std::size_t slot);
  template <class Block>
  void run_unit(Node& node, const Unit& unit, std::span<const Block> blocks,
                const MergedRows& rows);

  std::vector<Unit> units_;
  std::vector<Clock> clock_of_;
  std::vector<Edge> edges_;
  std::vector<std::vector<double>> columns_;  // by slot
  std::vector<std::vector<double>> foreign_;  // by slot: a trade node's output by quote
  std::vector<bool> is_filled_;               // by slot: of `foreign_`, and edges, in this stretch
  std::vector<double*> table_;                // by slot: where a block's rows are
};

}  // namespace tickeng
