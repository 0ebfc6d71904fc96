// The one list of kernels: an include and a name each. A kernel may read outputs of earlier ones
// only, so cycles cannot be written down.
#pragma once

#include <tuple>

#include "tickeng/kernels/cross/k2.hpp"
#include "tickeng/kernels/cross/leader.hpp"
#include "tickeng/kernels/decision/gate.hpp"
#include "tickeng/kernels/decision/ready.hpp"
#include "tickeng/kernels/decision/size.hpp"
#include "tickeng/kernels/flow/base.hpp"
#include "tickeng/kernels/flow/k1.hpp"
#include "tickeng/kernels/flow/trade_flow.hpp"
#include "tickeng/kernels/liquidity/impact.hpp"
#include "tickeng/kernels/liquidity/k4.hpp"
#include "tickeng/kernels/momentum/speed.hpp"
#include "tickeng/kernels/regime/efficiency.hpp"
#include "tickeng/kernels/regime/hurst.hpp"
#include "tickeng/kernels/regime/regime.hpp"
#include "tickeng/kernels/signal/alpha.hpp"
#include "tickeng/kernels/signal/signal.hpp"
#include "tickeng/kernels/toxicity/k3.hpp"
#include "tickeng/kernels/toxicity/toxicity.hpp"
#include "tickeng/kernels/volume/v_norm.hpp"

namespace tickeng {

// clang-format off
using AllKernels = std::tuple<
    Base,
    Leader,
    TradeFlow,
    Speed,
    K1,
    K2,
    Toxicity,
    K3,
    VNorm,
    Impact,
    K4,
    Hurst,
    Efficiency,
    Regime,
    Signal,
    Size,
    Ready,
    Gate,
    Alpha>;
// clang-format on

}  // namespace tickeng
