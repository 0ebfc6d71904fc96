"""E-27: net move over path length; 0 when nothing moved."""

from functools import cache

import numpy as np

from tests.reference import Outputs, Real, Reals, Trades, log_ratio, nans, outputs


def efficiency(price: np.ndarray, path: Reals) -> Real:
    """Signed, of a slice of prices whose one-trade moves are `path`."""
    length = np.sum(abs(path))
    return log_ratio(price[-1:], price[:1])[0] / length if length > 0 else Real(0)


@cache
def rolling_efficiency(trades: Trades, window: int) -> Reals:
    y = nans(len(trades))
    for end in range(window, len(trades) + 1):
        first = end - window
        y[end - 1] = efficiency(trades.price[first:end], trades.log_return[first + 1:end])
    return y


def reference(trades: Trades, *, window: int = 5000) -> Outputs:
    signed = rolling_efficiency(trades, window)
    return outputs(efficiency_signed=signed, efficiency_unsigned=abs(signed))
