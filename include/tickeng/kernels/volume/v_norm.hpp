// C-06: dynamic volume normaliser, the 90th percentile of quantity over the last 10000 trades.
// Exact, linear interpolation. Uses q, not |v|: an unknown side has v = 0 although size traded.
#pragma once

#include "tickeng/kernel/kernel.hpp"
#include "tickeng/stat/rolling_quantile.hpp"

namespace tickeng {

class VNorm {
 public:
  static constexpr ParamSpec kParams[] = {
      window_param("window", 10000, "trades in the percentile", 1),
      {.name = "p", .fallback = 0.9, .low = 0.0, .high = 1.0, .doc = "quantile"},
      kWarmupParam};
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "v_norm", .unit = "base", .range = ">=0"}};
  static constexpr KernelSpec spec{.id = "C-06",
                                   .name = "v_norm",
                                   .aliases = "volume_norm",
                                   .summary = "90th percentile of trade size",
                                   .formula = "P90(q, 10000)",
                                   .source = "S0 section 4",
                                   .params = kParams,
                                   .outputs = kOutputSpecs};

  VNorm(std::size_t window, double p, Warmup warmup)
      : quantile_(window, p), strict_(warmup == Warmup::kStrict) {}
  explicit VNorm(const Params& p)
      : VNorm(p.size("window"), p.real("p"), p.choice<Warmup>("warmup")) {}

  [[nodiscard]] double value(const TradeStep& t) noexcept {
    const double value = quantile_.push(t.qty);
    return strict_ && !quantile_.full() ? kNaN : value;
  }
  [[nodiscard]] bool full() const noexcept { return quantile_.full(); }
  void run(const double* qty, std::size_t n, double* y) noexcept { quantile_.run(qty, n, y); }
  [[nodiscard]] Values<1> on(const TradeStep& t) noexcept { return {value(t)}; }
  [[nodiscard]] bool run(const TradeBlock& t, const Columns<0>&,
                         const OutColumns<1>& out) noexcept {
    if (full()) run(t.qty, t.size, out[0]);
    return full();
  }
  [[nodiscard]] static std::uint64_t warmup(const Params& p, std::size_t, WarmupInputs) {
    return p.choice<Warmup>("warmup") == Warmup::kStrict ? p.size("window") - 1 : 0;
  }
  void reset() noexcept { quantile_.reset(); }
  template <class Visitor>
  void state(Visitor& v) {
    v.part(quantile_);
  }

 private:
  stat::RollingQuantile quantile_;
  bool strict_;
};

}  // namespace tickeng
