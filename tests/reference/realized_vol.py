"""F-02: standard deviation of the log returns of closes."""

import numpy as np

from tests.reference import Outputs, Real, after_first, deviation, log_ratio, outputs, rolling


def sigma(values):
    return deviation(values)[1]


def reference(close: np.ndarray, window: int = 20, periods_per_year: float = 365.0) -> Outputs:
    returns = after_first(log_ratio(close[1:], close[:-1]))
    found = rolling(returns, window, "strict", sigma)
    return outputs(realized_vol=found, realized_vol_annual=found * np.sqrt(Real(periods_per_year)))
