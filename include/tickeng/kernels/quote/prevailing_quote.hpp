// at each trade the last quote strictly before it, and how old that is.
//   b, B, a, A;  quote_age = seconds from its time to the trade's
// A quote of the trade's own time may show the trade already and is not seen. NaN before the first
// quote and while the last one is no market (max_quote_age, hold_good). A side that is empty has
// price NaN and size 0.
#pragma once

#include "tickeng/kernel/stateless.hpp"

namespace tickeng {

class PrevailingQuote : public Stateless {
 public:
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "prevailing_bid", .unit = "price", .range = "> 0"},
      {.name = "prevailing_bid_qty", .unit = "qty", .range = ">= 0"},
      {.name = "prevailing_ask", .unit = "price", .range = "> 0"},
      {.name = "prevailing_ask_qty", .unit = "qty", .range = ">= 0"},
      {.name = "quote_age", .unit = "s", .range = ">= 0 in order of time"}};
  static constexpr std::string_view kInputNames[] = {
      "best_bid", "best_bid_qty", "best_ask", "best_ask_qty", "quote_time_s", "quote_time_ns"};
  static constexpr KernelSpec spec{.id = "A-16",
                                   .name = "prevailing_quote",
                                   .aliases = "asof_quote",
                                   .summary = "the quote that a trade met, and its age",
                                   .formula = "b, B, a, A of the last quote before; t - its time",
                                   .source = "S1 create_microstructure_features",
                                   .params = {},
                                   .outputs = kOutputSpecs,
                                   .inputs = kInputNames,
                                   .sees_undefined = true};

  using Stateless::Stateless;

  [[nodiscard]] Values<5> on(const TradeStep& t, const Values<6>& in) noexcept {
    const auto [bid, bid_qty, ask, ask_qty, second, ns] = in;
    const double whole = static_cast<double>(t.ts_ns / 1'000'000'000) - second;
    const double rest = static_cast<double>(t.ts_ns % 1'000'000'000) - ns;
    return {bid, bid_qty, ask, ask_qty, (whole * 1e9 + rest) / 1e9};
  }
};

}  // namespace tickeng
