// Registers the room decision.
#include "tickeng/graph/entries.hpp"
#include "tickeng/kernels/decision/list.hpp"

namespace tickeng {

std::span<const KernelEntry> decision_kernels() {
  return entries(static_cast<DecisionKernels*>(nullptr));
}

}  // namespace tickeng
