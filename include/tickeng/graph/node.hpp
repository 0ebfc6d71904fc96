// One node of a symbol's graph: a kernel with its parameters, or a fused group of kernels. It reads
// slots of the graph's row (in a block: columns, one a slot) and fills its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "tickeng/graph/named_states.hpp"

namespace tickeng {

struct NodeHealth {
  std::string_view node;
  Health health;
};

/// Where a node stands. Outlives the node: a pipeline has it for all symbols.
struct Wiring {
  std::vector<StateKey> keys;       ///< of each of its kernels
  std::vector<std::size_t> inputs;  ///< slots
  std::size_t first = 0;            ///< slot of its first output; the others follow
};

/// What an output is where there is none: NaN, or 0 where that means "shut".
[[nodiscard]] constexpr double absent(const OutputSpec& o) noexcept {
  return o.type == OutputType::kFlag ? 0.0 : o.absent;
}
/// What it is before its first tick, as rows of other clocks show it.
[[nodiscard]] constexpr double initial(const OutputSpec& o) noexcept {
  return o.type == OutputType::kFlag ? o.initial : o.absent;
}
[[nodiscard]] inline double canonical(double x) noexcept { return x == x ? x : kNaN; }

class Builder;

class Node {
 public:
  explicit Node(const Wiring& wiring) : wiring_(&wiring) {}
  virtual ~Node() = default;
  // A tick of each clock that it moves on; others never come.
  virtual void on(const TradeStep&, double*) noexcept {}
  virtual void on(const QuoteStep&, double*) noexcept {}
  virtual void on(const BookStep&, double*) noexcept {}
  virtual void on(const BarStep&, double*) noexcept {}
  virtual void on(const OwnStep&, double*) noexcept {}
  /// The same where there is no other node: the step can be made in there and stay in registers.
  virtual void on_alone(BaseSeries& base, const Trade& trade, TimeNs ts_ns,
                        const LeaderPrice& leader, std::uint32_t flags, double* row) noexcept {
    on(base.step(trade, ts_ns, leader, flags), row);
  }
  /// A block of ticks, column by column.
  virtual void run(const TradeBlock&, double* const*) noexcept {}
  virtual void run(const QuoteBlock&, double* const*) noexcept {}
  virtual void run(const BookBlock&, double* const*) noexcept {}
  virtual void run(const BarBlock&, double* const*) noexcept {}
  virtual void run(const OwnBlock&, double* const*) noexcept {}
  /// The market that it moves on ended at this time, before its next row.
  virtual void lapse(TimeNs) noexcept {}
  virtual void reset() noexcept = 0;
  /// The same, with its outputs in `row`.
  void restart(double* row) noexcept {
    reset();
    for (const StateKey& key : wiring_->keys) {
      for (std::size_t o = 0; o < key.spec->outputs.size(); ++o) {
        row[key.first + o] = initial(key.spec->outputs[o]);
      }
    }
  }
  /// Itself, if it builds bars.
  [[nodiscard]] virtual Builder* builder() noexcept { return nullptr; }

  /// Memory for windows over so many rows. Throws std::bad_alloc.
  virtual void grow(std::size_t) {}
  // See Graph.
  virtual void skip(std::uint64_t ticks) noexcept = 0;
  virtual void forget_health() noexcept = 0;
  virtual void follow(const Node& before) noexcept = 0;

  /// One entry for each of its kernels, their outputs in `row` included.
  virtual void save(const double* row, ByteWriter& out) = 0;
  virtual void load(const NamedStates& states, double* row) = 0;
  /// Whether load() needs a state of it.
  [[nodiscard]] virtual bool remembers() const noexcept { return true; }
  [[nodiscard]] virtual std::unique_ptr<Node> clone() const = 0;
  /// Adds that of each kernel that scores.
  virtual void health(std::vector<NodeHealth>& all) const = 0;
  [[nodiscard]] const Wiring& wiring() const noexcept { return *wiring_; }

 protected:
  Node(const Node&) = default;

 private:
  const Wiring* wiring_;
};

[[nodiscard]] inline bool is_finite(double x) noexcept { return x - x == 0.0; }
[[nodiscard]] inline double finite_or_nan(double x) noexcept { return is_finite(x) ? x : kNaN; }

}  // namespace tickeng
