// The kernels of the room signal: an include and a name each.
#pragma once

#include <tuple>

#include "tickeng/kernels/signal/alpha.hpp"
#include "tickeng/kernels/signal/signal.hpp"

namespace tickeng {

// clang-format off
using SignalKernels = std::tuple<
    Signal,
    Alpha>;
// clang-format on

}  // namespace tickeng
