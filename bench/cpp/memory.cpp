// What the machine moves and hands on. Prints one line of JSON:
//   memory [MIB]   triad a = b + 3 c over three arrays of MIB each (default 256), GB a second
//                  of the 24 bytes that a row names, by threads on processors of their own; ns to
//                  start and join a thread; how many cores one and two busy threads got (median)
// Trap: pages are touched by the thread that uses them, and the best of several rounds is quoted.
#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tickeng/parallel/cpu_map.hpp"

using namespace tickeng;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int kRounds = 8;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

struct Arrays {
  std::unique_ptr<double[]> a, b, c;
  std::size_t size;
  explicit Arrays(std::size_t n) : a(new double[n]), b(new double[n]), c(new double[n]), size(n) {
    std::fill_n(a.get(), n, 0.0);
    std::fill_n(b.get(), n, 1.0);
    std::fill_n(c.get(), n, 2.0);
  }
  void triad() const {
    double* const to = a.get();
    const double *const x = b.get(), *const y = c.get();
    for (std::size_t i = 0; i < size; ++i) to[i] = x[i] + 3.0 * y[i];
  }
};

/// GB a second of `threads` together: the rows of all by the time of the slowest, best round.
double triad(std::size_t rows, std::size_t threads) {
  const CpuMap map = CpuMap::usable();
  std::vector<std::unique_ptr<Arrays>> arrays(threads);
  const auto together = [&](const auto& work) {
    std::vector<std::thread> team;
    for (std::size_t t = 0; t < threads; ++t) {
      team.emplace_back([&, t] {
        (void)pin_this_thread(map.order[t % map.order.size()]);
        work(t);
      });
    }
    for (std::thread& thread : team) thread.join();
  };
  together([&](std::size_t t) { arrays[t] = std::make_unique<Arrays>(rows / threads); });
  double best = 1e9;
  for (int r = 0; r < kRounds; ++r) {
    const auto start = Clock::now();
    together([&](std::size_t t) { arrays[t]->triad(); });
    best = std::min(best, seconds_since(start));
  }
  for (const auto& a : arrays) {
    if (a->a[a->size / 2] != 7.0) std::abort();
  }
  return 24e-9 * static_cast<double>(rows) / best;
}

double thread_ns() {
  double best = 1e9;
  for (int r = 0; r < 200; ++r) {
    const auto start = Clock::now();
    std::thread([] {}).join();
    best = std::min(best, seconds_since(start));
  }
  return 1e9 * best;
}

/// Time of processors that `threads` busy threads got, by the clock on the wall.
double cores(std::size_t threads) {
  constexpr double kSlice = 0.05;
  std::vector<double> got;
  for (int r = 0; r < 15; ++r) {
    std::atomic<std::int64_t> used_ns = 0;
    std::vector<std::thread> team;
    const auto start = Clock::now();
    for (std::size_t t = 0; t < threads; ++t) {
      team.emplace_back([&] {
        while (seconds_since(start) < kSlice) {
        }
        timespec own;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &own);
        used_ns += own.tv_sec * 1'000'000'000 + own.tv_nsec;
      });
    }
    for (std::thread& thread : team) thread.join();
    got.push_back(1e-9 * static_cast<double>(used_ns) / seconds_since(start));
  }
  std::sort(got.begin(), got.end());
  return got[got.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const auto mib = static_cast<std::size_t>(argc > 1 ? std::atoll(argv[1]) : 256);
  const std::size_t rows = mib * (1U << 20) / sizeof(double);
  std::printf("{\"cores got\": {\"1\": %.2f, ", cores(1));
  std::printf("\"2\": %.2f}, \"triad, GB/s\": {", cores(2));
  std::printf("\"1\": %.2f, ", triad(rows, 1));
  std::printf("\"2\": %.2f}, \"thread, ns\": %.0f}\n", triad(rows, 2), thread_ns());
}
