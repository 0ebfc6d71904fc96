"""A-13: rows at absolute multiples of a period, behind all events of their time."""

from tests.reference import Trades
from tests.reference.bars import Bar

_MOST = 10_000


def reference(trades: Trades, period: float = 0.1) -> list[Bar]:
    length = round(period * 1e9)
    rows: list[Bar] = []
    due = None
    for at, ts in enumerate(trades.ts_ns.tolist()):
        if due is not None and due < ts and (ts - 1 - due) // length >= _MOST:
            due = None
        while due is not None and due < ts:
            rows.append(Bar(due, [], at))
            due += length
        if due is None:
            due = -(-ts // length) * length
    return rows
