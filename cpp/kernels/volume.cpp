// Registers the room volume.
#include "tickeng/graph/entries.hpp"
#include "tickeng/kernels/volume/list.hpp"

namespace tickeng {

std::span<const KernelEntry> volume_kernels() {
  return entries(static_cast<VolumeKernels*>(nullptr));
}

}  // namespace tickeng
