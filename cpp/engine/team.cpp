#include "tickeng/engine/team.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace tickeng {

void call_on_team(std::size_t workers, std::size_t tasks, const TeamTask& task) {
  std::atomic<std::size_t> next = 0;
  std::mutex guard;
  std::exception_ptr fault;
  const auto work = [&](std::size_t worker) {
    try {
      // relaxed: the counter only shares out numbers; joining the threads publishes their work.
      for (std::size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < tasks;) {
        task(i, worker);
      }
    } catch (...) {
      const std::lock_guard lock(guard);
      if (!fault) fault = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> team;
    try {
      for (std::size_t w = 1; w < std::min(workers, tasks); ++w) team.emplace_back(work, w);
    } catch (const std::system_error&) {
      // Out of threads: those there are do all the tasks.
    }
    work(0);
  }
  if (fault) std::rethrow_exception(fault);
}

}  // namespace tickeng
