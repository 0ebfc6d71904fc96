"""C-15: regression of price changes on signed volume over intervals of M trades."""

from collections.abc import Callable

import numpy as np

from tests.reference import Outputs, Real, Reals, Trades, outputs


def regression(change: Reals, flow: Reals) -> tuple[Real, Real]:
    """Slope and its t-statistic."""
    dp, q = change - change.mean(), flow - flow.mean()
    xx, xy = (q * q).sum(), (q * dp).sum()
    if np.all(flow == flow[0]):
        return Real("nan"), Real("nan")
    slope = xy / xx
    rest = ((dp - slope * q) ** 2).sum()
    if rest <= (dp * dp).sum() * Real(2) ** -40:
        return slope, Real("nan")
    return slope, slope / np.sqrt(rest / ((len(q) - 2) * xx))


def held(trades: Trades, interval: int, window: int, of: Callable[[Reals, Reals], object],
         empty: object) -> Reals:
    """of(price changes, flows) of the last intervals; new at the first trade behind them."""
    price, flow, found, now = trades.price.astype(Real), trades.signed_qty, [], empty
    for n in range(len(price)):
        last = n // interval  # intervals that lie before trade n
        if n % interval == 0 and last > window:
            ks = range(last - window, last)
            q = np.array([flow[k * interval:(k + 1) * interval].sum() for k in ks])
            dp = np.array([price[(k + 1) * interval - 1] - price[k * interval - 1] for k in ks])
            now = of(dp, q)
        found.append(now)
    return np.array(found, Real)


def reference(trades: Trades, *, interval: int = 50, window: int = 100) -> Outputs:
    nothing = Real("nan"), Real("nan")
    slope, t = held(trades, interval, window, regression, nothing).T
    return outputs(kyle_lambda=slope, kyle_lambda_t=t)
