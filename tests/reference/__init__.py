"""The second mind: what each kernel computes, slow and obvious, in numpy alone.

One module a kernel, each with `reference(trades, **params) -> {output: float64 array}`. Nothing
here imports tickeng. Sums run afresh over every window, in long double.
"""

from dataclasses import dataclass

import numpy as np

L = np.longdouble


@dataclass(frozen=True)
class Trades:
    """Columns of one length. The leader is as of each trade: price and own last return (NaN: none),
    and the time of its last tick."""

    ts_ns: np.ndarray
    price: np.ndarray
    qty: np.ndarray
    side: np.ndarray
    leader_price: np.ndarray
    leader_last_return: np.ndarray
    leader_ts_ns: np.ndarray

    @property
    def v(self):
        return self.side * self.qty

    @property
    def r(self):
        """ln(p / p_prev), NaN at the first trade."""
        p = self.price.astype(L)
        out = np.full(len(p), np.nan, L)
        out[1:] = np.log(p[1:] / p[:-1])
        return out

    @property
    def dt_s(self):
        out = np.full(len(self.ts_ns), np.nan, L)
        out[1:] = np.diff(self.ts_ns).astype(L) / L(10**9)
        return out


def with_leader(ts_ns, price, qty, side, leader_ts_ns, leader_price):
    """Trades with a leader merged by time: a tick with the trade's own timestamp is not yet
    seen."""
    at = np.searchsorted(leader_ts_ns, ts_ns, side="left") - 1
    seen = at >= 0
    returns = np.append(np.nan, np.log(leader_price[1:].astype(L) / leader_price[:-1].astype(L)))
    return Trades(
        ts_ns, price, qty, side.astype(float), np.where(seen, leader_price[at], np.nan),
        np.where(seen, returns[at], np.nan), np.where(seen, leader_ts_ns[at], 0))
