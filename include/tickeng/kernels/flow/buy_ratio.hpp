// C-21: buy ratio, the share of bought volume among the trades in (t - D, t], or the last W.
// A side that is not known counts half to each, so that this is (1 + TI)/2; no volume gives 0.5.
// Trap: a window by time that holds more than max_rows trades says nothing until they have left.
#pragma once

#include "tickeng/kernels/parts/signed_volume.hpp"

namespace tickeng {

class BuyRatio {
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

  explicit BuyRatio(const Params& p) : volume_(p) {}

  [[nodiscard]] Values<1> on(const TradeStep& t) noexcept {
    return {(1.0 + volume_.imbalance(t)) / 2.0};
  }
  [[nodiscard]] bool run(const TradeBlock& t, const Columns<0>&,
                         const OutColumns<1>& out) noexcept {
    volume_.run(t, out[0]);
    for (std::size_t i = 0; i < t.size; ++i) out[0][i] = (1.0 + out[0][i]) / 2.0;
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
  void follow(const BuyRatio& before) noexcept { volume_.follow(before.volume_); }
  void reset() noexcept { volume_.reset(); }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(volume_);
  }

 private:
  parts::SignedVolume volume_;
};

}  // namespace tickeng
