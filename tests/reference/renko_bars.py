"""E-05: Renko bricks, one by one; those of one trade are a row. Levels are k B
as doubles."""

from tests.reference import Trades
from tests.reference.bars import Bar, Part


def reference(trades: Trades, brick: float = 1.0) -> list[Bar]:
    bars: list[Bar] = []
    parts: list[Part] = []
    level, direction = None, 0
    for at, ts in enumerate(trades.ts_ns.tolist()):
        price = float(trades.price[at])
        parts.append((price, float(trades.qty[at]), int(trades.side[at])))
        if level is None:
            level = round(price / brick)
        made = 0
        for way in (1, -1):
            while True:
                need = 2 if direction == -way else 1
                if (price - (level + need * way) * brick) * way < 0:
                    break
                level, direction, made = level + need * way, way, made + way
        if made:
            bars.append(Bar(ts, parts, at, bricks=made))
            parts = []
    return bars
