"""B-16, bound to positions."""

import numpy as np

from tests.reference.series import Column


def reference(x: Column, *, rows: int = 1) -> Column:
    return np.concatenate((np.full(rows, np.nan), x))[:len(x)]
