"""C-07: |r| over quantity and a cushion; 0 where that is 0."""

import numpy as np

from tests.reference import Outputs, Real, Reals, Trades, outputs
from tests.reference.v_norm import rolling_quantile


def impact(trades: Trades, norm_window: int, mode: str, warmup: str) -> Reals:
    qty = trades.qty.astype(Real)
    if mode == "spec":
        scale = qty + Real("0.01") * rolling_quantile(trades, norm_window, 0.9, warmup)
    else:
        scale = qty + 1
    nothing = (scale == 0) & ~np.isnan(trades.log_return)
    return np.where(nothing, Real(0), abs(trades.log_return) / np.where(scale == 0, 1, scale))


def reference(trades: Trades, *, norm_window: int = 10_000, mode: str = "spec",
              warmup: str = "strict") -> Outputs:
    return outputs(impact=impact(trades, norm_window, mode, warmup))
