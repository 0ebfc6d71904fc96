// The registry: every kernel of kernels/all.hpp, erased. Filled in cpp/registry.cpp, the only
// translation unit that sees the kernels.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tickeng/graph/graph.hpp"

namespace tickeng {

/// A kernel of any type, for selections that no fused group covers.
class AnyKernel {
 public:
  virtual ~AnyKernel() = default;
  /// `inputs` and `out` have the lengths of the spec.
  virtual void on(const TradeStep& t, const double* inputs, double* out) noexcept = 0;
  /// The same over a block, column by column.
  virtual void run(const TradeBlock& block, const double* const* inputs,
                   double* const* out) noexcept = 0;
  virtual void reset() noexcept = 0;
  /// See Graph.
  virtual void skip(std::uint64_t ticks) noexcept = 0;
  virtual void forget_health() noexcept = 0;
  virtual void follow(const AnyKernel& before) noexcept = 0;
  virtual void save(ByteWriter& out) = 0;
  virtual void load(const NamedStates& states) = 0;
  [[nodiscard]] virtual std::unique_ptr<AnyKernel> clone() const = 0;
  /// Nothing where nothing is scored.
  [[nodiscard]] virtual std::optional<Health> health() const noexcept = 0;
};

struct KernelEntry {
  const KernelSpec* spec;
  std::unique_ptr<AnyKernel> (*make)(const Params&);
  std::uint64_t (*warmup)(const Params&, std::size_t output, WarmupInputs inputs);
  /// Ticks after which nothing of before them is left, inputs aside; nothing: never.
  std::optional<std::uint64_t> (*memory)(const Params&);
};

/// In the order of kernels/all.hpp: inputs come before their readers.
[[nodiscard]] std::span<const KernelEntry> registry();

/// The kernel that has this name or alias; throws ConfigError naming near ones.
[[nodiscard]] std::size_t find_kernel(std::string_view name);

/// A fused graph for exactly these kernels, or null when no group covers them.
[[nodiscard]] std::unique_ptr<Graph> make_fused(std::span<const std::size_t> kernels,
                                                const std::vector<Params>& params);

/// The registry as one JSON array, for bindings, documentation and the command.
[[nodiscard]] std::string catalogue_json();

}  // namespace tickeng
