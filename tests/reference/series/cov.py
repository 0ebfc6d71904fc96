"""B-11, of the population."""

import numpy as np

from tests.reference import Real, Reals
from tests.reference.series import Column, over_pairs


def covariance(x: Reals, y: Reals) -> Real:
    x, y = x - x[0], y - y[0]  # exactly 0 where one is constant
    return np.mean((x - np.mean(x)) * (y - np.mean(y)))


def reference(x: Column, y: Column, *, window: int = 20) -> Column:
    return over_pairs(x, y, window, covariance)
