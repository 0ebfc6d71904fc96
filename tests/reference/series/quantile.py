"""B-06, linear between order statistics."""

import numpy as np

from tests.reference.series import Column, over_window


def reference(x: Column, *, window: int = 20, q: float = 0.5, excl: bool = False,
              warmup: str = "strict") -> Column:
    def quantile(values: np.ndarray) -> np.longdouble:
        ordered, h = np.sort(values), (len(values) - 1) * q
        low = int(h)
        high = min(low + 1, len(values) - 1)
        return ordered[low] + (ordered[high] - ordered[low]) * (h - low)

    return over_window(x, window, excl, warmup, quantile)
