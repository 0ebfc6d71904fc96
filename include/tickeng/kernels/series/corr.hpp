// B-11: correlation of the last W pairs; NaN where one of the two does not vary.
#pragma once

#include <cmath>

#include "tickeng/kernels/parts/over_pairs.hpp"

namespace tickeng {

class Corr : public parts::OverPairs<Corr> {
 public:
  static constexpr ParamSpec kParams[] = {rows_param(20, 2)};
  static constexpr OutputSpec kOutputSpecs[] = {{.name = "corr", .range = "[-1, 1]"}};
  static constexpr KernelSpec spec{.id = "B-11",
                                   .name = "corr",
                                   .aliases = "correlation",
                                   .summary = "correlation of two series",
                                   .formula = "cov(x, y) / (sigma x sigma y)",
                                   .source = "S1 pairs",
                                   .params = kParams,
                                   .outputs = kOutputSpecs,
                                   .inputs = parts::kTwoInputs,
                                   .reads_any = true};

  using OverPairs::OverPairs;

  [[nodiscard]] static double answer(const stat::Covariance& c) noexcept {
    if (!(c.xx > 0.0 && c.yy > 0.0)) return kNaN;
    const double r = c.xy / (std::sqrt(c.xx) * std::sqrt(c.yy));
    return r > 1.0 ? 1.0 : (r < -1.0 ? -1.0 : r);
  }
};

}  // namespace tickeng
