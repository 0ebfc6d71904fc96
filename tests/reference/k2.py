"""G-01: Z of the weighted last four leader returns, one for each trade."""

from functools import cache

import numpy as np

from tests.reference import (
    Outputs,
    Real,
    Reals,
    Trades,
    after_first,
    log_ratio,
    nans,
    outputs,
    rolling_z,
)

WEIGHTS = (Real("0.4"), Real("0.3"), Real("0.2"), Real("0.1"))


def leader_return(trades: Trades, alignment: str, leader_max_age: float) -> Reals:
    if alignment == "last_return":
        r = trades.leader_last_return
    else:
        r = after_first(log_ratio(trades.leader_price[1:], trades.leader_price[:-1]))
    stale = leader_max_age > 0 and trades.leader_age_s > leader_max_age
    return np.where(stale & ~np.isnan(r), Real(0), r)


def lag_sum(r: Reals) -> Reals:
    """sum_k w_k r_{n-k}; NaN while any of the four is undefined."""
    lagged = [np.concatenate((nans(k), r[:len(r) - k])) for k in range(4)]
    return sum(w * x for w, x in zip(WEIGHTS, lagged, strict=True))


@cache
def reference(trades: Trades, *, window: int = 1024, alignment: str = "asof_diff",
              leader_max_age: float = 0.0, warmup: str = "strict",
              eps: str = "absolute") -> Outputs:
    signal = lag_sum(leader_return(trades, alignment, leader_max_age))
    return outputs(k2=rolling_z(signal, window, warmup, eps))
