// Registers the room book.
#include "tickeng/graph/entries.hpp"
#include "tickeng/kernels/book/list.hpp"

namespace tickeng {

std::span<const KernelEntry> book_kernels() { return entries(static_cast<BookKernels*>(nullptr)); }

}  // namespace tickeng
