"""The second mind: every kernel again as slow, obvious numpy in extended precision.

One file a kernel, named after it, with `reference(trades, **params) -> {output: float64 array}`.
Nothing here imports the engine or keeps a running sum: each window is cut out and summed afresh in
np.longdouble. An undefined value (NaN) is not pushed into a window; the window keeps the last
defined ones and the output is NaN at that trade. Strict warm-up: NaN until the window is full.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

Real = np.longdouble
Reals = NDArray[np.longdouble]
Outputs = dict[str, NDArray[np.float64]]
EPS = Real("1e-8")


@dataclass(frozen=True, eq=False)
class Quotes:
    """Accepted quotes of one symbol that are a market; a side that is empty has price NaN."""

    ts_ns: NDArray[np.int64]
    bid: NDArray[np.float64]
    bid_qty: NDArray[np.float64]
    ask: NDArray[np.float64]
    ask_qty: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.ts_ns)


@dataclass(frozen=True, eq=False)
class Books:
    """Accepted books of one symbol that are a market: each its levels, best first."""

    ts_ns: NDArray[np.int64]
    bid: list[list[float]]
    bid_qty: list[list[float]]
    ask: list[list[float]]
    ask_qty: list[list[float]]

    def __len__(self) -> int:
        return len(self.ts_ns)


@dataclass(frozen=True, eq=False)
class Trades:
    """Accepted trades of one symbol and the ticks of its leader; trade n sees the first seen[n]."""

    ts_ns: NDArray[np.int64]
    price: NDArray[np.float64]
    qty: NDArray[np.float64]
    side: NDArray[np.int8]
    tick_ts_ns: NDArray[np.int64]
    tick_price: NDArray[np.float64]
    seen: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ts_ns)

    @cached_property
    def signed_qty(self) -> Reals:
        return self.side * self.qty.astype(Real)

    @cached_property
    def log_return(self) -> Reals:
        return after_first(log_ratio(self.price[1:], self.price[:-1]))

    @cached_property
    def dt_s(self) -> Reals:
        return after_first(np.diff(self.ts_ns).astype(Real) / Real(10**9))

    @cached_property
    def leader_price(self) -> Reals:
        """As of each trade, NaN before the first tick."""
        return self._as_of(self.tick_price)

    @cached_property
    def leader_age_s(self) -> Reals:
        return (self.ts_ns - self._as_of(self.tick_ts_ns)) / Real(10**9)

    @cached_property
    def leader_last_return(self) -> Reals:
        """ln of the last two ticks, as of each trade."""
        return self._as_of(after_first(log_ratio(self.tick_price[1:], self.tick_price[:-1])))

    def _as_of(self, ticks: NDArray[np.generic]) -> Reals:
        return np.concatenate((nans(1), ticks.astype(Real)))[self.seen]


@cache
def head(trades: Trades, rows: int) -> Trades:
    """The first trades; one object however often it is asked for, so that results are reused."""
    return replace(trades, ts_ns=trades.ts_ns[:rows], price=trades.price[:rows],
                   qty=trades.qty[:rows], side=trades.side[:rows], seen=trades.seen[:rows])


def without_leader(ts_ns: NDArray[np.int64], price: NDArray[np.float64],
                   qty: NDArray[np.float64], side: NDArray[np.int8]) -> Trades:
    nothing = np.zeros(len(ts_ns), dtype=np.int64)
    return Trades(ts_ns, price, qty, side, nothing[:0], np.empty(0), nothing)


def merge_leader(trades: Trades, ts_ns: NDArray[np.int64], price: NDArray[np.float64],
                 latency_ns: int = 0) -> Trades:
    """A leader tick is seen by trades strictly later than its time plus the latency."""
    seen = np.searchsorted(ts_ns + latency_ns, trades.ts_ns, side="left")
    return replace(trades, tick_ts_ns=ts_ns, tick_price=price, seen=seen)


def lead_by_arrival(trades: Trades, price: NDArray[np.float64]) -> Trades:
    """Leader tick i, stamped like trade i, arrives just before trade i."""
    return replace(trades, tick_ts_ns=trades.ts_ns, tick_price=price,
                   seen=np.arange(1, len(trades) + 1))


def nans(n: int) -> Reals:
    return np.full(n, np.nan, dtype=Real)


def after_first(x: Reals) -> Reals:
    """NaN for the first trade, then x."""
    return np.concatenate((nans(1), x))


def log_ratio(p: NDArray[np.floating], q: NDArray[np.floating]) -> Reals:
    """ln(p/q); log1p keeps the digits of a one-tick move, and loses those of a collapse."""
    p, q = p.astype(Real), q.astype(Real)
    change = (p - q) / q
    return np.where(change < -0.5, np.log(p / q), np.log1p(np.maximum(change, -0.5)))


def rolling(x: Reals, window: int, warmup: str, of: Callable[[Reals], object]) -> Reals:
    """of(the last min(count, window) defined values) at every defined value; numbers or tuples."""
    exact = x.astype(np.float64)  # the float64 and the rest: bytes of a long double hold padding
    key = (exact.tobytes(), (x - exact).astype(np.float64).tobytes(), window, warmup, of)
    if key not in _windows:
        places = np.flatnonzero(~np.isnan(x))
        defined, first = x[places], window if warmup == "strict" else 1
        rows = [of(defined[max(0, end - window):end]) for end in range(first, len(places) + 1)]
        values = np.array(rows, dtype=Real)
        y = np.full((len(x), *values.shape[1:]), np.nan, dtype=Real)
        y[places[first - 1:]] = values
        _windows[key] = y
    return _windows[key]


_windows: dict[tuple[object, ...], Reals] = {}  # many settings share their windows


def rolling_sum(x: Reals, window: int, warmup: str) -> Reals:
    return rolling(x, window, warmup, np.sum)


def rolling_mean(x: Reals, window: int, warmup: str) -> Reals:
    return rolling(x, window, warmup, np.mean)


def deviation(values: Reals) -> tuple[Real, Real, Real]:
    """Of the newest value from the mean; population sigma; the mean."""
    shifted = values - values[0]  # exactly 0 in a constant window
    shift = np.sum(shifted) / len(values)
    shifted -= shift
    sigma = np.sqrt(np.sum(shifted * shifted) / len(values))
    return shifted[-1], sigma, values[0] + shift


def rolling_z(x: Reals, window: int, warmup: str, eps: str) -> Reals:
    """z-score of each value in its own window, population sigma; 0 where nothing varies.

    That is meant of the exact series. The noise of its rounding is no variation: where sigma is
    within what rounding can make of equal terms, z is 0 too. Here values are wider than doubles and
    their noise is not told apart; streams that stand still are held against integers, in which
    there is none, by tests/parity/test_standing_still.py.
    """
    moments = rolling(x, window, warmup, deviation)
    if moments.ndim == 1:  # no window was ever full
        return moments
    dev, sigma, mean = moments.T
    scale = sigma + (EPS if eps == "absolute" else EPS * abs(mean))
    return np.where(scale == 0, Real(0), dev / np.where(scale == 0, 1, scale))


def drop_first(x: Reals, mode: str, warmup: str) -> Reals:
    """The original engine starts its loop at the second trade: the first counts as zero."""
    if mode == "engine" and warmup == "expanding":
        return np.concatenate((np.zeros(1, dtype=Real), x[1:]))
    return x


def outputs(**columns: NDArray[np.generic]) -> Outputs:
    return {name: np.asarray(column, dtype=np.float64) for name, column in columns.items()}
