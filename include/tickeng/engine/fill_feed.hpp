// The fills of one's own orders in one symbol, on their way in. Spec: A-12.
#pragma once

#include "tickeng/engine/event_feed.hpp"
#include "tickeng/event/events.hpp"

namespace tickeng {

class FillFeed : public EventFeed {
 public:
  /// Counts a fill, and takes it if it may be. It has a side.
  [[nodiscard]] Status admit(Fill& fill, bool clamps, TimeRule& time) noexcept {
    if (!is_price(fill.price)) return reject(RejectReason::kPrice);
    if (!is_qty(fill.qty)) return reject(RejectReason::kQty);
    if (fill.side != 1 && fill.side != -1) return reject(RejectReason::kSide);
    return EventFeed::admit(fill.ts_ns, clamps, time);
  }
};

}  // namespace tickeng
