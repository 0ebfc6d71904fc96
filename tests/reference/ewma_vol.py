"""F-03: exponentially weighted squared returns, all weights of every row written out."""

import numpy as np

from tests.reference import Outputs, Real, log_ratio, nans, outputs


def reference(close: np.ndarray, decay: float = 0.94, min_count: int = 10,
              periods_per_year: float = 365.0, floor: float = 0.05,
              ceiling: float = 3.0) -> Outputs:
    squares = log_ratio(close[1:], close[:-1]) ** 2
    found = nans(len(close))
    for n in range(min_count, len(close)):
        weights = Real(decay) ** np.arange(n)[::-1]  # the newest has 1
        mean = np.sum(weights * squares[:n]) / np.sum(weights)
        found[n] = np.sqrt(mean * Real(periods_per_year))
    return outputs(ewma_vol=np.clip(found, floor, ceiling), ewma_vol_unclipped=found)
