// The kernels of the room series: an include and a name each.
#pragma once

#include <tuple>

#include "tickeng/kernels/series/beta.hpp"
#include "tickeng/kernels/series/corr.hpp"
#include "tickeng/kernels/series/cov.hpp"
#include "tickeng/kernels/series/diff.hpp"
#include "tickeng/kernels/series/ema.hpp"
#include "tickeng/kernels/series/highest.hpp"
#include "tickeng/kernels/series/lag.hpp"
#include "tickeng/kernels/series/lowest.hpp"
#include "tickeng/kernels/series/mean.hpp"
#include "tickeng/kernels/series/median.hpp"
#include "tickeng/kernels/series/quantile.hpp"
#include "tickeng/kernels/series/rank.hpp"
#include "tickeng/kernels/series/sample.hpp"
#include "tickeng/kernels/series/slope.hpp"
#include "tickeng/kernels/series/std.hpp"
#include "tickeng/kernels/series/sum.hpp"
#include "tickeng/kernels/series/z.hpp"

namespace tickeng {

// clang-format off
using SeriesKernels = std::tuple<
    Sum,
    Mean,
    Std,
    ZScore,
    Rank,
    Quantile,
    Median,
    Lowest,
    Highest,
    Ema,
    Lag,
    Diff,
    Sample,
    Corr,
    Cov,
    Beta,
    Slope>;
// clang-format on

}  // namespace tickeng
