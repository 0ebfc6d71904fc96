"""E-08: relative strength index of closes."""

import numpy as np

from tests.reference import Real, Reals


def reference(close: Reals, window: int = 14, form: str = "cutler") -> Reals:
    change = (close[1:] - close[:-1]) / close[:-1]
    gain, loss = np.maximum(change, 0), np.maximum(-change, 0)
    found = np.full(len(close), np.nan, Real)
    up = down = Real(0)
    for n in range(window, len(close)):
        if form == "cutler" or n == window:
            up, down = gain[n - window:n].mean(), loss[n - window:n].mean()
        else:
            up = (up * (window - 1) + gain[n - 1]) / window
            down = (down * (window - 1) + loss[n - 1]) / window
        if up == down == 0:
            found[n] = 50
        elif down == 0:
            found[n] = 100
        else:
            found[n] = 100 - 100 / (1 + up / down)
    return found
