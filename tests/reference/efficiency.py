"""E-27: (x_end - x_start) / sum |dx| over the last 5000 trades; 0 when the path is 0."""

import numpy as np

from tests.reference import L
from tests.reference.windows import float64


def efficiency(price):
    """Signed efficiency of one window of prices."""
    p = price.astype(L)
    path = np.abs(np.log(p[1:] / p[:-1])).sum()
    return float(np.log(p[-1] / p[0]) / path) if path else 0.0


def reference(t, step=7):
    """Every `step`-th window only: the others are NaN and not compared."""
    out = np.full(len(t.price), np.nan)
    for i in range(4999, len(out), step):
        out[i] = efficiency(t.price[i - 4999: i + 1])
    return float64(efficiency_signed=out, efficiency_unsigned=np.abs(out))
