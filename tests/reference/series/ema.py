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


def by_time(x: Column, ts: np.ndarray, tau: int, held: bool = False,
            warmup: str = "strict") -> Column:
    """A row counts e^(-age / tau), or if `held` the integral of that over the time it stood."""
    (known,) = defined(x)
    found = nans(len(x))
    at = np.flatnonzero(~np.isnan(known))
    for n, row in enumerate(at):
        age = (ts[row] - ts[at[:n + 1]]).astype(Real) / Real(tau)
        values = known[at[:n + 1]]
        if held:  # from when a row came until the next one did
            weights = np.exp(-age[1:]) * -np.expm1(-(age[:-1] - age[1:]))
            values, total = values[:-1], -np.expm1(-age[0])
        else:
            weights = np.exp(-age)
            total = np.sum(weights)
        if total > 0 and (warmup == "expanding" or ts[row] - ts[at[0]] >= tau):
            found[row] = np.sum(weights * values) / total
    return np.asarray(found, dtype=np.float64)
