// The ring, the parker and the tally between three threads: a producer that blocks, drops or gives
// up when the ring is full, a consumer, and somebody who reads the counters all the time. Every
// item must arrive once and in order, or be counted. Under ThreadSanitizer `ring_stress MUTANT`
// runs with one planted weakness, which the sanitizer must report (tests/threads/run.py).
//   ring_stress [items a case]      ring_stress MUTANT
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <thread>

#include "tickeng/event/record.hpp"
#include "tickeng/queue/parker.hpp"
#include "tickeng/queue/spsc_ring.hpp"
#include "tickeng/queue/tally.hpp"

namespace {

using tickeng::Record;
using tickeng::queue::Parker;

enum class Mutant { kNone, kPublish, kObserve, kRelease, kReclaim, kTally, kFlag };
constexpr std::string_view kMutants[] = {
    "none",          "relaxed_publish", "relaxed_observe", "relaxed_release", "relaxed_reclaim",
    "plain_counter", "plain_stop_flag"};
Mutant mutant = Mutant::kNone;

/// The orders of the product, of which one may be weakened.
struct Weakened {
  static std::memory_order unless(Mutant m, std::memory_order order) {
    return mutant == m ? std::memory_order_relaxed : order;
  }
  using Sound = tickeng::queue::RingOrder;
  static std::memory_order publish() { return unless(Mutant::kPublish, Sound::publish()); }
  static std::memory_order observe() { return unless(Mutant::kObserve, Sound::observe()); }
  static std::memory_order release() { return unless(Mutant::kRelease, Sound::release()); }
  static std::memory_order reclaim() { return unless(Mutant::kReclaim, Sound::reclaim()); }
  class Flag {
   public:
    void set() noexcept {
      if (mutant == Mutant::kFlag) {
        plain_ = true;
      } else {
        sound_.set();
      }
    }
    [[nodiscard]] bool is_set() const noexcept {
      return mutant == Mutant::kFlag ? plain_ : sound_.is_set();
    }

   private:
    volatile bool plain_ = false;
    Sound::Flag sound_;
  };
};

class Count {
 public:
  void add() noexcept {
    if (mutant == Mutant::kTally) {
      plain_ = plain_ + 1;
    } else {
      sound_.add();
    }
  }
  [[nodiscard]] std::uint64_t get() const noexcept {
    return mutant == Mutant::kTally ? plain_ : sound_.get();
  }

 private:
  volatile std::uint64_t plain_ = 0;
  tickeng::queue::Tally sound_;
};

enum class OnFull { kBlock, kDrop, kError };

struct Case {
  std::size_t capacity;
  OnFull on_full;
  bool sleeps;
  std::uint64_t items;
};

/// One feed from start to end; false when an item was lost, doubled, damaged or not counted.
class Feed {
 public:
  explicit Feed(const Case& c)
      : case_(c), ring_(c.capacity), data_(20, c.sleeps), room_(20, c.sleeps) {}

  bool run() {
    std::thread consumer([this] { consume(); });
    std::thread reader([this] {
      // relaxed: it ends soon enough. What it reads must be whole numbers that only grow.
      for (std::uint64_t last = 0; !over_.load(std::memory_order_relaxed);) {
        const std::uint64_t now = popped_.get();
        if (now < last || ring_.size() > case_.capacity) sound_ = false;
        last = now;
        std::this_thread::yield();
      }
    });
    produce();
    consumer.join();
    over_.store(true, std::memory_order_relaxed);
    reader.join();
    return sound_ && pushed_.get() == popped_.get() &&
           pushed_.get() + dropped_.get() == case_.items;
  }

 private:
  void produce() {
    for (std::uint64_t seq = 0; seq < case_.items; ++seq) {
      if (!ring_.has_room(1)) {
        show();
        if (case_.on_full == OnFull::kDrop) {
          dropped_.add();
          continue;
        }
        while (!room_.wait([this] { return ring_.has_room(1); },
                           case_.on_full == OnFull::kBlock ? Parker::kForEver : 1000)) {
        }
      }
      Record& r = ring_.stage();
      r.seq = seq;
      r.trade.price = static_cast<double>(seq);
      pushed_.add();
      if (seq % 7 == 0) show();
    }
    show();
    ring_.close();
    data_.wake();
  }
  void show() {
    if (ring_.publish()) data_.wake();
  }
  void consume() {
    for (std::uint64_t next = 0;;) {
      data_.wait([this] { return ring_.ready() || ring_.closed(); });
      const auto records = ring_.front(64);
      if (records.empty()) {
        if (ring_.closed() && !ring_.ready()) return;
        continue;
      }
      for (const Record& r : records) {
        const bool in_order = case_.on_full == OnFull::kDrop ? r.seq >= next : r.seq == next;
        if (!in_order || r.trade.price != static_cast<double>(r.seq)) sound_ = false;
        next = r.seq + 1;
        popped_.add();
      }
      ring_.release(records.size());
      room_.wake();
    }
  }

  const Case case_;
  tickeng::queue::SpscRing<Record, Weakened> ring_;
  Parker data_, room_;
  Count pushed_, popped_, dropped_;
  std::atomic<bool> over_ = false, sound_ = true;
};

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t items = 200'000;
  for (std::size_t m = 0; argc > 1 && m < std::size(kMutants); ++m) {
    if (kMutants[m] == argv[1]) mutant = static_cast<Mutant>(m);
  }
  if (mutant != Mutant::kNone) {
    // What it computes may be wrong or right; the report is the sanitizer's.
    (void)Feed({8, OnFull::kBlock, false, items}).run();
    return 0;
  }
  if (argc > 1) items = std::strtoull(argv[1], nullptr, 10);
  int failures = 0;
  for (const std::size_t capacity : {2U, 8U, 1024U}) {
    for (const OnFull on_full : {OnFull::kBlock, OnFull::kDrop, OnFull::kError}) {
      for (const bool sleeps : {true, false}) {
        const bool good = Feed({capacity, on_full, sleeps, items}).run();
        failures += good ? 0 : 1;
        std::printf("%s  capacity %zu, %s, %s\n", good ? "ok  " : "FAIL", capacity,
                    on_full == OnFull::kBlock  ? "block"
                    : on_full == OnFull::kDrop ? "drop"
                                               : "error",
                    sleeps ? "sleeping" : "spinning");
      }
    }
  }
  return failures;
}
