"""E-24: slope of ln std(x_n - x_{n-l}) on ln l inside the last 5000 trades; 0.5 if a std is 0."""

import numpy as np

from tests.reference import L
from tests.reference.windows import float64

LAGS = (5, 10, 20)


def hurst(price):
    """H of one window of prices."""
    x = np.log(price.astype(L) / L(price[0]))
    sigma = []
    for lag in LAGS:
        d = x[lag:] - x[:-lag]
        sigma.append(np.sqrt(((d - d.mean()) ** 2).mean()) if (price != price[0]).any() else L(0))
    if any(s == 0 for s in sigma):
        return 0.5
    a, b = np.log(np.array(LAGS, L)), np.log(np.array(sigma))
    slope = ((a - a.mean()) * (b - b.mean())).sum() / ((a - a.mean()) ** 2).sum()
    return min(1.0, max(0.0, float(slope)))


def reference(t, step=7):
    """Every `step`-th window only: the others are NaN and not compared."""
    out = np.full(len(t.price), np.nan)
    for i in range(4999, len(out), step):
        out[i] = hurst(t.price[i - 4999: i + 1])
    return float64(hurst_continuous=out)
