// The kernels of the room volume: an include and a name each.
#pragma once

#include <tuple>

#include "tickeng/kernels/volume/v_norm.hpp"

namespace tickeng {

// clang-format off
using VolumeKernels = std::tuple<
    VNorm>;
// clang-format on

}  // namespace tickeng
