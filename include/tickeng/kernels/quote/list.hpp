// The kernels of the room quote: an include and a name each.
#pragma once

#include <tuple>

#include "tickeng/kernels/quote/mid_spread.hpp"

namespace tickeng {

// clang-format off
using QuoteKernels = std::tuple<
    MidSpread>;
// clang-format on

}  // namespace tickeng
