// Registers the room bar.
#include "tickeng/graph/entries.hpp"
#include "tickeng/kernels/bar/list.hpp"

namespace tickeng {

std::span<const KernelEntry> bar_kernels() { return entries(static_cast<BarKernels*>(nullptr)); }

}  // namespace tickeng
