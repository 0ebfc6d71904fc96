// The kernels of the room momentum: an include and a name each.
#pragma once

#include <tuple>

#include "tickeng/kernels/momentum/price_momentum.hpp"
#include "tickeng/kernels/momentum/speed.hpp"
#include "tickeng/kernels/momentum/window_return.hpp"

namespace tickeng {

// clang-format off
using MomentumKernels = std::tuple<
    Speed,
    PriceMomentum,
    WindowReturn>;
// clang-format on

}  // namespace tickeng
