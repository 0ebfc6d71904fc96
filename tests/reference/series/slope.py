"""B-12, by the formula."""

import numpy as np

from tests.reference import Real, Reals, rolling
from tests.reference.series import Column, defined


def reference(x: Column, *, window: int = 20) -> Column:
    (known,) = defined(x)
    places = np.arange(window).astype(Real) - Real(window - 1) / 2

    def of(values: Reals) -> Real:
        return 12 * np.sum(places * (values - values[0])) / (window * (Real(window) ** 2 - 1))

    return np.asarray(rolling(known, window, "strict", of), dtype=np.float64)
