// The ring between two pinned threads. Prints one line of JSON:
//   rings [ITEMS [ROUNDS]]   million items a second by item size and batch, best of ROUNDS, and the
//                            one-way latency of a 64-byte record (half of a round trip), ns
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "tickeng/parallel/cpu_map.hpp"
#include "tickeng/queue/parker.hpp"
#include "tickeng/queue/spsc_ring.hpp"

using namespace tickeng;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t kCapacity = 4096;

template <std::size_t Bytes>
struct alignas(Bytes) Item {
  std::uint64_t words[Bytes / 8];
};

void pin(std::size_t place) {
  static const CpuMap map = CpuMap::usable();  // before the first thread is pinned
  const std::string refusal = pin_this_thread(map.order[place % map.order.size()]);
  if (!refusal.empty()) std::fprintf(stderr, "not pinned: %s\n", refusal.c_str());
}

template <std::size_t Bytes>
double throughput(std::size_t items, std::size_t batch) {
  queue::SpscRing<Item<Bytes>> ring(kCapacity);
  std::uint64_t sum = 0;
  std::thread consumer([&] {
    pin(1);
    for (std::size_t got = 0; got < items;) {
      const auto span = ring.front(batch);
      for (const Item<Bytes>& item : span) sum += item.words[0];
      got += span.size();
      if (!span.empty()) ring.release(span.size());
    }
  });
  const auto start = Clock::now();
  for (std::uint64_t sent = 0; sent < items;) {
    const auto span = ring.claim(std::min<std::size_t>(batch, items - sent));
    for (Item<Bytes>& item : span) {
      std::uint64_t* const words = item.words;
      for (std::size_t w = 0; w < Bytes / 8; ++w) words[w] = sent + w;
      ++sent;
    }
    ring.publish();
  }
  consumer.join();
  const std::chrono::duration<double> took = Clock::now() - start;
  if (sum != items * (items - 1) / 2) std::abort();
  return static_cast<double>(items) / took.count() / 1e6;
}

/// There and back through two rings, spinning.
std::vector<double> latency(std::size_t trips) {
  queue::SpscRing<Item<64>> there(kCapacity), back(kCapacity);
  const auto bounce = [trips](auto& in, auto& out) {
    for (std::size_t i = 0; i < trips; ++i) {
      while (!in.ready()) queue::pause();
      const Item<64> item = in.front(1)[0];
      in.release(1);
      (void)out.has_room(1);
      out.stage() = item;
      out.publish();
    }
  };
  std::thread other([&] {
    pin(1);
    bounce(there, back);
  });
  std::vector<double> ns;
  for (std::size_t i = 0; i < trips; ++i) {
    const auto start = Clock::now();
    (void)there.has_room(1);
    there.stage() = {};
    there.publish();
    while (!back.ready()) queue::pause();
    (void)back.front(1);
    back.release(1);
    ns.push_back(std::chrono::duration<double, std::nano>(Clock::now() - start).count() / 2);
  }
  other.join();
  std::sort(ns.begin(), ns.end());
  return ns;
}

template <std::size_t Bytes>
void print_throughput(std::size_t items, int rounds) {
  std::printf("\"%zu bytes, M/s\": {", Bytes);
  for (const std::size_t batch : {1U, 8U, 64U, 256U}) {
    double best = 0;
    for (int r = 0; r < rounds; ++r) best = std::max(best, throughput<Bytes>(items, batch));
    std::printf("%s\"%zu\": %.1f", batch == 1 ? "" : ", ", batch, best);
  }
  std::printf("}, ");
}

}  // namespace

int main(int argc, char** argv) {
  const auto items = static_cast<std::size_t>(argc > 1 ? std::atoll(argv[1]) : 1'000'000);
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 20;
  pin(0);
  std::printf("{");
  print_throughput<32>(items, rounds);
  print_throughput<64>(items, rounds);
  std::vector<double> best;
  for (int r = 0; r < 5; ++r) {
    const std::vector<double> ns = latency(100'000);
    if (best.empty() || ns[ns.size() / 2] < best[best.size() / 2]) best = ns;
  }
  const auto at = [&](double q) {
    return best[static_cast<std::size_t>(q * static_cast<double>(best.size() - 1))];
  };
  std::printf(
      "\"one way, ns\": {\"p50\": %.0f, \"p99\": %.0f, \"p99.9\": %.0f, \"worst\": %.0f}}\n",
      at(0.5), at(0.99), at(0.999), at(1.0));
}
