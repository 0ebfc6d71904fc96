// B-08: greatest of the last W values. With excl a value above it is a breakout.
#pragma once

#include "tickeng/kernels/parts/over_window.hpp"
#include "tickeng/stat/rolling_extrema.hpp"

namespace tickeng {

class Highest : public parts::OverWindow<parts::StrictWindow<stat::RollingExtreme>> {
 public:
  static constexpr ParamSpec kParams[] = {rows_param(20, 1), kExclParam, kWarmupParam};
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "highest", .unit = "of x", .range = "in the data"}};
  static constexpr KernelSpec spec{.id = "B-08",
                                   .name = "highest",
                                   .aliases = "rolling_max",
                                   .summary = "greatest of the last values",
                                   .formula = "max_{k<W} x_{n-k}",
                                   .source = "S1 20-period high",
                                   .params = kParams,
                                   .outputs = kOutputSpecs,
                                   .inputs = parts::kOneInput,
                                   .reads_any = true};

  explicit Highest(const Params& p)
      : OverWindow(parts::StrictWindow<stat::RollingExtreme>(p, 1.0), p) {}
};

}  // namespace tickeng
