// The kernels of the room liquidity: an include and a name each.
#pragma once

#include <tuple>

#include "tickeng/kernels/liquidity/amihud.hpp"
#include "tickeng/kernels/liquidity/effective_spread.hpp"
#include "tickeng/kernels/liquidity/impact.hpp"
#include "tickeng/kernels/liquidity/k4.hpp"
#include "tickeng/kernels/liquidity/kyle_lambda.hpp"
#include "tickeng/kernels/liquidity/kyle_lambda_mid.hpp"

namespace tickeng {

// clang-format off
using LiquidityKernels = std::tuple<
    Impact,
    K4,
    Amihud,
    KyleLambda,
    KyleLambdaMid,
    EffectiveSpread>;
// clang-format on

}  // namespace tickeng
