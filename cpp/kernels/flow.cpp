// Registers the room flow.
#include "tickeng/graph/entries.hpp"
#include "tickeng/kernels/flow/list.hpp"

namespace tickeng {

std::span<const KernelEntry> flow_kernels() { return entries(static_cast<FlowKernels*>(nullptr)); }

}  // namespace tickeng
