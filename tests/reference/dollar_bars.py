"""E-04: bars of equal value traded."""

from tests.reference import Trades, volume_bars
from tests.reference.bars import Bar


def reference(trades: Trades, size: float = 1e6, split: bool = True) -> list[Bar]:
    return volume_bars.reference(trades, size, split, priced=True)
