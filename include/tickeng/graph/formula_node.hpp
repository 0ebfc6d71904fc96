// A formula as a node. It moves on the clocks of its inputs, or on those of who reads it.
//
// It remembers nothing; a saved state holds what it gave last, because nodes of other clocks may
// read that, and one that holds nothing of it is loaded all the same.
#pragma once

#include <memory>
#include <vector>

#include "tickeng/graph/formula.hpp"
#include "tickeng/graph/node.hpp"

namespace tickeng {

class FormulaNode final : public Node {
 public:
  /// The formula outlives the node.
  FormulaNode(const Formula& formula, const Wiring& wiring) : Node(wiring), formula_(&formula) {}

  void on(const TradeStep&, double* row) noexcept override { tick(row); }
  void on(const QuoteStep&, double* row) noexcept override { tick(row); }
  void on(const BookStep&, double* row) noexcept override { tick(row); }
  void on(const BarStep&, double* row) noexcept override { tick(row); }
  void on(const OwnStep&, double* row) noexcept override { tick(row); }
  void run(const TradeBlock& block, double* const* columns) noexcept override {
    run(block.size, columns);
  }
  void run(const QuoteBlock& block, double* const* columns) noexcept override {
    run(block.size, columns);
  }
  void run(const BookBlock& block, double* const* columns) noexcept override {
    run(block.size, columns);
  }
  void run(const BarBlock& block, double* const* columns) noexcept override {
    run(block.size, columns);
  }
  void run(const OwnBlock& block, double* const* columns) noexcept override {
    run(block.size, columns);
  }
  void reset() noexcept override {}
  void skip(std::uint64_t) noexcept override {}
  void forget_health() noexcept override {}
  void follow(const Node&) noexcept override {}
  void save(const double* row, ByteWriter& out) override;
  void load(const NamedStates& states, double* row) override;
  [[nodiscard]] bool remembers() const noexcept override { return false; }
  [[nodiscard]] std::unique_ptr<Node> clone() const override {
    return std::make_unique<FormulaNode>(*this);
  }
  void health(std::vector<NodeHealth>&) const override {}

 private:
  void tick(double* row) noexcept {
    row[wiring().first] = formula_->value(row, wiring().inputs.data());
  }
  void run(std::size_t n, double* const* columns) noexcept {
    formula_->run(columns, wiring().inputs.data(), n, columns[wiring().first]);
  }

  const Formula* formula_;
};

}  // namespace tickeng
