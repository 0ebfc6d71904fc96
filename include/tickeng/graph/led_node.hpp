// A node that reads a leader by its name: steps and blocks come to it with that leader in place.
#pragma once

#include <memory>
#include <vector>

#include "tickeng/graph/node.hpp"

namespace tickeng {

class LedNode final : public Node {
 public:
  /// `leader`: its index in Pipeline::leaders().
  LedNode(std::unique_ptr<Node> node, std::size_t leader)
      : Node(node->wiring()), node_(std::move(node)), leader_(leader) {}

  using Node::on, Node::run;  // kernels with a leader move on trades
  void on(const TradeStep& t, double* row) noexcept override {
    node_->on(t.led_by(t.named[leader_]), row);
  }
  void run(const TradeBlock& block, double* const* columns) noexcept override {
    TradeBlock led;
    led.copy_led_by(block.named[leader_], block);
    node_->run(led, columns);
  }
  void reset() noexcept override { node_->reset(); }
  void grow(std::size_t rows) override { node_->grow(rows); }
  void skip(std::uint64_t ticks) noexcept override { node_->skip(ticks); }
  void forget_health() noexcept override { node_->forget_health(); }
  void follow(const Node& before) noexcept override {
    node_->follow(*static_cast<const LedNode&>(before).node_);
  }
  void save(const double* row, ByteWriter& out) override { node_->save(row, out); }
  void load(const NamedStates& states, double* row) override { node_->load(states, row); }
  [[nodiscard]] std::unique_ptr<Node> clone() const override {
    return std::make_unique<LedNode>(node_->clone(), leader_);
  }
  void health(std::vector<NodeHealth>& all) const override { node_->health(all); }

 private:
  std::unique_ptr<Node> node_;
  std::size_t leader_;
};

}  // namespace tickeng
