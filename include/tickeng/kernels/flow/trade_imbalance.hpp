// C-17: trade imbalance, signed over whole volume of the trades in (t - D, t], or of the last W.
// No volume gives 0; a side that is not known counts in the whole alone.
// Trap: a window by time that holds more than max_rows trades says nothing until they have left.
#pragma once

#include "tickeng/kernels/parts/signed_volume.hpp"

namespace tickeng {

class TradeImbalance {
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

  explicit TradeImbalance(const Params& p) : volume_(p) {}

  [[nodiscard]] Values<1> on(const TradeStep& t) noexcept { return {volume_.imbalance(t)}; }
  [[nodiscard]] bool run(const TradeBlock& t, const Columns<0>&,
                         const OutColumns<1>& out) noexcept {
    volume_.run(t, out[0]);
    return true;
  }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs) {
    return parts::SignedVolume::warmup(p);
  }
  [[nodiscard]] static std::uint64_t warmup_ns(const Params& p) {
    return parts::SignedVolume::warmup_ns(p);
  }
  [[nodiscard]] static std::uint64_t memory(const Params& p) {
    return parts::SignedVolume::memory(p);
  }
  [[nodiscard]] static std::uint64_t memory_ns(const Params& p) {
    return parts::SignedVolume::memory_ns(p);
  }
  [[nodiscard]] Health health() const noexcept { return volume_.health(); }
  void forget_health() noexcept { volume_.forget_health(); }
  void follow(const TradeImbalance& before) noexcept { volume_.follow(before.volume_); }
  void reset() noexcept { volume_.reset(); }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(volume_);
  }

 private:
  parts::SignedVolume volume_;
};

}  // namespace tickeng
