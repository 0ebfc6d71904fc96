// a clock of its own: rows at absolute multiples of a period, from the symbol's first event
// on.
//
// A row comes behind all events of its time, with the first event after it. Where more than 10,000
// rows would come at once, it begins anew, and so does all that moves on it.
#pragma once

#include "tickeng/kernel/kernel.hpp"
#include "tickeng/kernels/bar/period.hpp"

namespace tickeng {

class Timer {
 public:
  static constexpr ParamSpec kParams[] = {period_param(0.1, "between two rows")};
  static constexpr KernelSpec spec{.id = "A-13",
                                   .name = "timer",
                                   .aliases = "grid",
                                   .summary = "a clock that ticks at multiples of a period",
                                   .formula = "t = k period",
                                   .source = "S2, S3 grid features",
                                   .params = kParams,
                                   .outputs = std::span(kBarOutputs).first(0),
                                   .memory = Memory::kSerial,
                                   .state_version = 2,
                                   .oldest_state = 1};

  explicit Timer(const Params& p) : period_ns_(whole_ns(p.real("period"))) {}

  void feed(const TradeStep&) noexcept {}
  /// Just behind the next row's time.
  [[nodiscard]] TimeNs due() const noexcept { return next_ns_ == kNoTime ? kNoTime : next_ns_ + 1; }
  [[nodiscard]] Built next(TimeNs now, BarStep& row) noexcept {
    if (next_ns_ == kNoTime) next_ns_ = floor_to(now - 1, period_ns_) + period_ns_;
    if (next_ns_ >= now) return Built::kNothing;
    row = {.ts_ns = now};
    if (static_cast<std::uint64_t>((now - 1 - next_ns_) / period_ns_) >= kMostBars) {
      return Built::kRestart;
    }
    row.ts_ns = next_ns_;
    next_ns_ += period_ns_;
    return Built::kBar;
  }
  [[nodiscard]] static TimeNs period_ns(const Params&) { return 0; }
  [[nodiscard]] static std::uint64_t warmup(const Params&, std::size_t, WarmupInputs) { return 0; }
  void reset() noexcept { next_ns_ = kNoTime; }
  template <class Visitor>
  void state(Visitor& v) {
    v.number("next_ns", next_ns_);
  }

 private:
  TimeNs period_ns_;
  TimeNs next_ns_ = kNoTime;
};

}  // namespace tickeng
