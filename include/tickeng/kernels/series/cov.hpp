// B-11: population covariance of the last W pairs (ddof 0).
#pragma once

#include "tickeng/kernels/parts/over_pairs.hpp"

namespace tickeng {

class Cov : public parts::OverPairs<Cov> {
 public:
  static constexpr ParamSpec kParams[] = {rows_param(20, 2)};
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "cov", .unit = "of x y", .range = "R"}};
  static constexpr KernelSpec spec{.id = "B-11",
                                   .name = "cov",
                                   .aliases = "covariance",
                                   .summary = "covariance of two series",
                                   .formula = "sum (x - mean x)(y - mean y) / W",
                                   .source = "S1 pairs",
                                   .params = kParams,
                                   .outputs = kOutputSpecs,
                                   .inputs = parts::kTwoInputs,
                                   .reads_any = true};

  using OverPairs::OverPairs;

  [[nodiscard]] static double answer(const stat::Covariance& c) noexcept { return c.xy; }
};

}  // namespace tickeng
