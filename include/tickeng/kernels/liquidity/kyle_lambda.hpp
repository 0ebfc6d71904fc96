// C-15: Kyle's lambda without quotes: the slope of price changes on signed volume over intervals of
// M trades (parts/interval_impact.hpp). The price just before a trade is that of the trade before;
// the first interval has none and is left out.
// Trap: this is a regression slope in price per unit; `impact` (C-07) is a ratio.
#pragma once

#include "tickeng/kernels/parts/interval_impact.hpp"

namespace tickeng {

class KyleLambda : public parts::IntervalImpact {
 public:
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "kyle_lambda", .unit = "price/base", .range = "R"},
      {.name = "kyle_lambda_t", .range = "R"}};
  static constexpr KernelSpec spec{.id = "C-15",
                                   .name = "kyle_lambda",
                                   .aliases = "",
                                   .summary = "price change per signed volume, by regression",
                                   .formula = "cov(dp, Q)/var(Q)",
                                   .source = "S4 KylesLambda",
                                   .params = kParams,
                                   .outputs = kOutputSpecs,
                                   .state_version = 2};

  using IntervalImpact::IntervalImpact;

  [[nodiscard]] Values<2> on(const TradeStep& t) noexcept {
    const Values<2> out = push(price_, t.signed_qty);
    price_ = t.price;
    return out;
  }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs) {
    return (p.size("window") + 1) * p.size("interval");
  }
  /// From the trade before the oldest interval to the last trade of the open one.
  [[nodiscard]] static std::uint64_t memory(const Params& p) {
    return (p.size("window") + 1) * p.size("interval") + 1;
  }
  void reset() noexcept {
    IntervalImpact::reset();
    price_ = kNaN;
  }
  template <class Visitor>
  void state(Visitor& v) {
    IntervalImpact::state(v);
    v.number("price", price_);
  }

 private:
  double price_ = kNaN;
};

}  // namespace tickeng
