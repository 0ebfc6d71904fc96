// The kernels of the room regime: an include and a name each.
#pragma once

#include <tuple>

#include "tickeng/kernels/regime/efficiency.hpp"
#include "tickeng/kernels/regime/hurst.hpp"
#include "tickeng/kernels/regime/regime.hpp"

namespace tickeng {

// clang-format off
using RegimeKernels = std::tuple<
    Hurst,
    Efficiency,
    Regime>;
// clang-format on

}  // namespace tickeng
