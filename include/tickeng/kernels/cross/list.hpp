// The kernels of the room cross: an include and a name each.
#pragma once

#include <tuple>

#include "tickeng/kernels/cross/k2.hpp"
#include "tickeng/kernels/cross/leader.hpp"

namespace tickeng {

// clang-format off
using CrossKernels = std::tuple<
    Leader,
    K2>;
// clang-format on

}  // namespace tickeng
