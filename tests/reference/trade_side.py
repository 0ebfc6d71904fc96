"""A-15: tick test, quote rule and Lee-Ready; without a market the tick test decides."""

import numpy as np

from tests.reference import Outputs, Quotes, Trades, nans, outputs
from tests.reference.as_of import mids


def tick_test(price: np.ndarray, carry: bool) -> np.ndarray:
    found = np.zeros(len(price))
    for n in range(1, len(price)):
        found[n] = np.sign(price[n] - price[n - 1])
        if carry and found[n] == 0:
            found[n] = found[n - 1]
    return found


def reference(trades: Trades, quotes: Quotes | None = None, *, rule: str = "lee_ready",
              carry: bool = True, **market: int) -> Outputs:
    side = tick_test(trades.price, carry)
    mid = nans(len(trades)) if quotes is None else mids(trades, quotes, **market)
    for n in range(len(trades)):
        if rule == "tick" or np.isnan(mid[n]):
            continue
        quoted = np.sign(trades.price[n] - mid[n])
        if rule == "quote" or quoted != 0:
            side[n] = quoted
    side[:1] = np.nan
    return outputs(trade_side=side)
