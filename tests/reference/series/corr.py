"""B-11, correlation."""

import numpy as np

from tests.reference import Real, Reals
from tests.reference.series import Column, over_pairs
from tests.reference.series.cov import covariance


def correlation(x: Reals, y: Reals) -> Real:
    scale = np.sqrt(covariance(x, x)) * np.sqrt(covariance(y, y))
    return np.clip(covariance(x, y) / scale, -1, 1) if scale else Real(np.nan)


def reference(x: Column, y: Column, *, window: int = 20) -> Column:
    return over_pairs(x, y, window, correlation)
