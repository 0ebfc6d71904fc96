// A-14: the base series of a trade stream as outputs.
//   v = s q, r = ln(p/p_prev), dt in seconds (0 within one timestamp), x = ln p.
// The engine computes v, r and dt once per trade (BaseSeries); this kernel only shows them.
#pragma once

#include "tickeng/kernel/kernel.hpp"

namespace tickeng {

struct Base {
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "signed_qty", .unit = "base", .range = "R"},
      {.name = "log_return", .range = "R"},
      {.name = "dt_s", .unit = "s", .range = ">=0"},
      {.name = "log_price", .unit = "ln quote", .range = "R"}};
  static constexpr KernelSpec spec{
      .id = "A-14",
      .name = "base",
      .aliases = "",
      .summary = "base series v, r, dt and x",
      .formula = "v = s q; r = ln(p/p_prev); dt = t - t_prev; x = ln p",
      .source = "S0 engine stage 1",
      .params = {},
      .outputs = kOutputSpecs};

  explicit Base(const Params&) {}

  [[nodiscard]] Values<4> on(const TradeStep& t) noexcept {
    return {t.signed_qty, t.log_return, t.dt_s, log(t.price)};
  }
  [[nodiscard]] static std::uint64_t warmup(const Params&, std::size_t output, WarmupInputs) {
    return output == 1 || output == 2 ? 1 : 0;
  }
  void reset() noexcept {}
  template <class Visitor>
  void state(Visitor&) {}
};

}  // namespace tickeng
