"""C-19: log return of prices over a time, in bps."""

import numpy as np

from tests.reference import Outputs, Real, Reals, log_ratio, outputs
from tests.reference.series.lag import by_time


def log_return(now: Reals, before: Reals) -> Reals:
    far = abs(now - before) > before / 2
    return np.where(far, np.log(now) - np.log(before), log_ratio(now, before))


def reference(price: np.ndarray, ts_ns: np.ndarray, *, window: int = 2 * 10**9,
              max_rows: int = 1 << 20) -> Outputs:
    price = np.where(price > 0, price, np.nan)
    before = by_time(price, ts_ns, window, max_rows).astype(Real)
    return outputs(window_return=10_000 * log_return(price.astype(Real), before))
