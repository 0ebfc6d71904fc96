"""C-06: the 90th percentile of trade size, linear between order statistics."""

from bisect import bisect_left, insort
from functools import cache

import numpy as np

from tests.reference import Outputs, Real, Reals, Trades, nans, outputs


def quantile(ordered: list[float], p: float) -> Real:
    h = (len(ordered) - 1) * Real(repr(p))
    low = int(np.floor(h))
    high = min(low + 1, len(ordered) - 1)
    bottom, top = Real(ordered[low]), Real(ordered[high])
    return bottom + (top - bottom) * (h - low)


@cache
def rolling_quantile(trades: Trades, window: int, p: float, warmup: str) -> Reals:
    """Of quantity. The window is kept as a sorted list: insert the new value, delete the old."""
    qty, ordered, y = trades.qty.tolist(), [], nans(len(trades))
    for n, q in enumerate(qty):
        insort(ordered, q)
        if n >= window:
            del ordered[bisect_left(ordered, qty[n - window])]
        if warmup == "expanding" or n >= window - 1:
            y[n] = quantile(ordered, p)
    return y


def reference(trades: Trades, *, window: int = 10_000, p: float = 0.9,
              warmup: str = "strict") -> Outputs:
    return outputs(v_norm=rolling_quantile(trades, window, float(p), warmup))
