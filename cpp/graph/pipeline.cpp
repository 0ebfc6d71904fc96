// Selection and resolution of kernels, and the erased graph.
#include "tickeng/graph/pipeline.hpp"

#include <algorithm>

#include "tickeng/base/error.hpp"
#include "tickeng/base/state_memory.hpp"
#include "tickeng/graph/registry.hpp"
#include "tickeng/graph/sweep.hpp"

namespace tickeng {
namespace {

constexpr std::size_t kMaxInputs = 16;
constexpr std::string_view kReserved[] = {"ts_ns", "recv_ns", "event_ns", "symbol",
                                          "price", "qty",     "side",     "id",
                                          "seq",   "row",     "status",   "kind"};

/// Any selection of kernels, one virtual call each.
class ErasedGraph final : public Graph {
 public:
  struct Node {
    std::unique_ptr<AnyKernel> kernel;
    const KernelSpec* spec;
    std::vector<std::size_t> inputs;  // row slots
    std::size_t offset;               // of its first output
  };

  ErasedGraph(std::vector<Node> nodes, std::size_t width)
      : nodes_(std::move(nodes)), width_(width), places_(width) {
    std::size_t flags = 0;
    for (const Node& node : nodes_) {
      for (const OutputSpec& o : node.spec->outputs) flags += o.type == OutputType::kFlag ? 1 : 0;
    }
    flags_.resize(flags);
  }

  void on(BaseSeries& base, const Trade& trade, TimeNs ts_ns, const LeaderPrice& leader,
          std::uint32_t flags, double* row) noexcept override {
    const TradeStep t = base.step(trade, ts_ns, leader, flags);
    double in[kMaxInputs];
    for (Node& node : nodes_) {
      for (std::size_t i = 0; i < node.inputs.size(); ++i) in[i] = row[node.inputs[i]];
      node.kernel->on(t, in, row + node.offset);
    }
  }
  void run(const TradeBlock& block, const OutputColumn* columns, std::size_t first,
           double* row) noexcept override {
    for (std::size_t c = 0, flag = 0; c < width_; ++c) {
      places_[c] = columns[c].real != nullptr ? columns[c].real + first : flags_[flag++].data();
    }
    const double* in[kMaxInputs];
    for (Node& node : nodes_) {
      for (std::size_t i = 0; i < node.inputs.size(); ++i) in[i] = places_[node.inputs[i]];
      node.kernel->run(block, in, places_.data() + node.offset);
    }
    for (std::size_t c = 0; c < width_; ++c) {
      row[c] = places_[c][block.size - 1];
      if (columns[c].flag != nullptr) to_flags(places_[c], block.size, columns[c].flag + first);
    }
  }
  void reset() noexcept override {
    for (Node& node : nodes_) node.kernel->reset();
  }
  void skip(std::uint64_t ticks) noexcept override {
    for (Node& node : nodes_) node.kernel->skip(ticks);
  }
  void forget_health() noexcept override {
    for (Node& node : nodes_) node.kernel->forget_health();
  }
  void follow(const Graph& before) noexcept override {
    const auto& graph = static_cast<const ErasedGraph&>(before);
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      nodes_[i].kernel->follow(*graph.nodes_[i].kernel);
    }
  }
  void save(ByteWriter& out) override {
    out.number(static_cast<std::uint32_t>(nodes_.size()));
    for (Node& node : nodes_) node.kernel->save(out);
  }
  void load(ByteReader& in) override {
    const NamedStates states(in);
    for (Node& node : nodes_) node.kernel->load(states);
  }
  [[nodiscard]] std::unique_ptr<Graph> clone() const override {
    std::vector<Node> nodes;
    for (const Node& n : nodes_) nodes.push_back({n.kernel->clone(), n.spec, n.inputs, n.offset});
    return std::make_unique<ErasedGraph>(std::move(nodes), width_);
  }
  [[nodiscard]] std::vector<KernelHealth> health() const override {
    std::vector<KernelHealth> all;
    for (const Node& node : nodes_) {
      if (const auto h = node.kernel->health()) all.push_back({node.spec->name, *h});
    }
    return all;
  }

 private:
  std::vector<Node> nodes_;
  std::size_t width_;
  std::vector<double*> places_;            // where each output of the block under way goes
  std::vector<TradeBlock::Column> flags_;  // flags are computed as numbers first
};

}  // namespace

NamedStates::NamedStates(ByteReader& in) {
  const auto count = in.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < count; ++i) {
    Entry e;
    e.name = in.text();
    e.version = in.number<std::uint32_t>();
    e.bytes = in.text();
    entries_.push_back(e);
  }
}

NamedStates::Found NamedStates::find(const KernelSpec& spec) const {
  for (const Entry& e : entries_) {
    if (e.name != spec.name) continue;
    if (e.version <= spec.state_version && e.version >= spec.oldest_state) {
      return {ByteReader(e.bytes), e.version};
    }
    throw StateError("kernel " + std::string(spec.name) + " was saved with state version " +
                     std::to_string(e.version) + ", this build reads version " +
                     std::to_string(spec.state_version));
  }
  throw StateError("the saved state has no kernel " + std::string(spec.name));
}

void check_names(std::span<const PipelineOutput> outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const PipelineOutput& o = outputs[i];
    const auto refuse = [&o](const std::string& why) {
      throw ConfigError("output " + std::string(o.name) + " of kernel " + std::string(o.kernel) +
                        why);
    };
    if (std::ranges::find(kReserved, o.name) != std::end(kReserved)) {
      refuse(" has the name of a column that every row has already; rename the output");
    }
    for (const PipelineOutput& before : outputs.first(i)) {
      if (before.name == o.name) {
        refuse(" has the name of an output of kernel " + std::string(before.kernel) +
               "; select one of the two");
      }
    }
  }
}

Pipeline::Pipeline(std::string_view kernels, const std::vector<Setting>& settings, bool fused)
    : fused_(fused) {
  select(kernels == "chain" ? "alpha,regime" : kernels);
  for (const std::size_t k : kernels_) params_.emplace_back(*registry()[k].spec);
  for (const Setting& s : settings) {
    const auto it = std::find(kernels_.begin(), kernels_.end(), find_kernel(s.kernel));
    if (it == kernels_.end()) continue;  // a setting for a kernel that is not selected
    params_[static_cast<std::size_t>(it - kernels_.begin())].set(s.param, s.value);
  }
  resolve();
  check_names(outputs_);
  add_up_memory();
}

void Pipeline::select(std::string_view names) {
  std::vector<bool> chosen(registry().size());
  while (!names.empty()) {
    const std::size_t end = std::min(names.find(','), names.size());
    chosen[find_kernel(names.substr(0, end))] = true;
    names.remove_prefix(end == names.size() ? end : end + 1);
  }
  // Readers come after what they read, so one pass from the end finds everything needed.
  for (std::size_t k = chosen.size(); k-- > 0;) {
    if (!chosen[k]) continue;
    for (const std::string_view input : registry()[k].spec->inputs) {
      for (std::size_t j = 0; j < k; ++j) {
        for (const OutputSpec& o : registry()[j].spec->outputs) {
          if (o.name == input) chosen[j] = true;
        }
      }
    }
  }
  for (std::size_t k = 0; k < chosen.size(); ++k) {
    if (chosen[k]) kernels_.push_back(k);
  }
  if (kernels_.empty()) throw ConfigError("no kernel is selected");
}

void Pipeline::resolve() {
  for (std::size_t i = 0; i < kernels_.size(); ++i) {
    const KernelEntry& e = registry()[kernels_[i]];
    std::vector<std::size_t> slots;
    std::vector<std::uint64_t> warmups;
    for (const std::string_view input : e.spec->inputs) {
      const auto it = std::find_if(outputs_.begin(), outputs_.end(),
                                   [&](const PipelineOutput& o) { return o.name == input; });
      if (it == outputs_.end() || slots.size() == kMaxInputs) {
        throw ConfigError(std::string(e.spec->name) + " reads unknown " + std::string(input));
      }
      slots.push_back(static_cast<std::size_t>(it - outputs_.begin()));
      warmups.push_back(it->warmup);
    }
    inputs_.push_back(std::move(slots));
    for (std::size_t o = 0; o < e.spec->outputs.size(); ++o) {
      const OutputSpec& out = e.spec->outputs[o];
      outputs_.push_back({out.name, e.spec->name, out.type == OutputType::kFlag,
                          e.warmup(params_[i], o, warmups)});
      absent_.push_back(out.type == OutputType::kFlag ? 0.0 : out.absent);
    }
  }
}

/// Memories add up on the way from a trade to an output.
void Pipeline::add_up_memory() {
  std::vector<std::uint64_t> memories;  // of each output
  for (std::size_t i = 0; i < kernels_.size(); ++i) {
    const KernelEntry& e = registry()[kernels_[i]];
    const auto own = e.memory(params_[i]);
    if (!own) return memory_.reset();
    std::uint64_t read = 0;
    for (const std::size_t slot : inputs_[i]) read = std::max(read, memories[slot]);
    memories.insert(memories.end(), e.spec->outputs.size(), read + *own);
    memory_ = std::max(*memory_, read + *own);
  }
}

std::size_t Pipeline::graph_bytes() const {
  const std::size_t before = StateMemory::taken();
  (void)make_graph();
  return StateMemory::taken() - before;
}

std::unique_ptr<Graph> Pipeline::make_graph() const {
  if (fused_) {
    if (auto graph = make_fused(kernels_, params_)) return graph;
  }
  std::vector<ErasedGraph::Node> nodes;
  std::size_t offset = 0;
  for (std::size_t i = 0; i < kernels_.size(); ++i) {
    const KernelEntry& e = registry()[kernels_[i]];
    nodes.push_back({e.make(params_[i]), e.spec, inputs_[i], offset});
    offset += e.spec->outputs.size();
  }
  return std::make_unique<ErasedGraph>(std::move(nodes), offset);
}

}  // namespace tickeng
