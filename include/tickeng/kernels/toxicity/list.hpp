// The kernels of the room toxicity: an include and a name each.
#pragma once

#include <tuple>

#include "tickeng/kernels/toxicity/k3.hpp"
#include "tickeng/kernels/toxicity/toxicity.hpp"
#include "tickeng/kernels/toxicity/vpin.hpp"

namespace tickeng {

// clang-format off
using ToxicityKernels = std::tuple<
    Toxicity,
    K3,
    Vpin>;
// clang-format on

}  // namespace tickeng
