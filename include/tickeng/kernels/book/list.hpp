// The kernels of the room book: an include and a name each.
#pragma once

#include <tuple>

#include "tickeng/kernels/book/depth_imbalance.hpp"

namespace tickeng {

// clang-format off
using BookKernels = std::tuple<
    DepthImbalance>;
// clang-format on

}  // namespace tickeng
