// Which stamps a stream may carry, and the clock of one stream of ticks: a symbol's, or a leader's.
//
// A tick that is more than max_jump_ns after the last accepted one is a jump: it is not taken, but
// its stamp is remembered. If the next tick that is in order continues from there, it is taken and
// time continues: a true gap costs one tick, a stray stamp only itself. A tick taken on the old
// side makes the clock forget the stray, so two strays apart do not confirm each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "tickeng/base/time.hpp"

namespace tickeng {

struct TimeRule {
  static constexpr TimeNs kNever = std::numeric_limits<TimeNs>::max();

  TimeNs min_ns = 0;
  TimeNs max_ns = kNever;
  TimeNs max_jump_ns = kNever;
  bool max_moves = false;  ///< max_ns is a day after the wall clock, as of the last look at it

  [[nodiscard]] bool within(TimeNs ts_ns) const noexcept {
    return ts_ns >= min_ns && ts_ns <= max_ns;
  }
  /// The same, after another look at the wall clock where that may help: an engine that is fed for
  /// more than a day continues.
  [[nodiscard]] bool covers(TimeNs ts_ns) noexcept {
    return within(ts_ns) || (max_moves && ts_ns > max_ns && look() && within(ts_ns));
  }
  /// Not before, and no jump; for stamps from 0 on. Nothing follows kNoTime.
  [[nodiscard]] bool follows(TimeNs before_ns, TimeNs ts_ns) const noexcept {
    return static_cast<std::uint64_t>(ts_ns) - static_cast<std::uint64_t>(before_ns) <=
           static_cast<std::uint64_t>(max_jump_ns);
  }
  /// Whether n > 0 stamps are all within bounds and follow each other, the first one `before_ns`
  /// (kNoTime: nothing). One vector loop: as they do not fall, no difference overflows.
  [[nodiscard]] bool in_order(const TimeNs* ts_ns, std::size_t n, TimeNs before_ns) const noexcept {
    std::size_t bad = starts(before_ns, ts_ns[0]) && ts_ns[n - 1] <= max_ns ? 0 : 1;
    for (std::size_t i = 1; i < n; ++i) {
      const auto step = static_cast<TimeNs>(static_cast<std::uint64_t>(ts_ns[i]) -
                                            static_cast<std::uint64_t>(ts_ns[i - 1]));
      bad += ((ts_ns[i] < ts_ns[i - 1]) | (step > max_jump_ns)) ? 1 : 0;
    }
    return bad == 0;
  }
  [[nodiscard]] bool starts(TimeNs before_ns, TimeNs ts_ns) const noexcept {
    return within(ts_ns) && (before_ns == kNoTime || follows(before_ns, ts_ns));
  }

 private:
  bool look() noexcept;  // always true
};

class StreamClock {
 public:
  enum class Order : std::uint8_t { kNext, kLate, kJump };

  /// Time of the last accepted tick; kNoTime before.
  [[nodiscard]] TimeNs last_ns() const noexcept { return last_ns_; }
  /// What a tick within bounds is to this stream, of which so many were accepted. A jump is
  /// remembered.
  [[nodiscard]] Order judge(TimeNs ts_ns, std::uint64_t accepted, const TimeRule& rule) noexcept {
    if (rule.follows(last_ns_, ts_ns)) [[likely]] {
      return Order::kNext;
    }
    return judge_rare(ts_ns, accepted, rule);
  }
  void accept(TimeNs ts_ns) noexcept { last_ns_ = ts_ns; }
  /// The next tick may come any time later: it is from another source.
  void expect_gap(std::uint64_t accepted) noexcept { remember(kAnyTime, accepted); }

  template <class Visitor>
  void state(Visitor& v, std::uint64_t accepted) {
    if (accepted != awaited_at_) awaited_ns_ = kNoTime;
    v.number("last_ns", last_ns_);
    v.number("awaited_ns", awaited_ns_);
    awaited_at_ = accepted;
  }
  /// As states of format 1 have it.
  void restore(TimeNs last_ns) noexcept { *this = {}, last_ns_ = last_ns; }

 private:
  static constexpr TimeNs kAnyTime = kNoTime + 1;

  void remember(TimeNs ts_ns, std::uint64_t accepted) noexcept {
    awaited_ns_ = ts_ns;
    awaited_at_ = accepted;
  }
  [[gnu::noinline]] Order judge_rare(TimeNs ts_ns, std::uint64_t accepted,
                                     const TimeRule& rule) noexcept {
    if (last_ns_ == kNoTime) return Order::kNext;
    if (ts_ns < last_ns_) return Order::kLate;
    if (accepted == awaited_at_ && (awaited_ns_ == kAnyTime || rule.follows(awaited_ns_, ts_ns))) {
      return Order::kNext;
    }
    remember(ts_ns, accepted);
    return Order::kJump;
  }

  TimeNs last_ns_ = kNoTime;
  TimeNs awaited_ns_ = kNoTime;   // the stamp of a jump, which holds
  std::uint64_t awaited_at_ = 0;  // while so many ticks are accepted
};

}  // namespace tickeng
