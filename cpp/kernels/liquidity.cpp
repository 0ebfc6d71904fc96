// Registers the room liquidity.
#include "tickeng/graph/entries.hpp"
#include "tickeng/kernels/liquidity/list.hpp"

namespace tickeng {

std::span<const KernelEntry> liquidity_kernels() {
  return entries(static_cast<LiquidityKernels*>(nullptr));
}

}  // namespace tickeng
