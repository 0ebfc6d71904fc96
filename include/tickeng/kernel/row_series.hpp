// The rows of one clock of a symbol: how many there were, and the time since the one before. A step
// of that clock begins with what this says of it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tickeng/base/time.hpp"
#include "tickeng/kernel/spec.hpp"

namespace tickeng {

class RowSeries {
 public:
  /// Fills index, ts_ns and dt_s of the next row. ts_ns: its time as it was admitted, never before
  /// the last one's.
  template <class Step>
  void number(Step& step, TimeNs ts_ns) noexcept {
    step.index = index_;
    step.ts_ns = ts_ns;
    if constexpr (requires { step.dt_s; }) {
      step.dt_s = index_ == 0 ? kNaN : seconds_between(ts_ns_, ts_ns);
    }
    ++index_;
    ts_ns_ = ts_ns;
  }
  /// The same for a block of n > 0 rows.
  template <class Block>
  void gather(Block& block, const TimeNs* ts_ns, std::size_t n) noexcept {
    block.size = n;
    block.index = index_;
    block.ts_ns = ts_ns;
    block.dt_s[0] = index_ == 0 ? kNaN : seconds_between(ts_ns_, ts_ns[0]);
    for (std::size_t i = 1; i < n; ++i) block.dt_s[i] = seconds_between(ts_ns[i - 1], ts_ns[i]);
    index_ += n;
    ts_ns_ = ts_ns[n - 1];
  }
  [[nodiscard]] std::uint64_t count() const noexcept { return index_; }

  template <class Visitor>
  void state(Visitor& v) {
    v.number("index", index_);
    v.number("ts_ns", ts_ns_);
  }

 private:
  std::uint64_t index_ = 0;
  TimeNs ts_ns_ = kNoTime;
};

}  // namespace tickeng
