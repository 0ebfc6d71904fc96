// Registers the room toxicity.
#include "tickeng/graph/entries.hpp"
#include "tickeng/kernels/toxicity/list.hpp"

namespace tickeng {

std::span<const KernelEntry> toxicity_kernels() {
  return entries(static_cast<ToxicityKernels*>(nullptr));
}

}  // namespace tickeng
