// Registers the room volatility.
#include "tickeng/graph/entries.hpp"
#include "tickeng/kernels/volatility/list.hpp"

namespace tickeng {

std::span<const KernelEntry> volatility_kernels() {
  return entries(static_cast<VolatilityKernels*>(nullptr));
}

}  // namespace tickeng
