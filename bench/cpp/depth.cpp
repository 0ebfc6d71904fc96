// What a book costs that is built from messages: `depth FILE REPS` of recorded ones, `depth N REPS`
// of changes that spread evenly over N levels a side. Prints ns a level that changed; with a third
// word ns a message, behind each of which the microprice of five levels a side is taken so often.
//
// FILE: little endian, of each message i64 first, last, previous, snapshot, bids, asks, then f64
// prices and quantities of bids, and of asks.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tape.hpp"
#include "tickeng/book/book_builder.hpp"

using namespace tickeng;

namespace {

struct Feed {
  std::vector<char> bytes;
  std::vector<DepthUpdate> messages;
  std::size_t levels = 0;

  void add(const std::int64_t (&head)[6], const double* at) {
    DepthUpdate update;
    update.first = head[0];
    update.last = head[1];
    update.previous = head[2];
    update.snapshot = head[3] != 0;
    const auto bids = static_cast<std::size_t>(head[4]), asks = static_cast<std::size_t>(head[5]);
    update.bids = {at, at + bids, bids};
    update.asks = {at + 2 * bids, at + 2 * bids + asks, asks};
    levels += bids + asks;
    messages.push_back(update);
  }
  explicit Feed(const char* path) {
    std::ifstream file(path, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(file), {});
    for (std::size_t at = 0; at < bytes.size();) {
      std::int64_t head[6];
      std::memcpy(head, bytes.data() + at, sizeof head);
      add(head, reinterpret_cast<const double*>(bytes.data() + at + sizeof head));
      at += sizeof head + 16 * static_cast<std::size_t>(head[4] + head[5]);
    }
  }
  /// A snapshot of n levels a side, then messages of ten changes anywhere among twice as many
  /// prices, half of them to nothing.
  explicit Feed(std::size_t n) {
    constexpr std::size_t kMessages = 20'000, kChanges = 10;
    bytes.resize(32 * n + kMessages * kChanges * 16);
    auto* at = reinterpret_cast<double*>(bytes.data());
    bench::Random random;
    const auto price = [&](double step, std::size_t k) {
      return 60'000.0 + step * (1.0 + static_cast<double>(k));
    };
    for (const double step : {-0.1, 0.1}) {
      double* const side = at + (step > 0 ? 2 * n : 0);
      for (std::size_t k = 0; k < n; ++k) side[k] = price(step, 2 * k), side[n + k] = 1.0;
    }
    const auto count = static_cast<std::int64_t>(n);
    add({DepthUpdate::kNoNumber, 1, DepthUpdate::kNoNumber, 1, count, count}, at);
    at += 4 * n;
    for (std::size_t m = 0; m < kMessages; ++m, at += 2 * kChanges) {
      const bool bids = random.uniform() < 0.5;
      for (std::size_t k = 0; k < kChanges; ++k) {
        const auto level =
            static_cast<std::size_t>(random.uniform() * 2.0 * static_cast<double>(n));
        at[k] = price(bids ? -0.1 : 0.1, level);
        at[kChanges + k] = random.uniform() < 0.5 ? 0.0 : 1.0 + random.uniform();
      }
      const auto number = static_cast<std::int64_t>(m) + 2;
      const std::int64_t changes = kChanges;
      add({number, number, number - 1, 0, bids ? changes : 0, bids ? 0 : changes}, at);
    }
  }
};

double microprice(const BookBuilder& book) {
  const BookSide bids = book.bids(), asks = book.asks();
  double value = 0.0, weight = 0.0;
  for (std::size_t k = 0; k < 5 && k < bids.levels && k < asks.levels; ++k) {
    value += bids.price[k] * asks.qty[k] + asks.price[k] * bids.qty[k];
    weight += bids.qty[k] + asks.qty[k];
  }
  return value / weight;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const long spread = std::strtol(argv[1], nullptr, 10);
  const Feed feed = spread > 0 ? Feed(static_cast<std::size_t>(spread)) : Feed(argv[1]);
  const long reps = std::strtol(argv[2], nullptr, 10);
  const long prices = argc > 3 ? std::strtol(argv[3], nullptr, 10) : 0;
  double sum = 0.0, best = 1e300;
  for (long rep = 0; rep < reps; ++rep) {
    BookBuilder book(Levels::kFront, 0);
    const auto begin = std::chrono::steady_clock::now();
    for (const DepthUpdate& update : feed.messages) {
      book.apply(update);
      for (long k = 0; k < prices; ++k) {
        asm volatile("" ::: "memory");
        sum += microprice(book);
      }
    }
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
    best = std::min(best, took.count());
    sum += static_cast<double>(book.counts().applied);
  }
  std::printf("%.3f\n", best / static_cast<double>(argc > 3 ? feed.messages.size() : feed.levels));
  return sum == 0.123 ? 1 : 0;
}
