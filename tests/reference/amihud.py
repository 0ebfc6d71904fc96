"""C-13: mean of |r| over value traded and a floor; a trade with nothing below the line has none."""

import numpy as np

from tests.reference import Outputs, Real, Reals, Trades, outputs, rolling_mean


def ratio(trades: Trades, floor: float) -> Reals:
    value = trades.price.astype(Real) * trades.qty.astype(Real) + Real(floor)
    return np.where(value == 0, np.nan, abs(trades.log_return) / np.where(value == 0, 1, value))


def reference(trades: Trades, *, window: int = 50, floor: float = 1.0,
              warmup: str = "strict") -> Outputs:
    return outputs(amihud=rolling_mean(ratio(trades, floor), window, warmup))
