"""Trades with a known impact, with a leader of a known delay, with none of both, and disturbed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigError
from .draws import START, Columns, draws, finite, lots, on_ticks, path, times, trades_of


def walk(rows: int, seed: int = 0) -> Columns:
    """A random walk that no kernel has an edge on: side and price know nothing of each other.

    From 10,000 at 1.6e12 ms on, for each trade: qty 1.5 u, side +1 or -1 alike, price
    += 5 (u - 1/2), time += 1 to 1,000 whole milliseconds.

    Parameters
    ----------
    rows : trades, 1 to 20,000,000.
    seed : a whole number from 0.

    Returns
    -------
    dict of arrays of length rows: ts_ns int64 (ns UTC), price and qty float64, side int8 (+1 the
    buyer took, -1 the seller), id int64 from 1.

    Raises
    ------
    ConfigError : rows or seed is out of range, or the walk comes down to 0 before its end.

    >>> trades = synthetic.walk(1000)
    >>> tickeng.Engine(kernels="trade_flow").run(trades=trades)["status"].size
    1000
    """
    u = draws(rows, 4, seed)
    return trades_of(times(u[:, 3], 1000), path(5.0 * (u[:, 2] - 0.5)), 1.5 * u[:, 0],
                     u[:, 1] < 0.5, seed)


def impact(rows: int, seed: int = 0, *, impact: float = 0.05, noise: float = 0.5) -> Columns:
    """Trades that move the price: each by `impact` times its signed quantity, plus noise.

    `kyle_lambda` finds `impact`. Prices are whole hundredths, quantities thousandths up to 2.

    Parameters
    ----------
    rows, seed : as those of `walk`.
    impact : price units per unit of quantity; below 0 the price goes against the trades.
    noise : width of the uniform move that each trade adds, price units.

    Returns, Raises
    ---------------
    As `walk`.

    >>> trades = synthetic.impact(20_000, seed=1, impact=0.05)
    >>> frame = tickeng.Engine(kernels="kyle_lambda").run(trades=trades)
    >>> abs(float(frame["kyle_lambda"][-1]) - 0.05) < 0.02
    True
    """
    finite(impact=impact, noise=noise)
    u = draws(rows, 4, seed)
    qty = lots(u[:, 0], 2000)
    bought = u[:, 1] < 0.5
    moves = impact * np.where(bought, qty, -qty) + noise * (u[:, 2] - 0.5)
    return trades_of(times(u[:, 3], 200), on_ticks(path(moves)), qty, bought, seed)


def lead_lag(rows: int, seed: int = 0, *, lag_ms: int = 50, share: float = 1.0,
             noise: float = 0.02) -> dict[str, Columns]:
    """Two markets, of which one is where the other was `lag_ms` ago, but for noise.

    Both trade every 1 to 20 ms, each at times of its own.

    Parameters
    ----------
    rows, seed : as those of `walk`; rows are those of the follower.
    lag_ms : the delay in whole milliseconds, 0 to 60,000.
    share : the part of the leader's move that the follower makes.
    noise : width of the uniform noise around the follower's price, price units.

    Returns
    -------
    dict with "trades", the follower's, and "leader", the leader's up to the follower's last one,
    both as `walk` returns them. `Engine.run(trades=..., leader=(ts_ns, price))` takes both.

    Raises
    ------
    As `walk`.

    >>> tape = synthetic.lead_lag(1000, lag_ms=50)
    >>> sorted(tape)
    ['leader', 'trades']
    """
    finite(share=share, noise=noise)
    if not 0 <= lag_ms <= 60_000 or lag_ms != int(lag_ms):
        raise ConfigError(f"lag_ms must be a whole number from 0 to 60,000, not {lag_ms!r}")
    u = draws(rows, 4, seed)
    ahead = draws(rows + 8 * math.isqrt(rows) + 64, 4, seed, stream=1)  # until the last trade
    led = times(ahead[:, 3], 20)
    steps = np.floor(5.0 * ahead[:, 2]) - 2.0
    led_price = START + np.cumsum(steps) / 10.0
    ts_ns = times(u[:, 3], 20)
    seen = np.searchsorted(led, ts_ns - int(lag_ms) * 1_000_000, side="right") - 1
    moved = np.where(seen >= 0, led_price[seen] - START, 0.0)
    price = on_ticks(START + share * moved + noise * (u[:, 2] - 0.5))
    upto = slice(int(np.searchsorted(led, ts_ns[-1], side="right")))
    ahead, led = ahead[upto], led[upto]
    return {"trades": trades_of(ts_ns, price, lots(u[:, 0], 2000), u[:, 1] < 0.5, seed),
            "leader": trades_of(led, led_price[upto], lots(ahead[:, 0], 2000), steps[upto] > 0,
                                seed)}


def disturbed(trades: Mapping[str, NDArray[Any]], seed: int = 0, *, gaps: int = 0,
              gap_rows: int = 200, duplicates: float = 0.0, late: float = 0.0,
              ) -> tuple[Columns, dict[str, int]]:
    """A tape with outages, repeated rows and rows that come late, and how many of each there are.

    Parameters
    ----------
    trades : columns of `walk`, `impact` or another tape whose times do not fall, with `id`.
    seed : of what is disturbed.
    gaps : outages, each of `gap_rows` rows that are missing with their ids.
    duplicates : the share of rows that come twice in a row, 0 to 1.
    late : the share of rows that are moved behind the next three, 0 to 1.

    Returns
    -------
    (columns, told) : `told` has "missing" rows, "duplicate" ones, and "late" ones, which are older
    than a row before them; what `Engine(dedupe="id")` counts, and `inspect` of missing ids.

    Raises
    ------
    ConfigError : a share is not within 0 and 1, or the tape is too short for the gaps.

    >>> tape, told = synthetic.disturbed(synthetic.walk(5000), gaps=2)
    >>> told["missing"], len(tape["price"])
    (400, 4600)
    """
    rows = len(trades["ts_ns"])
    for name, part in (("duplicates", duplicates), ("late", late)):
        if not 0 <= part <= 1:
            raise ConfigError(f"{name} must be a share from 0 to 1, not {part!r}")
    if gaps < 0 or gap_rows < 1 or (gaps and rows // gaps < gap_rows + 2):
        raise ConfigError(f"{rows:,} rows have no room for {gaps} gaps of {gap_rows} rows: ask for"
                          " more rows or fewer gaps")
    u = draws(max(rows, gaps), 3, seed, stream=2)
    kept = np.ones(rows, np.bool_)
    for n in range(gaps):  # one in each part of the tape, away from its ends
        room = rows // gaps - gap_rows - 1
        begin = n * (rows // gaps) + 1 + int(u[n, 2] * room)
        kept[begin:begin + gap_rows] = False
    at = np.flatnonzero(kept)
    at = at[np.argsort(np.arange(len(at)) + 3.5 * (u[at, 0] < late), kind="stable")]
    ts_ns = trades["ts_ns"][at]
    is_late = np.maximum.accumulate(ts_ns) > ts_ns
    twice = (u[at, 1] < duplicates) & ~is_late
    at = np.repeat(at, 1 + twice)
    return ({name: np.ascontiguousarray(column[at]) for name, column in trades.items()},
            {"missing": rows - int(kept.sum()), "duplicate": int(twice.sum()),
             "late": int(is_late.sum())})
