"""B-07."""

import numpy as np

from tests.reference.series import Column, over_window


def reference(x: Column, *, window: int = 20, excl: bool = False,
              warmup: str = "strict") -> Column:
    return over_window(x, window, excl, warmup, np.median)
