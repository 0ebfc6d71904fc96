// C-21: buy ratio, the share of bought volume among the trades in (t - D, t], or the last W.
// A side that is not known counts half to each, so that this is (1 + TI)/2; no volume gives 0.5.
// Trap: a window by time that holds more than max_rows trades says nothing until they have left.
#pragma once

#include "tickeng/kernels/parts/signed_volume.hpp"

namespace tickeng {

class BuyRatio : public parts::SignedVolume {
 public:
  static constexpr ParamSpec kParams[] = {time_param(2'000'000'000, "trades taken in"),
                                          kMaxRowsParam, kWarmupParam};
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "buy_ratio", .range = "[0, 1]"}};
  static constexpr KernelSpec spec{.id = "C-21",
                                   .name = "buy_ratio",
                                   .aliases = "",
                                   .summary = "share of bought volume among the last trades",
                                   .formula = "(1 + sum v / sum q)/2 over (t - D, t]",
                                   .source = "S2 section 1",
                                   .params = kParams,
                                   .outputs = kOutputSpecs};

  using SignedVolume::SignedVolume;

  [[nodiscard]] Values<1> on(const TradeStep& t) noexcept { return {(1.0 + imbalance(t)) / 2.0}; }
  [[nodiscard]] bool run(const TradeBlock& t, const Columns<0>&,
                         const OutColumns<1>& out) noexcept {
    imbalances(t, out[0]);
    for (std::size_t i = 0; i < t.size; ++i) out[0][i] = (1.0 + out[0][i]) / 2.0;
    return true;
  }
};

}  // namespace tickeng
