// C-17: trade imbalance, signed over whole volume of the trades in (t - D, t], or of the last W.
// No volume gives 0; a side that is not known counts in the whole alone.
// Trap: a window by time that holds more than max_rows trades says nothing until they have left.
#pragma once

#include "tickeng/kernels/parts/signed_volume.hpp"

namespace tickeng {

class TradeImbalance : public parts::SignedVolume {
 public:
  static constexpr ParamSpec kParams[] = {time_param(2'000'000'000, "trades taken in"),
                                          kMaxRowsParam, kWarmupParam};
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "trade_imbalance", .range = "[-1, 1]"}};
  static constexpr KernelSpec spec{.id = "C-17",
                                   .name = "trade_imbalance",
                                   .aliases = "ti",
                                   .summary = "signed over whole volume of the last trades",
                                   .formula = "sum v / sum q over (t - D, t]",
                                   .source = "S2 section 1",
                                   .params = kParams,
                                   .outputs = kOutputSpecs};

  using SignedVolume::SignedVolume;

  [[nodiscard]] Values<1> on(const TradeStep& t) noexcept { return {imbalance(t)}; }
  [[nodiscard]] bool run(const TradeBlock& t, const Columns<0>&,
                         const OutColumns<1>& out) noexcept {
    imbalances(t, out[0]);
    return true;
  }
};

}  // namespace tickeng
