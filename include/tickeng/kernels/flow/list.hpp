// The kernels of the room flow: an include and a name each.
#pragma once

#include <tuple>

#include "tickeng/kernels/flow/base.hpp"
#include "tickeng/kernels/flow/buy_ratio.hpp"
#include "tickeng/kernels/flow/cvd.hpp"
#include "tickeng/kernels/flow/k1.hpp"
#include "tickeng/kernels/flow/trade_flow.hpp"
#include "tickeng/kernels/flow/trade_imbalance.hpp"
#include "tickeng/kernels/flow/trade_imbalance_change.hpp"
#include "tickeng/kernels/flow/trade_side.hpp"

namespace tickeng {

// clang-format off
using FlowKernels = std::tuple<
    Base,
    TradeFlow,
    K1,
    TradeImbalance,
    BuyRatio,
    Cvd,
    TradeSide,
    TradeImbalanceChange>;
// clang-format on

}  // namespace tickeng
