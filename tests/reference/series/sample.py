"""B-32: the input itself on its own clock; else as of each sample."""

import numpy as np

from tests.reference.series import Column, defined


def reference(x: Column) -> Column:
    (known,) = defined(x)
    return np.asarray(known, dtype=np.float64)


def on_grid(x: Column, ts: np.ndarray, grid: np.ndarray, until: np.ndarray | None = None) -> Column:
    """At each time of the grid, behind all rows of that time; no value holds beyond its `until`."""
    found = np.full(len(grid), np.nan)
    for g, at in enumerate(grid):
        before = np.flatnonzero(ts <= at)
        if len(before) and (until is None or at <= until[before[-1]]):
            found[g] = x[before[-1]] if np.isfinite(x[before[-1]]) else np.nan
    return found
