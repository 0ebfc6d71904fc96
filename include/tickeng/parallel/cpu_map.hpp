// Which processors this process may use, in the order in which threads should have them: one
// hardware thread of every core first, their siblings after. Linux: the affinity mask of the
// calling thread (so a container's cpuset counts) and the topology under /sys.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tickeng {

struct CpuMap {
  std::vector<int> order;  ///< numbers of processors
  std::size_t cores = 0;   ///< as many from the front of `order` are cores of their own

  /// Where the topology cannot be read, every processor is taken for a core.
  [[nodiscard]] static CpuMap usable();
};

/// Binds the calling thread to one processor; empty, or why not.
[[nodiscard]] std::string pin_this_thread(int cpu);

}  // namespace tickeng
