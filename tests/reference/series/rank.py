"""B-17, mid-rank."""

import numpy as np

from tests.reference.series import Column, defined


def reference(x: Column, *, window: int = 252, min_count: int = 60) -> Column:
    (known,) = defined(x)
    found, seen = np.full(len(x), np.nan), []
    for row, value in enumerate(known):
        if np.isnan(value):
            continue
        seen.append(value)
        part = np.array(seen[-window:])
        if len(part) >= min(min_count, window):
            middle = np.sum(part < value) + 0.5 * np.sum(part == value)
            found[row] = 100.0 * middle / len(part)
    return found
