// B-03: mean of the last W values, or of those in (t - D, t], the simple moving average.
#pragma once

#include "tickeng/kernels/parts/sum_over.hpp"

namespace tickeng {

class Mean : public parts::SumOver<true> {
 public:
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

  using SumOver::SumOver;
};

}  // namespace tickeng
