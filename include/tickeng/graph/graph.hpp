// One symbol's nodes, in an order in which inputs come before their readers.
//
// A row has a slot for every output of every node; a node reads slots of earlier nodes and fills
// its own. Rows leave with one canonical NaN.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <type_traits>
#include <vector>

#include "tickeng/graph/builder.hpp"
#include "tickeng/graph/clock_plan.hpp"
#include "tickeng/graph/leaders.hpp"
#include "tickeng/graph/node.hpp"

namespace tickeng {

/// Where one output goes in a batch: exactly one pointer is set.
struct OutputColumn {
  double* real = nullptr;
  std::uint8_t* flag = nullptr;

  void put(std::size_t row, double value) const noexcept {
    if (real != nullptr) {
      real[row] = value;
    } else {
      flag[row] = static_cast<std::uint8_t>(value);
    }
  }
};

/// Rows of one builder's clock, as they come.
struct BarSink {
  Clock clock;
  std::vector<std::size_t> slots;  ///< of a row
  std::vector<TimeNs> ts_ns = {};
  std::vector<std::uint32_t> symbol = {};
  std::vector<std::uint32_t> event = {};  ///< of the stretch, where one was run as columns
  std::vector<std::vector<double>> columns = std::vector<std::vector<double>>(slots.size());

  void push(TimeNs at_ns, const double* row) {
    ts_ns.push_back(at_ns);
    for (std::size_t c = 0; c < slots.size(); ++c) columns[c].push_back(row[slots[c]]);
  }
};

class Graph {
 public:
  /// The plans outlive it.
  Graph(std::vector<std::unique_ptr<Node>> nodes, const ClockPlans& plans);
  Graph(const Graph& other);
  Graph& operator=(const Graph&) = delete;

  /// One trade, at the time it was admitted with.
  [[gnu::always_inline]] void on(BaseSeries& base, const Trade& trade, TimeNs ts_ns,
                                 const LeaderPrice& leader, std::uint32_t flags,
                                 double* row) noexcept {
    if (alone_ != nullptr) return alone_->on_alone(base, trade, ts_ns, leader, flags, row);
    if (!straight_.empty()) {
      const TradeStep step = base.step(trade, ts_ns, leader, flags);
      for (Node* const node : straight_) node->on(step, row);
      return;
    }
    on(base, trade, ts_ns, leader, flags, row, leaders_ ? leaders_->as_of(ts_ns) : nullptr);
  }
  /// The same with the named leaders as somebody else has found them.
  [[gnu::always_inline]] void on(BaseSeries& base, const Trade& trade, TimeNs ts_ns,
                                 const LeaderPrice& leader, std::uint32_t flags, double* row,
                                 const LeaderPrice* named) noexcept {
    pass(ts_ns, row);
    TradeStep step = base.step(trade, ts_ns, leader, flags);
    step.named = named;
    move(step, Clock::kTrade, row);
    if (builds_) build(ts_ns, row);
  }
  /// One quote or book, which is the market up to until_ns. Behind a book and the quote that it may
  /// give comes show().
  void on(const QuoteStep& quote, TimeNs until_ns, double* row) noexcept {
    pass(quote.ts_ns, row);
    expire(Clock::kQuote, until_ns);
    move(quote, Clock::kQuote, row);
  }
  void on(const BookStep& book, TimeNs until_ns, double* row) noexcept {
    pass(book.ts_ns, row);
    expire(Clock::kBook, until_ns);
    move(book, Clock::kBook, row);
  }
  /// Completes the bars that end by now: what any event does before it does anything else.
  void pass(TimeNs now, double* row) noexcept {
    if (due_ <= now) complete_due(now, row);
  }
  /// One bar that came as such, or one fill.
  void on(const BarStep& bar, double* row) noexcept {
    pass(bar.ts_ns, row);
    move(bar, Clock::kBar, row);
  }
  void on(const OwnStep& fill, double* row) noexcept {
    pass(fill.ts_ns, row);
    move(fill, Clock::kOwn, row);
  }
  /// Fills what rows of a clock show of others.
  void show(Clock clock, TimeNs ts_ns, double* row) noexcept {
    fill(plans_->of(clock).after, ts_ns, row);
  }
  /// Tells nodes that the market of a clock ended at this time, ahead of its next row.
  void lapse(Clock clock, TimeNs at_ns) noexcept {
    for (const std::size_t node : plans_->of(clock).lapses) nodes_[node]->lapse(at_ns);
  }
  /// What has been seen of a market is no longer valid after until_ns.
  void expire(Clock clock, TimeNs until_ns) noexcept { until_ns_[index_of(clock)] = until_ns; }
  /// Where rows of a builder's clock go, as long as it is not null.
  void write_bars_to(std::span<BarSink> sinks) noexcept { sinks_ = sinks; }
  /// Where nodes that name a leader find it; null: there are none.
  void lead_by(Leaders* leaders) noexcept {
    leaders_ = leaders;
    if (leaders == nullptr) return;
    alone_ = nullptr;
    straight_.clear();
  }
  /// To be called when nodes have been moved by somebody else.
  void find_due() noexcept;
  /// A block of trades, a column a slot. Only where nodes move on trades alone.
  void run(const TradeBlock& block, double* const* columns) noexcept {
    for (const auto& node : nodes_) node->run(block, columns);
  }
  /// Memory for windows over so many rows, of all clocks together, before they come; over how many
  /// there is memory now. Throws std::bad_alloc, which changes no value.
  std::uint64_t grow(std::uint64_t rows);
  [[nodiscard]] Node& node(std::size_t unit) noexcept { return *nodes_[unit]; }
  void reset() noexcept;

  // To run a stretch apart from the one before it: a clone of a warm graph skips to `memory` ticks
  // before its stretch, is fed those, forgets its health, runs the stretch, and follows the graph
  // of the stretch before. Then it is what one graph over all ticks would be.
  /// Moves on by ticks that it does not see; outputs mean nothing until `memory` ticks have come.
  void skip(std::uint64_t ticks) noexcept;
  void forget_health() noexcept;
  /// Takes over counts and beginnings from a graph of the same pipeline.
  void follow(const Graph& before) noexcept;

  void save(const double* row, ByteWriter& out);
  /// Throws StateError where a node is missing or was computed otherwise.
  void load(const NamedStates& states, double* row);
  /// What edges have filled: what rows hold besides the nodes' outputs.
  void save_edges(const double* row, ByteWriter& out) const;
  /// Edges that the state does not know stay undefined until their clock's next tick.
  void load_edges(ByteReader& in, double* row) const;
  static void skip_edges(ByteReader& in);
  [[nodiscard]] std::vector<NodeHealth> health() const;

 private:
  void find_nodes() noexcept;
  void complete_due(TimeNs now, double* row) noexcept;
  void build(TimeNs now, double* row) noexcept;
  Built complete(std::size_t built, TimeNs now, double* row) noexcept;
  void restart(Clock clock, double* row) noexcept;
  template <class Step>
  void move(const Step& step, Clock clock, double* row) noexcept {
    const ClockPlan& plan = plans_->of(clock);
    for (const ClockPlan::Move& m : plan.moves) {
      fill(m.edges, step.ts_ns, row);
      nodes_[m.node]->on(step, row);
    }
    if constexpr (!std::is_same_v<Step, BookStep>) fill(plan.after, step.ts_ns, row);
  }
  void fill(const std::vector<Edge>& edges, TimeNs ts_ns, double* row) const noexcept {
    for (const Edge& e : edges) {
      row[e.to] = ts_ns <= until_ns_[index_of(e.of)] ? row[e.from] : kNaN;
    }
  }
  [[nodiscard]] std::vector<const Edge*> edges() const;

  std::vector<std::unique_ptr<Node>> nodes_;
  const ClockPlans* plans_;
  Node* alone_ = nullptr;                 // the only one, if so, where it moves on trades
  std::vector<Node*> straight_;           // those of a trade where nothing else comes of it
  std::array<TimeNs, kClocks> until_ns_;  // by clock
  std::vector<Builder*> builders_;        // as the plans have them
  bool builds_ = false;                   // one of them
  TimeNs due_ = kNever;                   // the first of those by time
  std::span<BarSink> sinks_;
  Leaders* leaders_ = nullptr;
};

/// Runs blocks through graphs of one pipeline, one after another: knows which slot goes to which
/// output, and has columns for what is not written and for flags, which are numbers at first.
class BlockRunner {
 public:
  struct Output {
    std::size_t slot;
    bool flag;
  };
  /// `width`: slots of a row.
  BlockRunner(std::vector<Output> outputs, std::size_t width);
  BlockRunner(const BlockRunner&) = delete;
  BlockRunner& operator=(const BlockRunner&) = delete;

  /// A block of ticks into the outputs' columns from row `first` on; leaves the last row in `row`.
  void run(Graph& graph, const TradeBlock& block, const OutputColumn* columns, std::size_t first,
           double* row) noexcept;

 private:
  std::vector<Output> outputs_;
  std::vector<bool> repeats_;  ///< by output: an earlier one has the same slot
  std::vector<TradeBlock::Column> own_;
  std::vector<double*> slots_;  ///< where each goes
};

}  // namespace tickeng
