"""E-13: ADX, +DI, -DI and ATR by Wilder's smoothing."""

import numpy as np

from tests.reference import Outputs, Real, Reals, nans, outputs


def wilder(x: Reals, n: int) -> Reals:
    """Of the values from the first that is defined on."""
    found, first = nans(len(x)), int(np.argmax(~np.isnan(x))) + n - 1
    for row in range(first, len(x)):
        before = found[row - 1]
        found[row] = np.mean(x[first - n + 1:first + 1]) if row == first else (
            (before * (n - 1) + x[row]) / n)
    return found


def reference(high: np.ndarray, low: np.ndarray, close: np.ndarray, window: int = 14) -> Outputs:
    high, low, close = (c.astype(Real) for c in (high, low, close))
    ranges, plus, minus = nans(len(close)), nans(len(close)), nans(len(close))
    for n in range(1, len(close)):
        ranges[n] = max(high[n] - low[n], abs(high[n] - close[n - 1]), abs(low[n] - close[n - 1]))
        up, down = high[n] - high[n - 1], low[n - 1] - low[n]
        plus[n] = up if up > down and up > 0 else 0
        minus[n] = down if down > up and down > 0 else 0
    atr = wilder(ranges, window)
    still = atr == 0
    plus_di, minus_di = (np.where(still, 0, 100 * wilder(move, window) / np.where(still, 1, atr))
                         for move in (plus, minus))
    dx = 100 * abs(plus_di - minus_di) / (plus_di + minus_di + Real("1e-8"))
    return outputs(adx=wilder(dx, window), plus_di=plus_di, minus_di=minus_di, atr=atr)
