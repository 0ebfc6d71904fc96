#include "tickeng/graph/graph.hpp"

#include <algorithm>

#include "tickeng/graph/sweep.hpp"

namespace tickeng {

Graph::Graph(std::vector<std::unique_ptr<Node>> nodes)
    : nodes_(std::move(nodes)), alone_(nodes_.size() == 1 ? nodes_[0].get() : nullptr) {}

Graph::Graph(const Graph& other) {
  for (const auto& node : other.nodes_) nodes_.push_back(node->clone());
  alone_ = nodes_.size() == 1 ? nodes_[0].get() : nullptr;
}

void Graph::on_each(BaseSeries& base, const Trade& trade, TimeNs ts_ns, const LeaderPrice& leader,
                    std::uint32_t flags, double* row) noexcept {
  const TradeStep t = base.step(trade, ts_ns, leader, flags);
  for (const auto& node : nodes_) node->on(t, row);
}

void Graph::reset() noexcept {
  for (const auto& node : nodes_) node->reset();
}

void Graph::skip(std::uint64_t ticks) noexcept {
  for (const auto& node : nodes_) node->skip(ticks);
}

void Graph::forget_health() noexcept {
  for (const auto& node : nodes_) node->forget_health();
}

void Graph::follow(const Graph& before) noexcept {
  for (std::size_t i = 0; i < nodes_.size(); ++i) nodes_[i]->follow(*before.nodes_[i]);
}

void Graph::save(const double* row, ByteWriter& out) {
  std::size_t count = 0;
  for (const auto& node : nodes_) count += node->wiring().keys.size();
  out.number(static_cast<std::uint32_t>(count));
  for (const auto& node : nodes_) node->save(row, out);
}

void Graph::load(const NamedStates& states, double* row) {
  for (const auto& node : nodes_) node->load(states, row);
}

std::vector<NodeHealth> Graph::health() const {
  std::vector<NodeHealth> all;
  for (const auto& node : nodes_) node->health(all);
  return all;
}

BlockRunner::BlockRunner(std::vector<Output> outputs, std::size_t width)
    : outputs_(std::move(outputs)), slots_(width) {
  std::vector<bool> written(width);
  for (const Output& o : outputs_) {
    repeats_.push_back(!o.flag && written[o.slot]);
    if (!o.flag) written[o.slot] = true;
  }
  own_.resize(static_cast<std::size_t>(std::ranges::count(written, false)));
  auto column = own_.begin();
  for (std::size_t s = 0; s < width; ++s) {
    if (!written[s]) slots_[s] = (column++)->data();
  }
}

void BlockRunner::run(Graph& graph, const TradeBlock& block, const OutputColumn* columns,
                      std::size_t first, double* row) noexcept {
  for (std::size_t o = 0; o < outputs_.size(); ++o) {
    if (!outputs_[o].flag && !repeats_[o]) slots_[outputs_[o].slot] = columns[o].real + first;
  }
  graph.run(block, slots_.data());
  for (std::size_t s = 0; s < slots_.size(); ++s) row[s] = slots_[s][block.size - 1];
  for (std::size_t o = 0; o < outputs_.size(); ++o) {
    const double* const column = slots_[outputs_[o].slot];
    if (outputs_[o].flag) {
      to_flags(column, block.size, columns[o].flag + first);
    } else if (repeats_[o]) {
      std::copy_n(column, block.size, columns[o].real + first);
    }
  }
}

}  // namespace tickeng
