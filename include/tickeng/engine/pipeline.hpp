// A selection of kernels with their parameters, resolved: what the schema, the warm-up and every
// symbol's graph follow from. "chain" selects everything that alpha needs, and the regime.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tickeng/engine/graph.hpp"

namespace tickeng {

/// One setting as bindings give it: kernel "k1", param "window", value 1024 (choices by place).
struct Setting {
  std::string kernel;
  std::string param;
  double value = 0.0;
};

struct PipelineOutput {
  std::string_view name;
  std::string_view kernel;
  bool flag = false;
  std::uint64_t warmup = 0;  ///< 0-based index of the first value
};

class Pipeline {
 public:
  /// `kernels`: names or aliases separated by commas, or "chain"; what they read is added.
  /// `fused` false forces the erased form (the contract test compares the two).
  Pipeline(std::string_view kernels, const std::vector<Setting>& settings, bool fused = true);

  [[nodiscard]] const std::vector<PipelineOutput>& outputs() const noexcept { return outputs_; }
  [[nodiscard]] std::unique_ptr<Graph> make_graph() const;
  /// Ticks after which nothing of a graph's past is left but counts; nothing: it never forgets.
  [[nodiscard]] std::optional<std::uint64_t> memory() const noexcept { return memory_; }

 private:
  void select(std::string_view kernels);
  void resolve();
  void add_up_memory();

  std::vector<std::size_t> kernels_;              // registry places, ascending
  std::vector<Params> params_;                    // one per kernel
  std::vector<std::vector<std::size_t>> inputs_;  // row places each kernel reads
  std::vector<PipelineOutput> outputs_;
  std::optional<std::uint64_t> memory_ = 0;
  bool fused_;
};

}  // namespace tickeng
