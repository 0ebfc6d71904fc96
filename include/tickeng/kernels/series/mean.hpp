// B-03: mean of the last W values, the simple moving average.
#pragma once

#include "tickeng/kernels/parts/over_window.hpp"
#include "tickeng/kernels/parts/windows.hpp"

namespace tickeng {

class Mean : public parts::OverWindow<parts::MeanWindow> {
 public:
  static constexpr ParamSpec kParams[] = {rows_param(20, 1), kExclParam, kWarmupParam};
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "mean", .unit = "of x", .range = "in the data"}};
  static constexpr KernelSpec spec{.id = "B-03",
                                   .name = "mean",
                                   .aliases = "sma moving_average",
                                   .summary = "mean of the last values",
                                   .formula = "sum_{k<W} x_{n-k} / W",
                                   .source = "S0; S1; S3 SMA20",
                                   .params = kParams,
                                   .outputs = kOutputSpecs,
                                   .inputs = parts::kOneInput,
                                   .reads_any = true};

  explicit Mean(const Params& p) : OverWindow({p.size("window"), p.choice<Warmup>("warmup")}, p) {}
};

}  // namespace tickeng
