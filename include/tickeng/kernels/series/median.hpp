// B-07: median of the last W values, the mean of the two in the middle where W is even.
#pragma once

#include "tickeng/kernels/parts/over_window.hpp"
#include "tickeng/kernels/parts/quantile_window.hpp"

namespace tickeng {

class Median : public parts::OverWindow<parts::StrictWindow<parts::QuantileWindow>> {
 public:
  static constexpr ParamSpec kParams[] = {rows_param(20, 1), kExclParam, kWarmupParam};
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "median", .unit = "of x", .range = "in the data"}};
  static constexpr KernelSpec spec{.id = "B-07",
                                   .name = "median",
                                   .aliases = "rolling_median",
                                   .summary = "median of the last values",
                                   .formula = "quantile(x, W) at p = 0.5",
                                   .source = "S2; S1",
                                   .params = kParams,
                                   .outputs = kOutputSpecs,
                                   .inputs = parts::kOneInput,
                                   .reads_any = true};

  explicit Median(const Params& p)
      : OverWindow(parts::StrictWindow<parts::QuantileWindow>(p, 0.5), p) {}
};

}  // namespace tickeng
