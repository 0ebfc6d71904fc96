// A feed of one symbol's events: which of them are taken, and what became of the others. Spec:
//
#pragma once

#include <cstdint>

#include "tickeng/engine/clock.hpp"
#include "tickeng/engine/counters.hpp"

namespace tickeng {

class EventFeed {
 public:
  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }
  [[nodiscard]] TimeNs last_ns() const noexcept { return clock_.last_ns(); }
  /// Why the last rejected one was.
  [[nodiscard]] RejectReason last_reject() const noexcept { return last_reject_; }
  /// Events that never came here.
  void count_dropped(std::uint64_t n) noexcept {
    counters_.in += n;
    counters_.dropped += n;
  }
  /// Events that could not be read.
  void count_rejected(RejectReason why, std::uint64_t n) noexcept { counters_.reject(why, n); }
  void expect_gap() noexcept { clock_.expect_gap(counters_.processed); }
  /// Anew, but for the counters.
  void restart() noexcept { clock_ = {}; }

  template <class Visitor>
  void state(Visitor& v) {
    v.part(counters_);
    clock_.state(v, counters_.processed);
  }

 protected:
  /// Takes n rows that follow each other, the last one at this time.
  void take(std::uint64_t n, TimeNs last_ns) noexcept {
    counters_.in += n;
    counters_.processed += n;
    clock_.accept(last_ns);
  }
  /// Counts an event of sound values, and takes it if it may be; `ts_ns` becomes the time it is
  /// taken at. `clamps`: late ones are taken, at the time of the one before.
  [[nodiscard]] Status admit(TimeNs& ts_ns, bool clamps, TimeRule& time) noexcept {
    if (!time.covers(ts_ns)) return reject(RejectReason::kTimestamp);
    const StreamClock::Order order = clock_.judge(ts_ns, counters_.processed, time);
    if (order == StreamClock::Order::kJump) return reject(RejectReason::kJump);
    ++counters_.in;
    if (order == StreamClock::Order::kLate) {
      if (!clamps) {
        ++counters_.late;
        return Status::kLate;
      }
      ts_ns = clock_.last_ns();
    }
    ++counters_.processed;
    clock_.accept(ts_ns);
    return Status::kOk;
  }
  /// Counts an event that has come before.
  [[nodiscard]] Status repeat() noexcept {
    ++counters_.in;
    ++counters_.duplicate;
    return Status::kDuplicate;
  }
  [[nodiscard]] Status reject(RejectReason why) noexcept {
    counters_.reject(why);
    last_reject_ = why;
    return Status::kRejected;
  }
  [[nodiscard]] static bool is_price(double x) noexcept { return x > 0.0 && x <= 1e300; }
  [[nodiscard]] static bool is_qty(double x) noexcept { return x >= 0.0 && x <= 1e300; }

 private:
  StreamClock clock_;
  Counters counters_;
  RejectReason last_reject_ = RejectReason::kPrice;
};

}  // namespace tickeng
