"""Local time of a zone, by zoneinfo and nothing else: when clocks first show a time of day."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

SECOND = 10**9
MINUTE = timedelta(minutes=1)


@cache
def first_at(zone: str, day: date, of_day_s: int) -> int:
    """The first minute, in ns UTC, at which local clocks show this time of that day or more."""
    shown = datetime(day.year, day.month, day.day) + timedelta(seconds=of_day_s)
    at = shown.replace(tzinfo=UTC) - timedelta(hours=26)
    while at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) < shown:
        at += MINUTE
    return int(at.timestamp()) * SECOND


def newest_day(zone: str, ts_ns: int, of_day_s: int) -> date:
    """The newest day on which that time of day had come."""
    day = datetime.fromtimestamp(ts_ns // SECOND, UTC).date() + timedelta(days=2)
    while first_at(zone, day, of_day_s) > ts_ns:
        day -= timedelta(days=1)
    return day


def counts(day: date, weekdays: bool) -> bool:
    return not weekdays or day.weekday() < 5
