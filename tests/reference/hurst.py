"""E-24: slope of ln std(x_n - x_{n-l}) on ln l, l = 5, 10, 20, clipped to [0, 1]."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from tests.reference import Outputs, Real, Reals, Trades, log_ratio, nans, outputs

LAGS = (5, 10, 20)


def lagged_differences(price: NDArray[np.float64]) -> list[Reals]:
    return [log_ratio(price[lag:], price[:-lag]) for lag in LAGS]


def exponent(differences: list[Reals]) -> Real:
    """Least-squares slope from the differences of each lag; 0.5 when any does not vary."""
    if any(d.min() == d.max() for d in differences):
        return Real("0.5")
    x = np.log(np.array(LAGS, dtype=Real))
    y = np.log(np.array([d.std() for d in differences]))
    x -= x.mean()
    return np.clip(np.sum(x * y) / np.sum(x * x), 0, 1)


@cache
def rolling_exponent(trades: Trades, window: int) -> Reals:
    """Over differences with both ends among the last `window` trades."""
    y, differences = nans(len(trades)), lagged_differences(trades.price)
    for end in range(window, len(trades) + 1):
        first = end - window
        y[end - 1] = exponent([d[first:end - lag]
                               for d, lag in zip(differences, LAGS, strict=True)])
    return y


def reference(trades: Trades, *, window: int = 5000) -> Outputs:
    return outputs(hurst_continuous=rolling_exponent(trades, window))
