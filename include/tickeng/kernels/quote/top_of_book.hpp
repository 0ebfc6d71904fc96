// the quote itself, and its time in two numbers that are exact, for those who read it as of.
//   time = quote_time_s whole seconds since 1970 and quote_time_ns, 0..999999999, beyond them
// A side that is empty has price NaN and size 0. Read on another clock, all are NaN once the quote
// is no market any more.
#pragma once

#include "tickeng/kernel/stateless.hpp"

namespace tickeng {

class TopOfBook : public Stateless {
 public:
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "best_bid", .unit = "price", .range = "> 0"},
      {.name = "best_bid_qty", .unit = "qty", .range = ">= 0"},
      {.name = "best_ask", .unit = "price", .range = "> 0"},
      {.name = "best_ask_qty", .unit = "qty", .range = ">= 0"},
      {.name = "quote_time_s", .unit = "s", .range = "whole"},
      {.name = "quote_time_ns", .unit = "ns", .range = "[0, 999999999]"}};
  static constexpr KernelSpec spec{.id = "A-02",
                                   .name = "top_of_book",
                                   .aliases = "bbo",
                                   .summary = "best bid and ask, their sizes and their time",
                                   .formula = "b, B, a, A, t",
                                   .source = "S2 section 1; S1; S4",
                                   .params = {},
                                   .outputs = kOutputSpecs};

  using Stateless::Stateless;

  [[nodiscard]] Values<6> on(const QuoteStep& q) noexcept {
    return {q.bid,
            q.bid_qty,
            q.ask,
            q.ask_qty,
            static_cast<double>(q.ts_ns / 1'000'000'000),
            static_cast<double>(q.ts_ns % 1'000'000'000)};
  }
};

}  // namespace tickeng
