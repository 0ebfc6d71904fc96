// C-01: signed volume of the last 64 trades, OFI_n = sum v_{n-k}, k = 0..63, in base units.
// Often called OFI; order-flow imbalance of the literature is a quote quantity, hence the name
// here.
#pragma once

#include "tickeng/kernel/kernel.hpp"
#include "tickeng/kernels/parts/windows.hpp"

namespace tickeng {

class TradeFlow {
 public:
  static constexpr ParamSpec kParams[] = {window_param("window", 64, "trades summed", 1),
                                          kWarmupParam};
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "trade_flow", .unit = "base", .range = "R"}};
  static constexpr KernelSpec spec{.id = "C-01",
                                   .name = "trade_flow",
                                   .aliases = "trade_flow_64 ofi",
                                   .summary = "signed volume of the last trades",
                                   .formula = "sum_{k<W} v_{n-k}",
                                   .source = "S0 section 1",
                                   .params = kParams,
                                   .outputs = kOutputSpecs};

  TradeFlow(std::size_t window, Warmup warmup) : sum_(window, warmup) {}
  explicit TradeFlow(const Params& p) : TradeFlow(p.size("window"), p.choice<Warmup>("warmup")) {}

  [[nodiscard]] double push(double signed_qty) noexcept { return sum_.push(signed_qty); }
  [[nodiscard]] bool full() const noexcept { return sum_.full(); }
  [[nodiscard]] double peak(std::size_t n) const noexcept { return sum_.peak(n); }
  void run(const double* signed_qty, std::size_t n, double* y) noexcept {
    sum_.run(signed_qty, n, y);
  }
  [[nodiscard]] Values<1> on(const TradeStep& t) noexcept { return {push(t.signed_qty)}; }
  [[nodiscard]] bool run(const TradeBlock& t, const Columns<0>&,
                         const OutColumns<1>& out) noexcept {
    if (full()) run(t.signed_qty.data(), t.size, out[0]);
    return full();
  }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs) {
    return p.choice<Warmup>("warmup") == Warmup::kStrict ? p.size("window") - 1 : 0;
  }
  void reset() noexcept { sum_.reset(); }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(sum_);
  }

 private:
  parts::SumWindow sum_;
};

}  // namespace tickeng
