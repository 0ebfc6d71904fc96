// The kernels of the room bar: an include and a name each.
#pragma once

#include <tuple>

#include "tickeng/kernels/bar/adx.hpp"
#include "tickeng/kernels/bar/amount_bars.hpp"
#include "tickeng/kernels/bar/market_open.hpp"
#include "tickeng/kernels/bar/renko_bars.hpp"
#include "tickeng/kernels/bar/rsi.hpp"
#include "tickeng/kernels/bar/session.hpp"
#include "tickeng/kernels/bar/tick_bars.hpp"
#include "tickeng/kernels/bar/time_bars.hpp"
#include "tickeng/kernels/bar/timer.hpp"
#include "tickeng/kernels/bar/trade_grid.hpp"

namespace tickeng {

// clang-format off
using BarKernels = std::tuple<
    TimeBars,
    TickBars,
    VolumeBars,
    DollarBars,
    RenkoBars,
    Timer,
    TradeGrid,
    Session,
    MarketOpen,
    Rsi,
    Adx>;
// clang-format on

}  // namespace tickeng
