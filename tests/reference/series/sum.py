"""B-02."""

import numpy as np

from tests.reference.series import Column, over_window


def by_time(x: Column, ts: np.ndarray, span: int, max_rows: int = 1 << 20,
            warmup: str = "strict") -> Column:
    """Of the defined values in (t - D, t]."""
    found, at = np.full(len(x), np.nan), np.flatnonzero(np.isfinite(x))
    for n in at:
        part = x[at[(ts[at] > ts[n] - span) & (at <= n)]].astype(np.longdouble)
        if len(part) <= max_rows and (warmup == "expanding" or ts[n] - ts[at[0]] >= span):
            found[n] = np.sum(part)
    return found


def reference(x: Column, *, window: int = 20, excl: bool = False,
              warmup: str = "strict") -> Column:
    return over_window(x, window, excl, warmup, np.sum)
