#include "tickeng/graph/merged_runner.hpp"

#include <algorithm>

namespace tickeng {

MergedRunner::MergedRunner(std::vector<Unit> units, std::vector<Clock> clock_of,
                           std::vector<Edge> edges)
    : units_(std::move(units)), clock_of_(std::move(clock_of)), edges_(std::move(edges)),
      columns_(clock_of_.size(), std::vector<double>(MergedRows::kMax + 1)),
      foreign_(clock_of_.size()), is_filled_(clock_of_.size()), table_(clock_of_.size()) {
  for (const Unit& unit : units_) {
    for (const std::size_t slot : unit.inputs) {
      if (unit.clock == Clock::kQuote && clock_of_[slot] == Clock::kTrade) {
        foreign_[slot].resize(MergedRows::kMax);
      }
    }
  }
}

/// Fills the slot that trades see of an output which expires.
void MergedRunner::see(const MergedRows& rows, const Edge& edge) {
  const double* const from = columns_[edge.from].data();
  double* const to = columns_[edge.to].data() + 1;
  for (std::size_t i = 0; i < rows.size[static_cast<std::size_t>(Clock::kTrade)]; ++i) {
    to[i] = rows.is_market[i] != 0 ? from[rows.quotes_seen[i]] : kNaN;
  }
  is_filled_[edge.to] = true;
}

double* MergedRunner::trades_as_quotes_see(const MergedRows& rows, std::size_t slot) {
  double* const to = foreign_[slot].data();
  if (is_filled_[slot]) return to;
  const double* const from = columns_[slot].data();
  for (std::size_t i = 0; i < rows.size[static_cast<std::size_t>(Clock::kQuote)]; ++i) {
    to[i] = from[rows.trades_seen[i]];
  }
  is_filled_[slot] = true;
  return to;
}

template <class Block>
void MergedRunner::run_unit(Node& node, const Unit& unit, std::span<const Block> blocks,
                            const MergedRows& rows) {
  for (const std::size_t slot : unit.inputs) {
    for (const Edge& e : edges_) {
      if (e.to == slot && !is_filled_[slot]) see(rows, e);
    }
  }
  std::size_t at = 0;
  for (const Block& block : blocks) {
    for (std::size_t s = unit.first; s < unit.first + unit.width; ++s) {
      table_[s] = columns_[s].data() + 1 + at;
    }
    for (const std::size_t slot : unit.inputs) {
      table_[slot] = clock_of_[slot] == unit.clock ? columns_[slot].data() + 1 + at
                                                   : trades_as_quotes_see(rows, slot) + at;
    }
    node.run(block, table_.data());
    at += block.size;
  }
}

void MergedRunner::run(Graph* graph, const MergedRows& rows, double* row) {
  is_filled_.assign(is_filled_.size(), false);
  for (std::size_t s = 0; s < columns_.size(); ++s) columns_[s][0] = row[s];
  for (std::size_t u = 0; graph != nullptr && u < units_.size(); ++u) {
    if (units_[u].clock == Clock::kTrade) {
      run_unit(graph->node(u), units_[u],
               std::span(rows.trade_blocks).first(rows.trade_block_count), rows);
    } else {
      run_unit(graph->node(u), units_[u],
               std::span(rows.quote_blocks).first(rows.quote_block_count), rows);
    }
  }
  for (const Edge& e : edges_) {
    if (!is_filled_[e.to]) see(rows, e);
  }
  for (std::size_t s = 0; s < columns_.size(); ++s) {
    row[s] = columns_[s][rows.size[static_cast<std::size_t>(clock_of_[s])]];
  }
}

}  // namespace tickeng
