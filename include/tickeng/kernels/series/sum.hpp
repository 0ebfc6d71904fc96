// B-02: sum of the last W values, or of those in (t - D, t], sum x_{n-k}, k < W.
#pragma once

#include "tickeng/kernels/parts/sum_over.hpp"

namespace tickeng {

class Sum : public parts::SumOver<false> {
 public:
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

  using SumOver::SumOver;
};

}  // namespace tickeng
