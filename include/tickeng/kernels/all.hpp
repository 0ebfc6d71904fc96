// The one list of kernels: an include and a name each. A kernel may read outputs of earlier ones
// only, so cycles cannot be written down.
#pragma once

#include <tuple>

#include "tickeng/decision/alpha.hpp"
#include "tickeng/decision/gate.hpp"
#include "tickeng/decision/ready.hpp"
#include "tickeng/decision/signal.hpp"
#include "tickeng/decision/size.hpp"
#include "tickeng/kernels/cross/k2.hpp"
#include "tickeng/kernels/cross/leader.hpp"
#include "tickeng/kernels/regime/efficiency.hpp"
#include "tickeng/kernels/regime/hurst.hpp"
#include "tickeng/kernels/regime/regime.hpp"
#include "tickeng/kernels/trade/base.hpp"
#include "tickeng/kernels/trade/impact.hpp"
#include "tickeng/kernels/trade/k1.hpp"
#include "tickeng/kernels/trade/k3.hpp"
#include "tickeng/kernels/trade/k4.hpp"
#include "tickeng/kernels/trade/speed.hpp"
#include "tickeng/kernels/trade/toxicity.hpp"
#include "tickeng/kernels/trade/trade_flow.hpp"
#include "tickeng/kernels/trade/v_norm.hpp"

namespace tickeng {

// clang-format off
using AllKernels = std::tuple<
    Base,
    Leader,
    TradeFlow,
    Speed,
    FlowImpact,
    LeadLag,
    Toxicity,
    ToxicityZ,
    VolumeNorm,
    Impact,
    Liquidity,
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
