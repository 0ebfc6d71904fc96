// A selection of kernels with their parameters, resolved: what the schema, the warm-up and every
// symbol's graph follow from. "chain" selects everything that alpha needs, and the regime.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tickeng/graph/graph.hpp"

namespace tickeng {

/// One setting as bindings give it: kernel "k1", param "window", value 1024 (choices by index).
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

/// Names become columns and attributes: throws ConfigError where two outputs share one, or where
/// one is that of an input column or of a row's status.
void check_names(std::span<const PipelineOutput> outputs);

class Pipeline {
 public:
  /// `kernels`: names or aliases separated by commas, or "chain"; what they read is added.
  /// `fused` false forces the erased form (the contract test compares the two).
  Pipeline(std::string_view kernels, const std::vector<Setting>& settings, bool fused = true);

  [[nodiscard]] const std::vector<PipelineOutput>& outputs() const noexcept { return outputs_; }
  /// What the row of a tick that was not accepted holds: NaN, and 0 where that means "shut".
  [[nodiscard]] const std::vector<double>& absent() const noexcept { return absent_; }
  [[nodiscard]] std::unique_ptr<Graph> make_graph() const;
  /// Bytes of windows that make_graph() takes.
  [[nodiscard]] std::size_t graph_bytes() const;
  /// Ticks after which nothing of a graph's past is left but counts; nothing: it never forgets.
  [[nodiscard]] std::optional<std::uint64_t> memory() const noexcept { return memory_; }

 private:
  void select(std::string_view kernels);
  void resolve();
  void add_up_memory();

  std::vector<std::size_t> kernels_;              // registry indices, ascending
  std::vector<Params> params_;                    // one per kernel
  std::vector<std::vector<std::size_t>> inputs_;  // row slots that each kernel reads
  std::vector<PipelineOutput> outputs_;
  std::vector<double> absent_;
  std::optional<std::uint64_t> memory_ = 0;
  bool fused_;
};

}  // namespace tickeng
