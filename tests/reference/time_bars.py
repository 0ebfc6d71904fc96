"""E-01: bars of equal time. `ends`: other events' stamps that may end a bar, with the index of the
trade that is the first behind each."""

from tests.reference import Trades
from tests.reference.bars import Bar
from tests.reference.local_days import span_behind

_MOST = 10_000


def reference(trades: Trades, period: float = 60.0, first_bar: str = "drop",
              zone: str = "") -> list[Bar]:
    length = round(period * 1e9)

    def behind(ts: int) -> int:
        return span_behind(zone, ts, round(period)) if zone else ts // length * length + length

    bars: list[Bar] = []
    end, parts, close, whole = 0, [], float("nan"), True
    for at, ts in enumerate(trades.ts_ns.tolist()):
        if at and not parts and end and (ts - end) // length >= _MOST:
            end = 0
        while end and end <= ts:
            if not parts and (ts - end) // length >= _MOST:
                end = 0
                break
            if whole:
                bars.append(Bar(end, parts, at, close))
            close = parts[-1][0] if parts else close
            end, parts, whole = behind(end), [], True
        if not end:
            end, parts, close = behind(ts), [], float("nan")
            whole = first_bar == "keep" or behind(ts - 1) == ts
        parts.append((float(trades.price[at]), float(trades.qty[at]), int(trades.side[at])))
    return bars
