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


def span_behind(zone: str, ts_ns: int, length_s: int) -> int:
    """The first minute behind ts_ns, in ns UTC, at which local clocks show a multiple of so many
    seconds, or have just been put forward over one."""
    at = ts_ns // (60 * SECOND) * 60
    while True:
        at += 60
        if shown(zone, at) % length_s == 0 or (
                shown(zone, at) // length_s > shown(zone, at - 60) // length_s):
            return at * SECOND


@cache
def shown(zone: str, at_s: int) -> int:
    """What local clocks show at a time, in seconds as if it were UTC."""
    local = datetime.fromtimestamp(at_s, ZoneInfo(zone)).replace(tzinfo=UTC)
    return int(local.timestamp())


def newest_day(zone: str, ts_ns: int, of_day_s: int) -> date:
    """The newest day on which that time of day had come."""
    day = datetime.fromtimestamp(ts_ns // SECOND, UTC).date() + timedelta(days=2)
    while first_at(zone, day, of_day_s) > ts_ns:
        day -= timedelta(days=1)
    return day


def counts(day: date, weekdays: bool) -> bool:
    return not weekdays or day.weekday() < 5
