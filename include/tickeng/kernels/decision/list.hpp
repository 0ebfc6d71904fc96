// The kernels of the room decision: an include and a name each.
#pragma once

#include <tuple>

#include "tickeng/kernels/decision/gate.hpp"
#include "tickeng/kernels/decision/ready.hpp"
#include "tickeng/kernels/decision/size.hpp"

namespace tickeng {

// clang-format off
using DecisionKernels = std::tuple<
    Size,
    Ready,
    Gate>;
// clang-format on

}  // namespace tickeng
