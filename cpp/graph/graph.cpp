#include "tickeng/graph/graph.hpp"

#include <algorithm>

#include "tickeng/graph/sweep.hpp"
#include "tickeng/stat/room.hpp"

namespace tickeng {

Graph::Graph(std::vector<std::unique_ptr<Node>> nodes, const ClockPlans& plans)
    : nodes_(std::move(nodes)), plans_(&plans) {
  until_ns_.fill(kNever);
  find_nodes();
}

std::vector<const Edge*> Graph::edges() const {
  std::vector<const Edge*> all;
  for (const ClockPlan& plan : plans_->clocks) {
    for (const ClockPlan::Move& m : plan.moves) {
      for (const Edge& e : m.edges) all.push_back(&e);
    }
    for (const Edge& e : plan.after) all.push_back(&e);
  }
  return all;
}

Graph::Graph(const Graph& other) : plans_(other.plans_), until_ns_(other.until_ns_) {
  for (const auto& node : other.nodes_) nodes_.push_back(node->clone());
  find_nodes();
  lead_by(other.leaders_);
}

void Graph::find_nodes() noexcept {
  const ClockPlan& trades = plans_->of(Clock::kTrade);
  builds_ = !plans_->built.empty();
  const auto bare = [](const ClockPlan::Move& m) { return m.edges.empty(); };
  if (!builds_ && trades.after.empty() && std::ranges::all_of(trades.moves, bare)) {
    for (const ClockPlan::Move& m : trades.moves) straight_.push_back(nodes_[m.node].get());
    if (nodes_.size() == 1 && !straight_.empty()) alone_ = straight_.front();
  }
  for (const BuiltClock& b : plans_->built) builders_.push_back(nodes_[b.node]->builder());
  find_due();
}

void Graph::find_due() noexcept {
  due_ = kNever;
  for (const Builder* const b : builders_) due_ = std::min(due_, b->due());
}

/// The first that is due goes first, and of equal ones the first in the plan.
void Graph::complete_due(TimeNs now, double* row) noexcept {
  while (due_ <= now) {
    std::size_t first = 0;
    while (builders_[first]->due() != due_) ++first;
    complete(first, now, row);
    find_due();
  }
}

/// What a trade has completed.
void Graph::build(TimeNs now, double* row) noexcept {
  for (std::size_t b = 0; b < builders_.size(); ++b) {
    if (plans_->built[b].by_time) continue;
    while (complete(b, now, row) != Built::kNothing) continue;
  }
  find_due();
}

/// The next bar of a builder and all that moves with it. Most trades complete none.
[[gnu::noinline]] Built Graph::complete(std::size_t built, TimeNs now, double* row) noexcept {
  BarStep bar;
  const Clock clock = plans_->built[built].clock;
  const Built what = builders_[built]->next(now, bar, row);
  if (what == Built::kRestart) restart(clock, row);
  if (what == Built::kBar) {
    move(bar, clock, row);
    for (BarSink& sink : sinks_) {
      if (sink.clock == clock) sink.push(bar.ts_ns, row);
    }
  }
  return what;
}

void Graph::restart(Clock clock, double* row) noexcept {
  for (const ClockPlan::Move& m : plans_->of(clock).moves) nodes_[m.node]->restart(row);
}

void Graph::save_edges(const double* row, ByteWriter& out) const {
  const std::vector<const Edge*> all = edges();
  out.number(static_cast<std::uint32_t>(all.size()));
  for (const Edge* e : all) {
    out.text(e->key);
    out.number(row[e->to]);
  }
}

void Graph::skip_edges(ByteReader& in) {
  const auto count = in.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < count; ++i) {
    (void)in.text();
    (void)in.number<double>();
  }
}

void Graph::load_edges(ByteReader& in, double* row) const {
  const auto count = in.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::string_view key = in.text();
    const auto value = in.number<double>();
    for (const Edge* e : edges()) {
      if (e->key == key) row[e->to] = value;
    }
  }
}

std::uint64_t Graph::grow(std::uint64_t rows) {
  const std::uint64_t room = stat::Room::next(rows);
  for (const auto& node : nodes_) node->grow(room);
  return room;
}

void Graph::reset() noexcept {
  for (const auto& node : nodes_) node->reset();
  find_due();
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
  std::vector<std::string_view> needed, all;
  for (const auto& node : nodes_) {
    for (const StateKey& key : node->wiring().keys) {
      all.push_back(key.node);
      if (node->remembers()) needed.push_back(key.node);
    }
  }
  states.check(needed, all);
  for (const auto& node : nodes_) node->load(states, row);
  find_due();
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
