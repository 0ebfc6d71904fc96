// Sides of one symbol's trades that came without one, as kernels/flow/trade_side.hpp tells them: by
// the mid of the quote that is the market strictly before the trade, or by the last change of
// price. A side that came is kept, and its price counts. Spec: A-15.
#pragma once

#include <cstdint>
#include <limits>

#include "tickeng/engine/engine_options.hpp"
#include "tickeng/event/events.hpp"

namespace tickeng {

class SideFeed {
 public:
  /// Of the trades that came without a side: by what it was inferred, and how many have none.
  struct Counts {
    std::uint64_t by_quote = 0, by_tick = 0, unknown = 0;
  };

  SideRule rule = SideRule::kGiven;

  [[nodiscard]] bool infers() const noexcept { return rule != SideRule::kGiven; }
  [[nodiscard]] const Counts& counts() const noexcept { return counts_; }
  /// That of the last trade.
  [[nodiscard]] std::int8_t last() const noexcept { return last_; }
  /// The quote that is the market from here on.
  void see(double bid, double ask) noexcept { mid_ = (bid + ask) / 2.0; }
  /// That of an accepted trade; `market`: whether that quote still is one.
  [[nodiscard]] std::int8_t of(const Trade& trade, bool market) noexcept {
    const bool first = price_ == 0.0;
    if (!first && trade.price != price_) tick_ = sign(trade.price, price_);
    price_ = trade.price;
    return last_ = trade.side != 0 ? trade.side : first ? none() : inferred(trade.price, market);
  }
  /// Anew, but for the counters.
  void restart() noexcept {
    price_ = 0.0;
    mid_ = std::numeric_limits<double>::quiet_NaN();
    tick_ = 0;
  }

  template <class Visitor>
  void state(Visitor& v) {
    v.number("price", price_);
    v.number("mid", mid_);
    v.number("tick", tick_);
    v.number("by_quote", counts_.by_quote);
    v.number("by_tick", counts_.by_tick);
    v.number("unknown", counts_.unknown);
  }

 private:
  [[nodiscard]] static std::int8_t sign(double a, double b) noexcept {
    return static_cast<std::int8_t>(static_cast<int>(a > b) - static_cast<int>(a < b));
  }
  [[nodiscard]] std::int8_t none() noexcept {
    ++counts_.unknown;
    return 0;
  }
  [[nodiscard]] std::int8_t inferred(double price, bool market) noexcept {
    const bool quoted = rule != SideRule::kTick && market && mid_ == mid_;
    const std::int8_t side = quoted ? sign(price, mid_) : std::int8_t{0};
    if (side != 0) {
      ++counts_.by_quote;
      return side;
    }
    if (tick_ == 0 || (quoted && rule == SideRule::kQuote)) return none();
    ++counts_.by_tick;
    return tick_;
  }

  Counts counts_;
  double price_ = 0.0;  // of the last trade; 0: none came
  double mid_ = std::numeric_limits<double>::quiet_NaN();
  std::int8_t tick_ = 0, last_ = 0;
};

}  // namespace tickeng
