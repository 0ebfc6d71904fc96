// Selections of kernels with a name of their own.
#pragma once

#include <string_view>

namespace tickeng {

struct Preset {
  std::string_view name, summary, text;
};

inline constexpr Preset kPresets[] = {
    {.name = "chain",
     .summary = "K1..K5, signal, size, gate and alpha: the decision after every trade",
     .text = "k1,k2,k3,k4,regime,signal,size,ready,gate,alpha"},
    // H-03 and H-04. A row on which an input is undefined is pushed into none of its windows: the
    // sum of the others, times 0, is NaN there and changes nothing elsewhere.
    {.name = "pump",
     .summary = "pump and exhaustion scores of trades and quotes, every 100 ms",
     .text = R"(ret_2s = window_return(sample(mid_spread.mid, on=trade_grid), window=2s)
ti_2s = clip(sdiv(sum(trade_grid.signed_volume, window=2s),
                  sum(trade_grid.volume, window=2s), 0), -1, 1)
dti_300ms = diff(clip(sdiv(sum(trade_grid.signed_volume, window=300ms),
                           sum(trade_grid.volume, window=300ms), 0), -1, 1), time=300ms)
dqi_300ms = diff(sample(quote_imbalance, on=trade_grid), time=300ms)
md_bps = sample(microprice_displacement, on=trade_grid)
pump_score = (0.4*z(ret_2s + 0*(ti_2s + md_bps), window=600, eps=relative)
              + 0.8*z(ti_2s + 0*(ret_2s + md_bps), window=600, eps=relative)
              + 0.6*z(md_bps + 0*(ret_2s + ti_2s), window=600, eps=relative))
exhaust_score = (z(-dti_300ms + 0*(dqi_300ms + md_bps), window=600, eps=relative)
                 + z(-dqi_300ms + 0*(dti_300ms + md_bps), window=600, eps=relative)
                 + (md_bps < 0)))"}};

}  // namespace tickeng
