// Registers the room quote.
#include "tickeng/graph/entries.hpp"
#include "tickeng/kernels/quote/list.hpp"

namespace tickeng {

std::span<const KernelEntry> quote_kernels() {
  return entries(static_cast<QuoteKernels*>(nullptr));
}

}  // namespace tickeng
