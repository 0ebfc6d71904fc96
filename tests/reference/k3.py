"""C-05: Z of toxicity, smoothed first in spec mode."""

from functools import cache

from tests.reference import Outputs, Trades, drop_first, outputs, rolling_mean, rolling_z
from tests.reference.toxicity import toxicity


@cache
def reference(trades: Trades, *, mean_window: int = 1024, window: int = 10_000,
              carry: bool = True, mode: str = "spec", warmup: str = "strict",
              eps: str = "absolute") -> Outputs:
    x = drop_first(toxicity(trades, carry), mode, warmup)
    if mode == "spec":
        x = rolling_mean(x, mean_window, warmup)
    return outputs(k3=rolling_z(x, window, warmup, eps))
