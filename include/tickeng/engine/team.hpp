// Tasks spread over threads that live for one call: what a batch over many cores needs. Threads
// take the next task when they are done with one, so unequal tasks even out.
#pragma once

#include <cstddef>
#include <functional>

namespace tickeng {

using TeamTask = std::function<void(std::size_t, std::size_t)>;

/// on_team() of a task that is wrapped already.
void call_on_team(std::size_t workers, std::size_t tasks, const TeamTask& task);

/// Calls task(i, worker) for every i < tasks, on up to `workers` threads of which the caller is
/// one; worker < workers. The first exception of a task is thrown again when all have ended.
template <class Task>
void on_team(std::size_t workers, std::size_t tasks, const Task& task) {
  call_on_team(workers, tasks, std::cref(task));  // a copy of the task would take memory
}

}  // namespace tickeng
