#include "tickeng/parallel/cpu_map.hpp"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>

namespace tickeng {
namespace {

/// A mask that has room for the machine's processors, however many there are.
std::vector<int> allowed_cpus() {
  for (std::size_t count = CPU_SETSIZE; count <= (1U << 20); count *= 2) {
    cpu_set_t* const set = CPU_ALLOC(count);
    if (set == nullptr) return {};
    const std::size_t bytes = CPU_ALLOC_SIZE(count);
    CPU_ZERO_S(bytes, set);
    std::vector<int> cpus;
    const bool known = sched_getaffinity(0, bytes, set) == 0;
    const bool again = !known && errno == EINVAL;  // the kernel's mask is longer
    for (std::size_t cpu = 0; known && cpu < count; ++cpu) {
      if (CPU_ISSET_S(cpu, bytes, set)) cpus.push_back(static_cast<int>(cpu));
    }
    CPU_FREE(set);
    if (!again) return cpus;
  }
  return {};
}

/// The processors that share the core, as the kernel writes them ("0,12"): the same text for each.
std::string core_of(int cpu) {
  const std::string name = std::to_string(cpu);
  std::ifstream file("/sys/devices/system/cpu/cpu" + name + "/topology/thread_siblings_list");
  std::string siblings;
  return std::getline(file, siblings) && !siblings.empty() ? siblings : "cpu" + name;
}

}  // namespace

CpuMap CpuMap::usable() {
  CpuMap map;
  std::vector<int> siblings;
  std::set<std::string> cores;
  for (const int cpu : allowed_cpus()) {
    (cores.insert(core_of(cpu)).second ? map.order : siblings).push_back(cpu);
  }
  map.cores = map.order.size();
  map.order.insert(map.order.end(), siblings.begin(), siblings.end());
  return map;
}

std::string pin_this_thread(int cpu) {
  const auto count = static_cast<std::size_t>(cpu) + 1;
  cpu_set_t* const set = CPU_ALLOC(count);
  if (set == nullptr) return "out of memory";
  const std::size_t bytes = CPU_ALLOC_SIZE(count);
  CPU_ZERO_S(bytes, set);
  CPU_SET_S(static_cast<std::size_t>(cpu), bytes, set);
  const int failed = sched_setaffinity(0, bytes, set) == 0 ? 0 : errno;
  CPU_FREE(set);
  return failed == 0 ? "" : std::strerror(failed);
}

}  // namespace tickeng
