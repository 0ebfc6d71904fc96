// Kernels that the language itself has, besides those of the registry: the columns of a clock
// (`trade.price`) and formulas. They have no names of their own in a text.
#pragma once

#include <cstddef>

#include "tickeng/graph/registry.hpp"

namespace tickeng {

/// Of an index into the registry, or of one of these.
[[nodiscard]] const KernelEntry& kernel_entry(std::size_t kernel);
/// What has the columns of this clock as outputs.
[[nodiscard]] std::size_t column_kernel(Clock clock);
/// It has one output; a node's formula makes it, not its entry.
[[nodiscard]] std::size_t formula_kernel();

}  // namespace tickeng
