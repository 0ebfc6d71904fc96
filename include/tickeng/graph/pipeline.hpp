// A validated selection of kernels with their parameters: what an engine makes each symbol's graph
// from. Immutable and shared by all symbols.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tickeng/graph/built_in.hpp"
#include "tickeng/graph/graph.hpp"
#include "tickeng/graph/merged_runner.hpp"
#include "tickeng/graph/registry.hpp"
#include "tickeng/graph/statement.hpp"

namespace tickeng {

/// One setting as bindings give it: node or kernel "k1", param "window", value 1024. What a node is
/// told beats what its kernel is told.
struct Setting {
  std::string kernel;
  std::string param;
  ParamValue value = {};
};

struct PipelineOutput {
  std::string name;
  std::string node;
  bool flag = false;
  std::uint64_t warmup = 0;     ///< 0-based index of the first value, in rows of its clock
  std::uint64_t warmup_ns = 0;  ///< and the time from the first row on: over when both are
  std::size_t own = 0;          ///< slot of a row with the value as of its own clock's last tick
  std::map<Clock, std::size_t> seen = {};  ///< as rows of another clock see it, if otherwise
  std::size_t slot = 0;                    ///< as rows of trades do

  [[nodiscard]] std::size_t slot_at(Clock clock) const {
    const auto at = seen.find(clock);
    return at != seen.end() ? at->second : own;
  }
};

/// Names become columns and attributes: throws ConfigError where two outputs share one, or where
/// one is that of an input column or of a row's status.
void check_names(std::span<const PipelineOutput> outputs);

class Pipeline {
 public:
  /// What the statements name is written, what it reads is added. `fused` false keeps kernels
  /// apart that could be one group (the contract test compares the two).
  Pipeline(const std::vector<Statement>& statements, const std::vector<Setting>& settings,
           bool fused = true);
  Pipeline(std::string_view text, const std::vector<Setting>& settings, bool fused = true);
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  /// Throws ConfigError where a node's parameters do not go together. Until all settings are there
  /// they may well not.
  void check() const;
  [[nodiscard]] const std::vector<PipelineOutput>& outputs() const noexcept { return outputs_; }
  /// What the row of a tick that was not accepted holds: NaN, and 0 where that means "shut".
  [[nodiscard]] const std::vector<double>& absent() const noexcept { return absent_; }
  /// What a row of another clock holds before the first tick: the same, and "not warm" as reason.
  [[nodiscard]] const std::vector<double>& initial() const noexcept { return initial_; }
  /// A node as others see it; inputs come before their readers.
  struct NodeFacts {
    std::string_view name;                  ///< in saved states
    std::vector<std::string> names;         ///< that the text gives it
    std::vector<std::string> columns = {};  ///< that it writes
    std::string_view kernel;
    bool plain;  ///< what its kernel's name alone would give
    bool written;
    std::vector<std::string> clocks;  ///< that it moves on: a feed's, or the name of a builder
    bool builds;
    std::string_view leader;          ///< that it names
    std::string_view zone;            ///< likewise
    std::string memory;               ///< how far back it depends on its inputs, in words
    std::string computes;             ///< kernel, state version and parameters
    std::vector<std::string> inputs;  ///< "index of the node.output"; "index.bars": on its clock
  };
  [[nodiscard]] std::vector<NodeFacts> nodes() const;
  /// `small`: its windows have little memory, and Graph::grow() comes before the first row.
  [[nodiscard]] std::unique_ptr<Graph> make_graph(bool small = false) const;
  [[nodiscard]] std::unique_ptr<BlockRunner> make_runner() const;
  /// Slots of one of a graph's nodes: those that it fills and those that it reads.
  struct UnitSlots {
    std::size_t first, width;
    std::vector<std::size_t> inputs;
  };
  /// In the order of a graph's nodes.
  [[nodiscard]] std::vector<UnitSlots> units() const;
  [[nodiscard]] std::size_t unit_count() const noexcept { return units_.size(); }
  /// Bytes of windows that make_graph() takes.
  [[nodiscard]] std::size_t graph_bytes() const;
  /// Rows and time behind which nothing of a graph's past is left but counts and what nodes carry
  /// from a row of any age, where times between rows are even; nothing: it never forgets.
  [[nodiscard]] std::optional<Reach> memory() const noexcept { return memory_; }
  /// How far back a node depends on its inputs, and whether a trade makes known what it carries.
  struct Memory {
    Reach reach;
    bool (*known)(const Params&, const Trade& trade, const Trade& before) noexcept;
    const Params* params;
    std::vector<std::size_t> inputs;  ///< nodes that it reads, all before it
  };
  /// By node, where memory() says something.
  [[nodiscard]] const std::vector<Memory>& memories() const noexcept { return memories_; }
  /// Whether all nodes move on trades alone, and so can run over blocks of them.
  [[nodiscard]] bool on_trades_alone() const noexcept { return on_trades_alone_; }
  /// Whether every node moves on one clock, and so make_merged_runner() can run events of several.
  [[nodiscard]] bool mergeable() const noexcept { return mergeable_; }
  [[nodiscard]] std::unique_ptr<MergedRunner> make_merged_runner() const;
  /// The leaders that nodes name.
  [[nodiscard]] const std::vector<std::string>& leaders() const noexcept { return leaders_; }
  /// Whether a node moves on this clock.
  [[nodiscard]] bool uses(Clock clock) const noexcept {
    return !plans_.of(clock).moves.empty() || builds_by_time();
  }
  /// By slot: whether rows of a clock show there what moves on this clock and no other.
  [[nodiscard]] std::vector<bool> moved_by(Clock clock, Clock rows) const;
  /// Whether there is a builder whose bars any event may complete.
  [[nodiscard]] bool builds_by_time() const noexcept;
  /// The clock of a name: that of a feed, or of a builder that the text names. Throws ConfigError.
  [[nodiscard]] Clock clock(std::string_view name) const;
  /// Room for the rows of a builder's clock, all outputs.
  [[nodiscard]] BarSink make_sink(Clock clock) const;

 private:
  struct Input {
    std::size_t node, output;
    friend bool operator==(const Input&, const Input&) = default;
  };
  /// An output that is written. A formula over several clocks is a node of each of them.
  struct Column {
    std::string name;
    const Statement* by;
    Input own;  ///< as rows of trades show it
    std::vector<std::pair<Clock, Input>> others =
        {};  ///< as those of other clocks do, if otherwise
  };
  struct PlannedNode {
    std::string name;
    std::size_t kernel;
    Params params;
    std::vector<Input> inputs = {};
    ClockSet clocks = {};            ///< that it moves on
    std::optional<Clock> bars = {};  ///< of a builder: that of its bars, on which its outputs tick
    std::vector<std::uint64_t> warmups = {};  ///< by output
    std::uint64_t warmup_ns = 0;
    std::size_t first = 0;                ///< slot of its first output
    std::vector<std::string> names = {};  ///< that the text gives it; nodes that are equal are one
    bool named = false, plain = false, written = false;
    Formula formula = {};
    [[nodiscard]] const KernelEntry& entry() const { return kernel_entry(kernel); }
    [[nodiscard]] ClockSet ticks() const { return bars ? ClockSet(*bars) : clocks; }
    /// The leader that it names; empty: none.
    [[nodiscard]] std::string_view leader() const { return text(kLeaderParam.name); }
    [[nodiscard]] bool reads_leader() const { return has(kLeaderParam.name); }
    [[nodiscard]] bool has(std::string_view param) const {
      return std::ranges::count(entry().spec->params, param, &ParamSpec::name) > 0;
    }
    /// Empty as well where there is no such parameter.
    [[nodiscard]] std::string_view text(std::string_view param) const {
      return has(param) ? std::string_view(params.text(param)) : std::string_view();
    }
  };
  /// Nodes that run as one: a kernel, or a group.
  struct Unit {
    std::vector<std::size_t> nodes = {};
    const GroupEntry* group = nullptr;
    Wiring wiring = {};
    std::optional<std::size_t> leader = {};  ///< that it names
  };
  class Resolver;

  std::vector<Column> resolve(const std::vector<Statement>& statements,
                              const std::vector<Setting>& settings);
  void form_units(bool fused);
  void find_leaders();
  [[nodiscard]] bool led_alike(const std::vector<std::size_t>& nodes) const;
  [[nodiscard]] std::unique_ptr<Node> make_node(const Unit& unit) const;
  void assign_slots();
  void plan_clocks(const std::vector<std::size_t>& written);
  void plan_builders();
  void plan_lapses();
  std::size_t see(Clock by, const Input& input, std::vector<Edge>& edges, bool row);
  [[nodiscard]] bool grows(std::size_t node) const;
  [[nodiscard]] static std::optional<Clock> market_of(const PlannedNode& node);
  [[nodiscard]] const PlannedNode& builder_of(Clock clock) const;
  [[nodiscard]] std::vector<Clock> clocks_beside_trades() const;
  void add_up_memory();

  std::vector<PlannedNode> nodes_;  // inputs come before their readers
  std::vector<std::string> leaders_;
  std::vector<Unit> units_;
  std::vector<PipelineOutput> outputs_;
  std::vector<double> absent_, initial_;  // by slot
  ClockPlans plans_;
  // Slot of an output -> that of what a clock sees of it, and of what its rows show, if otherwise.
  std::map<std::pair<std::size_t, Clock>, std::size_t> seen_, shown_;
  bool on_trades_alone_ = true, mergeable_ = true;
  std::optional<Reach> memory_ = Reach{};
  std::vector<Memory> memories_;
};

/// The nodes as one JSON array, for bindings.
[[nodiscard]] std::string nodes_json(const Pipeline& pipeline);

}  // namespace tickeng
