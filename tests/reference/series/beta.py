"""B-11, slope of y on x."""

import numpy as np

from tests.reference import Real, Reals
from tests.reference.series import Column, over_pairs
from tests.reference.series.cov import covariance


def slope(x: Reals, y: Reals) -> Real:
    spread = covariance(x, x)
    return covariance(x, y) / spread if spread else Real(np.nan)


def reference(x: Column, y: Column, *, window: int = 20) -> Column:
    return over_pairs(x, y, window, slope)
