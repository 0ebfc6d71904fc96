// B-06: quantile of the last W values, exact, linear between order statistics: h = (W - 1) q.
#pragma once

#include "tickeng/kernels/parts/over_window.hpp"
#include "tickeng/kernels/parts/quantile_window.hpp"

namespace tickeng {

class Quantile : public parts::OverWindow<parts::StrictWindow<parts::QuantileWindow>> {
 public:
  static constexpr ParamSpec kParams[] = {
      rows_param(20, 1),
      {.name = "q", .fallback = 0.5, .low = 0.0, .high = 1.0, .doc = "which quantile, 0 to 1"},
      kExclParam,
      kWarmupParam};
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "quantile", .unit = "of x", .range = "in the data"}};
  static constexpr KernelSpec spec{.id = "B-06",
                                   .name = "quantile",
                                   .aliases = "rolling_quantile",
                                   .summary = "quantile of the last values",
                                   .formula = "x[h] + (x[h+1] - x[h]) frac(h), h = (W - 1) q",
                                   .source = "S0 section 4; S1",
                                   .params = kParams,
                                   .outputs = kOutputSpecs,
                                   .inputs = parts::kOneInput,
                                   .reads_any = true};

  explicit Quantile(const Params& p)
      : OverWindow(parts::StrictWindow<parts::QuantileWindow>(p, p.real("q")), p) {}
};

}  // namespace tickeng
