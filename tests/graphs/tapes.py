"""Random tapes: trades of one or several symbols and ticks of a leader, with hostile stretches.

A hostile thing is one function of HOSTILE: it changes the trades of a stretch. One that makes rows
an engine refuses is of REFUSED, and is put in last, when stamps are there. LEADERS are the ways a
leader's ticks lie between the trades.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
_BEGIN = 1_600_000_000 * 10**9
_DAY = 86_400 * 10**9


@dataclass
class Tape:
    """Columns of trades, a symbol's code for each (None: one symbol), and the leader's ticks."""

    step_ns: Array
    price: Array
    qty: Array
    side: Array
    symbol: Array | None = None
    ts_ns: Array = None  # type: ignore[assignment]  # when no stretch moves times any more
    leader: tuple[Array, Array] | None = None

    @property
    def columns(self) -> tuple[Array, Array, Array, Array]:
        return self.ts_ns, self.price, self.qty, self.side

    @property
    def names(self) -> list[str]:
        return ["0"] if self.symbol is None else [f"S{n}" for n in range(self.symbol.max() + 1)]

    def __len__(self) -> int:
        return len(self.price)


Rng = np.random.Generator


def flat_price(_: Rng, t: Tape, part: slice) -> None:
    t.price[part] = t.price[part.start]


def two_prices(_: Rng, t: Tape, part: slice) -> None:
    t.price[part] = t.price[part.start]
    t.price[part][::2] *= 1.0001


def equal_times(_: Rng, t: Tape, part: slice) -> None:
    t.step_ns[part] = 0


def hours_apart(rng: Rng, t: Tape, part: slice) -> None:
    t.step_ns[part][rng.random(len(t.step_ns[part])) < 0.02] = 3 * 3600 * 10**9


def unknown_sides(_: Rng, t: Tape, part: slice) -> None:
    t.side[part] = 0


def rarely_known_sides(rng: Rng, t: Tape, part: slice) -> None:
    t.side[part][rng.random(len(t.side[part])) < rng.choice([0.99, 0.999])] = 0


def one_sided(rng: Rng, t: Tape, part: slice) -> None:
    t.side[part] = rng.choice([-1, 1])


def turning_sides(_: Rng, t: Tape, part: slice) -> None:
    t.side[part] = 1
    t.side[part][::2] = -1


def no_quantity(_: Rng, t: Tape, part: slice) -> None:
    t.qty[part] = 0.0


def equal_quantities(_: Rng, t: Tape, part: slice) -> None:
    t.qty[part] = t.qty[part.start]


def extreme_quantities(rng: Rng, t: Tape, part: slice) -> None:
    t.qty[part] *= 10.0 ** rng.choice([-320, -300, -140, 150, 290, 15])


def spikes(rng: Rng, t: Tape, part: slice) -> None:
    hit = rng.random(len(t.qty[part])) < 0.01
    t.qty[part][hit] *= 1e15
    t.price[part][hit] *= 1e9


def extreme_prices(rng: Rng, t: Tape, part: slice) -> None:
    t.price[part] *= 10.0 ** rng.choice([-300, -140, 150, 290, 15])


def still(rng: Rng, t: Tape, part: slice) -> None:
    """All at once: flat, at one time, sides unknown."""
    for hostile in (flat_price, equal_times, unknown_sides, equal_quantities):
        hostile(rng, t, part)


HOSTILE: tuple[Callable[[Rng, Tape, slice], None], ...] = (
    flat_price, two_prices, equal_times, hours_apart, unknown_sides, rarely_known_sides, one_sided,
    turning_sides, no_quantity, equal_quantities, extreme_quantities, spikes, extreme_prices, still)


def late_rows(rng: Rng, t: Tape, rows: Array) -> None:
    t.ts_ns[rows] -= rng.choice([1, 10**6, 10**13])


def bad_prices(rng: Rng, t: Tape, rows: Array) -> None:
    t.price[rows] = rng.choice([np.nan, 0.0, -1.0, np.inf])


def bad_quantities(rng: Rng, t: Tape, rows: Array) -> None:
    t.qty[rows] = rng.choice([np.nan, -1.0, np.inf])


def bad_sides(_: Rng, t: Tape, rows: Array) -> None:
    t.side[rows] = 7


def jumps(_: Rng, t: Tape, rows: Array) -> None:
    t.ts_ns[rows] += 31 * _DAY


REFUSED: tuple[Callable[[Rng, Tape, Array], None], ...] = (
    late_rows, bad_prices, bad_quantities, bad_sides, jumps)


def at_trade_times(rng: Rng, t: Tape) -> Array:
    return rng.choice(t.ts_ns, size=max(1, len(t) // 10))


def often(rng: Rng, t: Tape) -> Array:
    return rng.integers(t.ts_ns.min(), t.ts_ns.max() + 2, size=max(1, len(t) // 8))


def seldom(rng: Rng, t: Tape) -> Array:
    return rng.integers(t.ts_ns.min() - 10**9, t.ts_ns.max() + 2, size=max(1, len(t) // 400))


def from_the_middle_on(rng: Rng, t: Tape) -> Array:
    middle = min(int(np.median(t.ts_ns)), int(t.ts_ns.max()))  # a float may be beyond all of them
    return rng.integers(middle, t.ts_ns.max() + 2, size=max(1, len(t) // 10))


LEADERS: tuple[Callable[[Rng, Tape], Array], ...] = (
    at_trade_times, often, seldom, from_the_middle_on)


def ordinary(rng: Rng, rows: int) -> Tape:
    """A random walk on a grid of prices."""
    steps = rng.choice([-2, -1, 0, 0, 1, 2], size=rows)
    price = 100.0 + 0.01 * np.clip(np.cumsum(steps), -5000, None)
    pace = rng.choice([1_000, 10**6, 10**9])
    return Tape(step_ns=np.rint(rng.exponential(pace, size=rows)).astype(np.int64),
                price=price, qty=np.round(rng.lognormal(0, 1.5, size=rows), 3),
                side=rng.choice([-1, 1], size=rows).astype(np.int8))


def _symbols(rng: Rng, rows: int) -> Array | None:
    """None, several between one another, or several in long runs."""
    kind = rng.choice(["one", "mixed", "runs"], p=[0.7, 0.2, 0.1])
    if kind == "one":
        return None
    if kind == "mixed":
        return (rng.random(rows) ** 2 * rng.integers(2, 6)).astype(np.uint32)
    return (np.arange(rows) * rng.integers(2, 4) // rows).astype(np.uint32)


def _stretch(rng: Rng, rows: int) -> slice:
    begin = int(rng.integers(0, rows))
    return slice(begin, begin + 1 + int(rng.integers(0, rows) ** 2 // rows))


def _with_stamps(rng: Rng, t: Tape) -> None:
    t.ts_ns = _BEGIN + np.cumsum(t.step_ns)
    if rng.random() < 0.7:
        t.leader = _leader(rng, t)


def _leader(rng: Rng, t: Tape) -> tuple[Array, Array]:
    ts_ns = np.sort(LEADERS[rng.integers(len(LEADERS))](rng, t))
    price = 50.0 * np.exp(1e-4 * np.cumsum(rng.choice([-1, 0, 0, 1], size=len(ts_ns))))
    if rng.random() < 0.3:  # refused and late ones
        price[rng.random(len(price)) < 0.02] = np.nan
        late = rng.random(len(price)) < 0.02
        ts_ns[late] -= 10**9
    return ts_ns, price


def _make_hostile(hostile: Callable[[Rng, Tape, slice], None], rng: Rng, tape: Tape,
                  part: slice) -> None:
    """Numbers may overflow or vanish: an engine refuses such prices and quantities."""
    with np.errstate(over="ignore", under="ignore"):
        hostile(rng, tape, part)


def random_tape(seed: int) -> Tape:
    """Long enough for chunks, most often, and then with few rows that an engine refuses."""
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(7_000, 12_000) if rng.random() < 0.7 else rng.integers(1, 1_500))
    tape = ordinary(rng, rows)
    for hostile in rng.choice(len(HOSTILE), size=rng.integers(0, 7)):
        _make_hostile(HOSTILE[hostile], rng, tape, _stretch(rng, rows))
    tape.symbol = _symbols(rng, rows)
    _with_stamps(rng, tape)
    if rng.random() < 0.4:
        few = rng.integers(1, 4) if rng.random() < 0.5 else max(1, rows // 50)
        for refused in REFUSED:
            if rng.random() < 0.4:
                refused(rng, tape, rng.integers(0, rows, size=few))
    return tape


def hostile_tape(hostile: Callable[[Rng, Tape, slice], None], rows: int,
                 seed: int) -> Tape:
    """Half of the tape, behind ordinary trades and before some."""
    rng = np.random.default_rng(seed)
    tape = ordinary(rng, rows)
    _make_hostile(hostile, rng, tape, slice(rows // 3, rows * 5 // 6))
    tape.ts_ns = _BEGIN + np.cumsum(tape.step_ns)
    tape.leader = _leader(rng, tape)
    return tape
