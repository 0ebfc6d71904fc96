// E-05: Renko bricks of a fixed price. With the last brick's close c, a trade at or above c + B
// makes bricks upwards; against the last direction the price must pass one brick more. All bricks
// that one trade makes are one row: `bricks` says how many, and which way.
//
// c begins at the first price, rounded to the nearest multiple of B. Closes are c = k B exactly as
// the product rounds; a price of 2^50 bricks or more makes none. `volume` is what was traded since
// the row before, the completing trade included.
#pragma once

#include <cmath>

#include "tickeng/kernel/kernel.hpp"
#include "tickeng/kernels/bar/open_bar.hpp"

namespace tickeng {

class RenkoBars {
 public:
  static constexpr ParamSpec kParams[] = {{.name = "brick",
                                           .fallback = 1.0,
                                           .low = 1e-12,
                                           .high = 1e12,
                                           .unit = "price",
                                           .doc = "height of a brick"}};
  static constexpr KernelSpec spec{
      .id = "E-05",
      .name = "renko_bars",
      .aliases = "renko",
      .summary = "bricks of equal height",
      .formula = "up while p >= c + B, down while p <= c - B; against the last one 2 B",
      .source = "S4 RenkoBarGenerator",
      .params = kParams,
      .outputs = std::span(kBarOutputs).first(9),
      .memory = Memory::kSerial,
      .state_version = 2,
      .oldest_state = 1};

  explicit RenkoBars(const Params& p) : brick_(p.real("brick")) {}

  void feed(const TradeStep& t) noexcept {
    if (!bar_.begun()) level_ = std::min(std::nearbyint(t.price / brick_), kMostBricks);
    bar_.add(t.price, t.qty, t.side);
    price_ = t.price;
  }
  [[nodiscard]] Built next(TimeNs now, BarStep& bar) noexcept {
    const double up = bricks(direction_ < 0.0, 1.0), down = bricks(direction_ > 0.0, -1.0);
    const double made = up > 0.0 ? up : -down;
    if (made == 0.0) return Built::kNothing;
    // A reversal begins one brick back, at the open of the last one.
    const double from = level_ + (made * direction_ < 0.0 ? std::copysign(1.0, made) : 0.0);
    level_ = from + made;
    direction_ = made > 0.0 ? 1.0 : -1.0;
    bar = bar_.take(now);
    bar.open = from * brick_;
    bar.close = level_ * brick_;
    bar.high = std::max(bar.high, bar.close);
    bar.low = std::min(bar.low, bar.close);
    bar.bricks = made;
    return Built::kBar;
  }
  [[nodiscard]] static std::uint64_t warmup(const Params&, std::size_t, WarmupInputs) { return 0; }
  void reset() noexcept {
    bar_ = {};
    level_ = 0.0;
    direction_ = 0.0;
  }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(bar_);
    v.number("level", level_);
    v.number("direction", direction_);
    v.number("price", price_);
  }

 private:
  /// How many bricks this way the price allows; `against`: the last one went the other way.
  [[nodiscard]] double bricks(bool against, double way) const noexcept {
    const double from = level_ + (against ? way : 0.0), at = price_ / brick_;
    if (!(at < kMostBricks)) return 0.0;
    const double n = std::max(std::floor((at - from) * way), 0.0);  // the quotient may have rounded
    if (reached(from + (n + 1.0) * way, way)) return n + 1.0;
    return n > 0.0 && !reached(from + n * way, way) ? n - 1.0 : n;
  }
  /// Whether the price is at the level or beyond, as levels round.
  [[nodiscard]] bool reached(double level, double way) const noexcept {
    return way > 0.0 ? price_ >= level * brick_ : price_ <= level * brick_;
  }

  static constexpr double kMostBricks = 0x1p50;  // from here on levels would lie too close

  double brick_;
  OpenBar bar_;
  double level_ = 0.0;      // close of the last brick, in bricks
  double direction_ = 0.0;  // of the last brick; 0 before it
  double price_ = kNaN;
};

}  // namespace tickeng
