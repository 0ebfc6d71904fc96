"""B-05, in its own window or against the window before."""

import numpy as np

from tests.reference import EPS, deviation, rolling, rolling_z
from tests.reference.series import Column, defined, row_before


def reference(x: Column, *, window: int = 20, excl: bool = False, warmup: str = "strict",
              eps: str = "absolute") -> Column:
    (known,) = defined(x)
    if not excl:
        return np.asarray(rolling_z(known, window, warmup, eps), dtype=np.float64)
    moments = rolling(known, window, warmup, deviation)
    if moments.ndim == 1:
        return np.asarray(moments, dtype=np.float64)
    sigma, mean = (row_before(column, known) for column in moments.T[1:])
    scale = sigma + (EPS if eps == "absolute" else EPS * abs(mean))
    z = np.where(sigma == 0, 0, (known - mean) / np.where(scale == 0, 1, scale))
    return np.asarray(np.where(np.isnan(sigma), np.nan, z), dtype=np.float64)
