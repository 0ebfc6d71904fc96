"""Series kernels again, one file each: `reference(*inputs, **params) -> float64 array`.

An input is a column of doubles; what is not finite is undefined there and is not pushed.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tests.reference import Real, Reals, nans, rolling

Column = NDArray[np.float64]


def defined(*inputs: Column) -> list[Reals]:
    """The inputs, NaN on every row where one of them is not finite."""
    there = np.all([np.isfinite(x) for x in inputs], axis=0)
    return [np.where(there, x, np.nan).astype(Real) for x in inputs]


def row_before(y: Reals, x: Reals) -> Reals:
    """At each defined row of x what y was at the one before."""
    at = np.flatnonzero(~np.isnan(x))
    found = nans(len(x))
    found[at[1:]] = y[at[:-1]]
    return found


def over_window(x: Column, window: int, excl: bool, warmup: str,
                of: Callable[[Reals], object]) -> Column:
    (known,) = defined(x)
    y = rolling(known, window, warmup, of)
    return np.asarray(row_before(y, known) if excl else y, dtype=np.float64)


def over_pairs(x: Column, y: Column, window: int, of: Callable[[Reals, Reals], object]) -> Column:
    """of(the last W values of x, and of y) at every row where both are defined."""
    x, y = defined(x, y)
    at, found = np.flatnonzero(~np.isnan(x)), nans(len(x))
    for end in range(window, len(at) + 1):
        part = at[end - window:end]
        found[part[-1]] = of(x[part], y[part])
    return np.asarray(found, dtype=np.float64)
