"""B-15: rows at multiples of a period, and what was traded since the row before."""

from tests.reference import Trades
from tests.reference.bars import Bar

_MOST = 10_000


def reference(trades: Trades, period: float = 0.1) -> list[Bar]:
    length = round(period * 1e9)
    rows: list[Bar] = []
    parts: list[tuple[float, float, int]] = []
    due, close = None, float("nan")
    for at, ts in enumerate(trades.ts_ns.tolist()):
        if due is not None and due < ts and (ts - 1 - due) // length >= _MOST:
            due, close, parts = None, float("nan"), []
        while due is not None and due < ts:
            rows.append(Bar(due, parts, at, close))
            close = parts[-1][0] if parts else close
            due, parts = due + length, []
        if due is None:
            due = -(-ts // length) * length
        parts.append((float(trades.price[at]), float(trades.qty[at]), int(trades.side[at])))
    return rows
