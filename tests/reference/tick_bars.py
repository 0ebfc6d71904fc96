"""E-02: bars of N trades."""

from tests.reference import Trades
from tests.reference.bars import Bar


def reference(trades: Trades, size: int = 100) -> list[Bar]:
    rows = [(float(p), float(q), int(s))
            for p, q, s in zip(trades.price, trades.qty, trades.side, strict=True)]
    return [Bar(int(trades.ts_ns[end - 1]), rows[end - size:end], end - 1)
            for end in range(size, len(rows) + 1, size)]
