"""E-03: bars of equal volume; a trade that crosses an end is split, in exact arithmetic."""

from fractions import Fraction

from tests.reference import Trades
from tests.reference.bars import Bar, Part


def reference(trades: Trades, size: float = 1000.0, split: bool = True,
              priced: bool = False) -> list[Bar]:
    bars: list[Bar] = []
    parts: list[Part] = []
    filled = Fraction(0)
    for at, ts in enumerate(trades.ts_ns.tolist()):
        price, side = float(trades.price[at]), int(trades.side[at])
        left, unit = Fraction(float(trades.qty[at])), Fraction(price) if priced else Fraction(1)
        completed = False
        while left * unit >= Fraction(size) - filled:
            part = (Fraction(size) - filled) / unit if split else left
            bars.append(Bar(ts, [*parts, (price, part, side)], at))
            parts, filled, left, completed = [], Fraction(0), left - part, True
            if not split:
                break
        if left > 0 or not completed:
            parts.append((price, left, side))
            filled += left * unit
    return bars
