// B-11: slope of y on x over the last W pairs, by least squares; NaN where x does not vary.
#pragma once

#include "tickeng/kernels/parts/over_pairs.hpp"

namespace tickeng {

class Beta : public parts::OverPairs<Beta> {
 public:
  static constexpr ParamSpec kParams[] = {rows_param(20, 2)};
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "beta", .unit = "of y/x", .range = "R"}};
  static constexpr KernelSpec spec{.id = "B-11",
                                   .name = "beta",
                                   .aliases = "",
                                   .summary = "slope of one series on another",
                                   .formula = "cov(x, y) / var(x)",
                                   .source = "S1 pairs",
                                   .params = kParams,
                                   .outputs = kOutputSpecs,
                                   .inputs = parts::kTwoInputs,
                                   .reads_any = true};

  using OverPairs::OverPairs;

  [[nodiscard]] static double answer(const stat::Covariance& c) noexcept {
    return c.xx > 0.0 ? c.xy / c.xx : kNaN;
  }
};

}  // namespace tickeng
