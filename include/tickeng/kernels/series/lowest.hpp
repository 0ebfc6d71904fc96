// B-08: least of the last W values. With excl a value below it is a breakout.
#pragma once

#include "tickeng/kernels/parts/over_window.hpp"
#include "tickeng/stat/rolling_extrema.hpp"

namespace tickeng {

class Lowest : public parts::OverWindow<parts::StrictWindow<stat::RollingExtreme>> {
 public:
  static constexpr ParamSpec kParams[] = {rows_param(20, 1), kExclParam, kWarmupParam};
  static constexpr OutputSpec kOutputSpecs[] = {
      {.name = "lowest", .unit = "of x", .range = "in the data"}};
  static constexpr KernelSpec spec{.id = "B-08",
                                   .name = "lowest",
                                   .aliases = "rolling_min",
                                   .summary = "least of the last values",
                                   .formula = "min_{k<W} x_{n-k}",
                                   .source = "S1 Donchian",
                                   .params = kParams,
                                   .outputs = kOutputSpecs,
                                   .inputs = parts::kOneInput,
                                   .reads_any = true};

  explicit Lowest(const Params& p)
      : OverWindow(parts::StrictWindow<stat::RollingExtreme>(p, -1.0), p) {}
};

}  // namespace tickeng
