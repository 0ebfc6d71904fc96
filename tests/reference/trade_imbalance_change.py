"""C-18: signed over whole volume of (t - D, t] less that of (t - lag - D, t - lag]."""

import numpy as np

from tests.reference import Outputs, Real, Trades, nans, outputs


def reference(trades: Trades, *, window: int = 300_000_000, lag: int = 300_000_000,
              max_rows: int = 1 << 20, warmup: str = "strict") -> Outputs:
    ts, found = trades.ts_ns, nans(len(trades))

    def imbalance(after: int, until: int, n: int) -> Real:
        inside = slice(*np.searchsorted(ts[:n + 1], [after, until], side="right"))
        whole = np.sum(trades.qty[inside].astype(Real))
        return np.sum(trades.signed_qty[inside]) / whole if whole else Real(0)

    for n, t in enumerate(ts.tolist()):
        rows = n + 1 - int(np.searchsorted(ts, t - lag - window, side="right"))
        if rows > max_rows or (warmup == "strict" and t - int(ts[0]) < lag + window):
            continue
        found[n] = imbalance(t - window, t, n) - imbalance(t - lag - window, t - lag, n)
    return outputs(trade_imbalance_change=found)
