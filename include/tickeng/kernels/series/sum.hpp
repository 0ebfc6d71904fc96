// B-02: sum of the last W values, sum x_{n-k}, k < W.
#pragma once

#include "tickeng/kernels/parts/over_window.hpp"
#include "tickeng/kernels/parts/windows.hpp"

namespace tickeng {

class Sum : public parts::OverWindow<parts::SumWindow> {
 public:
  static constexpr ParamSpec kParams[] = {rows_param(20, 1), kExclParam, kWarmupParam};
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "sum", .unit = "of x", .range = "R"}};
  static constexpr KernelSpec spec{.id = "B-02",
                                   .name = "sum",
                                   .aliases = "rolling_sum",
                                   .summary = "sum of the last values",
                                   .formula = "sum_{k<W} x_{n-k}",
                                   .source = "S0; S1 rolling sums",
                                   .params = kParams,
                                   .outputs = kOutputSpecs,
                                   .inputs = parts::kOneInput,
                                   .reads_any = true};

  explicit Sum(const Params& p) : OverWindow({p.size("window"), p.choice<Warmup>("warmup")}, p) {}
};

}  // namespace tickeng
