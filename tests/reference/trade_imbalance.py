"""C-17: signed over whole volume, by time (t - D, t] or by count."""

import numpy as np

from tests.reference import Outputs, Real, Trades, nans, outputs


def ratios(trades: Trades, window: int | str, max_rows: int, warmup: str) -> np.ndarray:
    """`window`: a count, or a number of nanoseconds as text, "2000000000ns"."""
    found, ts = nans(len(trades)), trades.ts_ns
    span = 2 * 10**9 if window == "2s" else int(str(window).removesuffix("ns"))
    by_time = isinstance(window, str)
    for n in range(len(trades)):
        first = int(np.searchsorted(ts, ts[n] - span, side="right")) if by_time else max(
            0, n - span + 1)
        warm = ts[n] - ts[0] >= span if by_time else n >= span - 1
        if (warmup == "strict" and not warm) or (by_time and n - first + 1 > max_rows):
            continue
        whole = np.sum(trades.qty[first:n + 1].astype(Real))
        found[n] = np.sum(trades.signed_qty[first:n + 1]) / whole if whole else Real(0)
    return found


def reference(trades: Trades, *, window: int | str = "2s", max_rows: int = 1 << 20,
              warmup: str = "strict") -> Outputs:
    return outputs(trade_imbalance=ratios(trades, window, max_rows, warmup))
