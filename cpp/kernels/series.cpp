// Registers the room series.
#include "tickeng/graph/entries.hpp"
#include "tickeng/kernels/series/list.hpp"

namespace tickeng {

std::span<const KernelEntry> series_kernels() {
  return entries(static_cast<SeriesKernels*>(nullptr));
}

}  // namespace tickeng
