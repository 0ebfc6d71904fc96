// Registers the room regime.
#include "tickeng/graph/entries.hpp"
#include "tickeng/kernels/regime/list.hpp"

namespace tickeng {

std::span<const KernelEntry> regime_kernels() {
  return entries(static_cast<RegimeKernels*>(nullptr));
}

}  // namespace tickeng
