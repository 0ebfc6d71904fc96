"""E-01: bars of equal time, all day or while a daily span is open."""

from datetime import timedelta

from tests.reference import Trades
from tests.reference.bars import Bar
from tests.reference.local_days import SECOND, counts, first_at, newest_day, span_behind

_MOST = 10_000


def open_span(zone: str, ts_ns: int, start: float, end: float, days: str) -> tuple[int, int]:
    """The daily span of a time or, where there is none, the next one."""
    day = newest_day(zone, ts_ns, int(start))
    while True:
        begin, behind = (first_at(zone, day, int(at)) for at in (
            start, end if end > start else end + 86_400))
        if counts(day, days == "weekdays") and max(begin, ts_ns) < behind:
            return begin, behind
        day += timedelta(days=1)


def reference(trades: Trades, period: float = 60.0, first_bar: str = "drop", zone: str = "",
              start: float = 0.0, end: float = 0.0, days: str = "all") -> list[Bar]:
    length = round(period * SECOND)
    closes = start != end or days != "all"

    def whole(ts: int) -> int:
        return span_behind(zone, ts, round(period)) if zone else ts // length * length + length

    def behind(ts: int) -> int:
        if not closes:
            return whole(ts)
        begin, close = open_span(zone or "UTC", ts, start, end, days)
        return min(whole(max(ts, begin)), close)

    def too_many(at: int, now: int) -> bool:
        count = 0
        while at <= now and count < _MOST:
            at, count = behind(at), count + 1
        return at <= now

    bars: list[Bar] = []
    last, parts, close, is_whole = 0, [], float("nan"), True
    for at, ts in enumerate(trades.ts_ns.tolist()):
        begun = last
        while last and last <= ts:
            if not parts and (ts - last) // length >= _MOST and too_many(last, ts):
                last = 0
                break
            if is_whole:
                bars.append(Bar(last, parts, at, close))
            close = parts[-1][0] if parts else close
            last, parts, is_whole = behind(last), [], True
        if begun and not last:
            close = float("nan")
        if closes and not open_span(zone or "UTC", ts, start, end, days)[0] <= ts:
            continue
        if not last:
            last, parts, close = behind(ts), [], float("nan")
            opens = closes and open_span(zone or "UTC", ts, start, end, days)[0] == ts
            is_whole = first_bar == "keep" or opens or behind(ts - 1) == ts
        parts.append((float(trades.price[at]), float(trades.qty[at]), int(trades.side[at])))
    return bars
