"""B-04, population standard deviation."""

from tests.reference import Real, Reals, deviation
from tests.reference.series import Column, over_window


def sigma(values: Reals) -> Real:
    return deviation(values)[1]


def reference(x: Column, *, window: int = 20, excl: bool = False,
              warmup: str = "strict") -> Column:
    return over_window(x, window, excl, warmup, sigma)
