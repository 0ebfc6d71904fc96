// The bars that one symbol is fed as such, on their way in. Spec: A-06.
#pragma once

#include <algorithm>
#include <cmath>

#include "tickeng/engine/event_feed.hpp"
#include "tickeng/event/events.hpp"
#include "tickeng/kernel/bar_step.hpp"

namespace tickeng {

class BarFeed : public EventFeed {
 public:
  /// Counts a bar, and takes it if it may be: low <= open, close <= high, and what else it tells
  /// within that and within its volume.
  [[nodiscard]] Status admit(Bar& bar, bool clamps, TimeRule& time) noexcept {
    for (const double price : {bar.open, bar.high, bar.low, bar.close}) {
      if (!is_price(price)) return reject(RejectReason::kPrice);
    }
    if (bar.low > std::min(bar.open, bar.close) || bar.high < std::max(bar.open, bar.close)) {
      return reject(RejectReason::kPrice);
    }
    if (bar.vwap < bar.low * (1 - kRounding) || bar.vwap > bar.high * (1 + kRounding)) {
      return reject(RejectReason::kPrice);
    }
    for (const double count : {bar.volume, bar.trades}) {
      if (count == count && !is_qty(count)) return reject(RejectReason::kQty);
    }
    if (std::abs(bar.signed_volume) > bar.volume * (1 + kRounding))
      return reject(RejectReason::kQty);
    return EventFeed::admit(bar.ts_ns, clamps, time);
  }
  /// What kernels see of the one that was just taken, but for its number.
  [[nodiscard]] BarStep step(const Bar& bar) noexcept {
    const BarStep step{.ts_ns = bar.ts_ns,
                       .open = bar.open,
                       .high = bar.high,
                       .low = bar.low,
                       .close = bar.close,
                       .volume = bar.volume,
                       .signed_volume = bar.signed_volume,
                       .vwap = bar.vwap,
                       .trades = bar.trades,
                       .previous = previous_};
    previous_ = bar.close;
    return step;
  }
  void restart() noexcept {
    EventFeed::restart();
    previous_ = kNaN;
  }

  template <class Visitor>
  void state(Visitor& v) {
    EventFeed::state(v);
    v.number("previous", previous_);
  }

 private:
  static constexpr double kRounding = 1e-9;  // of who summed it

  double previous_ = kNaN;
};

}  // namespace tickeng
