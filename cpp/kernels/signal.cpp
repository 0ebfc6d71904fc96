// Registers the room signal.
#include "tickeng/graph/entries.hpp"
#include "tickeng/kernels/signal/list.hpp"

namespace tickeng {

std::span<const KernelEntry> signal_kernels() {
  return entries(static_cast<SignalKernels*>(nullptr));
}

}  // namespace tickeng
