"""H-03 and H-04 from their definitions: windows in time, ending at each time of a grid.

Nothing here is a sum over cells: each window (t - D, t] is cut out of the trades, and each quote is
looked up as of t.
"""

import numpy as np

from tests.reference import Outputs, Quotes, Real, Reals, Trades, log_ratio, rolling_z
from tests.reference.quote_imbalance import imbalances as quote_imbalances
from tests.reference.series.sample import on_grid

MS = 10**6


def imbalance(trades: Trades, end: int, window: int) -> Real:
    inside = (trades.ts_ns > end - window) & (trades.ts_ns <= end)
    whole = trades.qty[inside].astype(Real).sum()
    return trades.signed_qty[inside].sum() / whole if whole else Real(0)


def imbalances(trades: Trades, grid: np.ndarray, window: int, lag: int) -> Reals:
    """Over `window` ns as of each time, less that of `lag` ns before where there is a lag."""
    found = np.full(len(grid), np.nan, Real)
    for g, at in enumerate(grid.tolist()):
        if at - trades.ts_ns[0] < window + lag:
            continue
        found[g] = imbalance(trades, at, window)
        if lag:
            found[g] -= imbalance(trades, at - lag, window)
    return found


def reference(trades: Trades, quotes: Quotes, until: np.ndarray, grid: np.ndarray,
              samples: int = 600) -> Outputs:
    """A row for each time of the grid; `until`: up to when each quote is a market."""
    bid, ask = quotes.bid.astype(Real), quotes.ask.astype(Real)
    mid, share = (bid + ask) / 2, quote_imbalances(quotes)

    def as_of(x: Reals, before: int = 0) -> Reals:
        rows = np.arange(len(quotes), dtype=np.float64)  # a long double would be rounded
        at = on_grid(rows, quotes.ts_ns, grid - before * MS, until)
        return np.where(np.isnan(at), np.nan, x[np.nan_to_num(at).astype(int)])

    found = {"ret_2s": 10**4 * log_ratio(as_of(mid), as_of(mid, 2000)),
             "ti_2s": imbalances(trades, grid, 2000 * MS, 0),
             "dti_300ms": imbalances(trades, grid, 300 * MS, 300 * MS),
             "dqi_300ms": as_of(share) - as_of(share, 300),
             "md_bps": as_of(10**4 * share * (ask - bid) / 2 / mid)}

    def together(*names: str) -> list[Reals]:
        inputs = [found[name] for name in names]
        known = np.isfinite(np.sum(inputs, axis=0))
        return [np.where(known, x, np.nan) for x in inputs]

    def z(x: Reals) -> Reals:
        return rolling_z(x, samples, "strict", "relative")

    ret, ti, md = together("ret_2s", "ti_2s", "md_bps")
    found["pump_score"] = (Real("0.4") * z(ret) + Real("0.8") * z(ti) + Real("0.6") * z(md))
    dti, dqi, md = together("dti_300ms", "dqi_300ms", "md_bps")
    found["exhaust_score"] = -z(dti) - z(dqi) + np.where(np.isnan(md), np.nan, md < 0)
    return {name: column.astype(np.float64) for name, column in found.items()}
