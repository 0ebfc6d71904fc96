"""B-09, weights that add up to 1 from the first value on."""

import math

import numpy as np

from tests.reference import Real, nans
from tests.reference.series import Column, defined


def reference(x: Column, *, span: float = 0.0, halflife: float = 0.0, alpha: float = 0.0,
              warmup: str = "strict") -> Column:
    weight = Real(2) / (Real(span) + 1) if span else Real(alpha)
    if halflife:
        weight = 1 - Real(2) ** (-1 / Real(halflife))
    (known,) = defined(x)
    found = nans(len(x))
    at = np.flatnonzero(~np.isnan(known))
    first = math.ceil(1 / float(weight)) if warmup == "strict" else 1
    for end in range(first, len(at) + 1):
        values = known[at[:end]][::-1]
        weights = (1 - weight) ** np.arange(end)
        found[at[end - 1]] = np.sum(weights * values) / np.sum(weights)
    return np.asarray(found, dtype=np.float64)
