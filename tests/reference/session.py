"""N-37: where days begin in a zone's local time, ahead of the first event at or behind it."""

from datetime import UTC, datetime, time, timedelta, timezone

from tests.reference import Trades
from tests.reference.bars import Bar
from tests.reference.local_days import counts, first_at, newest_day

_MOST = 10_000
_DAY = 86_400 * 10**9


def _begins_in(zone: str, after: int, start: float, weekdays: bool) -> int:
    day = newest_day(zone, after - 1, int(start))
    while True:
        day += timedelta(days=1)
        ns = first_at(zone, day, int(start))
        if counts(newest_day(zone, ns, int(start)), weekdays):
            return ns


def _begins(after: int, start: float, utc_offset: float, weekdays: bool, zone: str) -> int:
    """The first one at or behind a time."""
    if zone:
        return _begins_in(zone, after, start, weekdays)
    fixed = timezone(timedelta(seconds=utc_offset))
    day = datetime.fromtimestamp(after // 10**9, UTC).astimezone(fixed).date() - timedelta(days=2)
    while True:
        begin = datetime.combine(day, time(), fixed) + timedelta(seconds=start)
        ns = round(begin.timestamp()) * 10**9
        if ns >= after and not (weekdays and begin.weekday() > 4):
            return ns
        day += timedelta(days=1)


def reference(trades: Trades, start: float = 0.0, utc_offset: float = 0.0,
              days: str = "all", zone: str = "") -> list[Bar]:
    rows: list[Bar] = []
    due = None
    for at, ts in enumerate(trades.ts_ns.tolist()):
        if due is not None and due <= ts and (ts - due) // _DAY >= _MOST:
            due = None
        if due is None:
            due = _begins(ts, start, utc_offset, days == "weekdays", zone)
        while due <= ts:
            rows.append(Bar(due, [], at))
            due = _begins(due + 1, start, utc_offset, days == "weekdays", zone)
    return rows
