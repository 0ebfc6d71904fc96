"""Bars as lists of what was traded in them, and what follows from that."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from tests.reference import Outputs

Part = tuple[float, float | Fraction, int]  # price, quantity, side


@dataclass
class Bar:
    """`at`: the trade that stands behind its end, or that completed it; a later row sees it."""

    ts_ns: int
    parts: list[Part]
    at: int
    carried: float = float("nan")  # close before it
    bricks: int = 0


def columns(bars: Sequence[Bar]) -> Outputs:
    """The outputs of a builder, a row a bar; sums are exact before they are rounded once."""
    rows = []
    for bar in bars:
        prices = [price for price, _, _ in bar.parts] or [bar.carried]
        volume = sum((Fraction(qty) for _, qty, _ in bar.parts), Fraction(0))
        signed = sum((side * Fraction(qty) for _, qty, side in bar.parts), Fraction(0))
        value = sum((Fraction(price) * Fraction(qty) for price, qty, _ in bar.parts), Fraction(0))
        rows.append((prices[0], max(prices), min(prices), prices[-1], float(volume),
                     float(signed), float(value / volume) if volume else float("nan"),
                     float(len(bar.parts))))
    names = ("open", "high", "low", "close", "volume", "signed_volume", "vwap", "trades")
    return dict(zip(names, np.array(rows).reshape(-1, len(names)).T, strict=True))
