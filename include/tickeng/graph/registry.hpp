// The registry: the kernels of all rooms, erased, and the groups that are fused. Each room's list
// is kernels/<room>/list.hpp, registered in cpp/kernels/<room>.cpp; cpp/registry.cpp joins them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tickeng/graph/node.hpp"

namespace tickeng {

/// How far back something depends on its inputs.
struct Reach {
  std::uint64_t rows = 0, ns = 0;
};

struct KernelEntry {
  const KernelSpec* spec;
  ClockSet clocks;  ///< that it names; none: those of its inputs, or that of the bars it is given
  bool on_bars;     ///< it moves on the bars of a builder that the text names
  bool builds;      ///< it is such a builder
  bool skips;       ///< ticks on which an input is undefined are kept from it
  std::unique_ptr<Node> (*make)(const Params&, const Wiring&);
  std::uint64_t (*warmup)(const Params&, std::size_t output, WarmupInputs inputs);
  /// Time from its first defined input on after which it has a value, if rows alone do not say.
  std::uint64_t (*warmup_ns)(const Params&);
  /// Rows, and those of a time, behind which nothing of before them is left, inputs and what
  /// anchors aside; nothing: never.
  std::optional<Reach> (*memory)(const Params&);
  /// Of an anchored kernel: whether what it carries is known behind this trade, whatever was before
  /// it. Else null.
  bool (*anchors)(const Params&, const Trade& trade, const Trade& before) noexcept;
  /// Throws ConfigError where parameters do not go together.
  void (*check)(const Params&);
  /// Fills in what parameters leave to the clocks that the node moves on.
  void (*on_clocks)(Params&, ClockSet);
  /// Of a builder by time: between its bars, so that shorter frames come first; 0 for a timer.
  TimeNs (*period_ns)(const Params&);
  std::string_view room = {};  ///< set where the rooms are joined
};

/// Kernels in one straight piece of code, that read nothing but each other.
struct GroupEntry {
  std::span<const std::string_view> kernels;
  /// Whether kernels with these parameters can be fused.
  bool (*fits)(const std::vector<Params>&);
  std::unique_ptr<Node> (*make)(const std::vector<Params>&, const Wiring&);
};

[[nodiscard]] const std::vector<KernelEntry>& registry();
[[nodiscard]] std::span<const GroupEntry> groups();

/// The kernel that has this name or alias; throws ConfigError naming near ones.
[[nodiscard]] std::size_t find_kernel(std::string_view name);
[[nodiscard]] bool is_kernel(std::string_view name);
/// The kernel that gives this output; the registry's size where none does.
[[nodiscard]] std::size_t find_output(std::string_view name);

/// A parameter's value as the language has it; a choice as its index.
[[nodiscard]] std::string value_text(const ParamSpec& param, const ParamValue& value);
/// How far back a kernel with these parameters depends on its inputs, in words: none,
/// finite(20 rows), finite(4s), anchored(10024 rows) or serial.
[[nodiscard]] std::string memory_text(const KernelEntry& entry, const Params& params);

/// The registry as one JSON array, for bindings, documentation and the command.
[[nodiscard]] std::string catalogue_json();
/// The presets likewise.
[[nodiscard]] std::string presets_json();

}  // namespace tickeng
