// Registers the room momentum.
#include "tickeng/graph/entries.hpp"
#include "tickeng/kernels/momentum/list.hpp"

namespace tickeng {

std::span<const KernelEntry> momentum_kernels() {
  return entries(static_cast<MomentumKernels*>(nullptr));
}

}  // namespace tickeng
