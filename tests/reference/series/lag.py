"""B-16, bound to positions, and by time the last value at or before t - D."""

import numpy as np

from tests.reference.series import Column


def by_time(x: Column, ts: np.ndarray, span: int, max_rows: int = 1 << 20) -> Column:
    found = np.full(len(x), np.nan)
    for n in range(len(x)):
        waiting = int(np.searchsorted(ts[:n + 1], ts[n] - span, side="right"))
        if waiting > 0 and n + 1 - waiting <= max_rows:
            found[n] = x[waiting - 1]
    return found


def reference(x: Column, *, rows: int = 1) -> Column:
    return np.concatenate((np.full(rows, np.nan), x))[:len(x)]
