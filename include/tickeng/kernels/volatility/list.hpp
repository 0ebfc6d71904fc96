// The kernels of the room volatility: an include and a name each.
#pragma once

#include <tuple>

#include "tickeng/kernels/volatility/ewma_vol.hpp"
#include "tickeng/kernels/volatility/realized_vol.hpp"

namespace tickeng {

// clang-format off
using VolatilityKernels = std::tuple<
    RealizedVol,
    EwmaVol>;
// clang-format on

}  // namespace tickeng
