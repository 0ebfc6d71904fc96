"""C-08: minus Z of impact, smoothed first in spec mode."""

from functools import cache

from tests.reference import Outputs, Trades, drop_first, outputs, rolling_mean, rolling_z
from tests.reference.impact import impact


@cache
def reference(trades: Trades, *, norm_window: int = 10_000, mean_window: int = 256,
              window: int = 1024, mode: str = "spec", warmup: str = "strict",
              eps: str = "absolute") -> Outputs:
    x = drop_first(impact(trades, norm_window, mode, warmup), mode, warmup)
    if mode == "spec":
        x = rolling_mean(x, mean_window, warmup)
    return outputs(k4=-rolling_z(x, window, warmup, eps))
