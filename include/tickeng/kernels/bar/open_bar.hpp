// The bar that is being filled.
#pragma once

#include <algorithm>

#include "tickeng/kernel/bar_step.hpp"

namespace tickeng {

class OpenBar {
 public:
  /// A part of a trade: its price, how much of its quantity, and which way that went.
  void add(double price, double qty, double side) noexcept {
    if (trades_ == 0.0) open_ = high_ = low_ = price;
    high_ = std::max(high_, price);
    low_ = std::min(low_, price);
    close_ = price;
    volume_ += qty;
    signed_ += side * qty;
    value_ += price * qty;
    trades_ += 1.0;
  }
  [[nodiscard]] double volume() const noexcept { return volume_; }
  [[nodiscard]] double value() const noexcept { return value_; }
  [[nodiscard]] double trades() const noexcept { return trades_; }
  /// Whether there has been a trade, in this bar or before it.
  [[nodiscard]] bool begun() const noexcept { return close_ == close_; }

  /// The bar, complete at ts_ns; the next one begins. One without a trade carries the close.
  [[nodiscard]] BarStep take(TimeNs ts_ns) noexcept {
    const bool is_empty = trades_ == 0.0;
    const BarStep bar{.ts_ns = ts_ns,
                      .open = is_empty ? close_ : open_,
                      .high = is_empty ? close_ : high_,
                      .low = is_empty ? close_ : low_,
                      .close = close_,
                      .volume = volume_,
                      .signed_volume = signed_ + 0.0,
                      .vwap = volume_ > 0.0 ? std::clamp(value_ / volume_, low_, high_) : kNaN,
                      .trades = trades_};
    volume_ = signed_ = value_ = trades_ = 0.0;
    return bar;
  }

  template <class Visitor>
  void state(Visitor& v) {
    v.number("open", open_);
    v.number("high", high_);
    v.number("low", low_);
    v.number("close", close_);
    v.number("volume", volume_);
    v.number("signed", signed_);
    v.number("value", value_);
    v.number("trades", trades_);
  }

 private:
  double open_ = kNaN, high_ = kNaN, low_ = kNaN, close_ = kNaN;
  double volume_ = 0.0, signed_ = 0.0, value_ = 0.0, trades_ = 0.0;
};

}  // namespace tickeng
