"""Draws of a seed, and what tapes make of them; see the package for what is the same everywhere."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigError

Columns = dict[str, NDArray[Any]]
START_MS, START = 1_600_000_000_000, 10_000.0
MOST_ROWS = 20_000_000
_TICK, _LOT = 100, 1000  # of a price unit and of a quantity unit, so many


def draws(rows: int, columns: int, seed: int, stream: int = 0) -> NDArray[np.float64]:
    """u in [0, 1), float64[rows, columns]. Raises ConfigError for rows and seeds out of range."""
    if not 1 <= rows <= 2 * MOST_ROWS or rows != int(rows):
        raise ConfigError(f"rows must be a whole number from 1 to {MOST_ROWS:,}, not {rows!r}")
    if seed < 0 or seed != int(seed):
        raise ConfigError(f"seed must be a whole number from 0, not {seed!r}")
    source = np.random.PCG64(np.random.SeedSequence(int(seed), spawn_key=(stream,)))
    raw = source.random_raw(int(rows) * columns).reshape(int(rows), columns)
    return np.asarray((raw >> np.uint64(11)).astype(np.float64) * 2.0**-53)


def times(u: NDArray[np.float64], most_ms: int) -> NDArray[np.int64]:
    """Times in ns UTC that rise by 1 to `most_ms` whole milliseconds."""
    steps = 1 + np.floor(most_ms * u).astype(np.int64)
    return np.asarray((START_MS + np.cumsum(steps)) * 1_000_000)


def path(moves: NDArray[np.float64]) -> NDArray[np.float64]:
    """The price behind each move, one added after the other."""
    return np.asarray(np.cumsum(np.append(START, moves))[1:])


def lots(u: NDArray[np.float64], most: int) -> NDArray[np.float64]:
    """Quantities of 1 to `most` thousandths."""
    return np.asarray((1.0 + np.floor(most * u)) / _LOT)


def on_ticks(price: NDArray[np.float64]) -> NDArray[np.float64]:
    """Prices rounded to whole hundredths."""
    return np.asarray(np.rint(price * _TICK) / _TICK)


def trades_of(ts_ns: NDArray[np.int64], price: NDArray[np.float64], qty: NDArray[np.float64],
            bought: NDArray[Any], seed: int) -> Columns:
    """The columns of trades, ids from 1. Raises ConfigError where a price is none."""
    if not (price > 0).all():
        raise ConfigError(f"seed {seed}: the price comes down to 0 at row"
                          f" {int(np.argmin(price > 0)) + 1:,}: ask for fewer rows or another seed")
    return {"ts_ns": ts_ns, "price": price, "qty": qty,
            "side": np.where(bought, 1, -1).astype(np.int8), "id": np.arange(1, len(price) + 1)}


def finite(**numbers: float) -> None:
    """Raises ConfigError for NaN and infinity, by the name of the argument."""
    for name, number in numbers.items():
        if not math.isfinite(number):
            raise ConfigError(f"{name} must be a finite number, not {number!r}")
