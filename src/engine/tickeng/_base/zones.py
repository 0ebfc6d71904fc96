"""Time zones as the core takes them: when which offset from UTC begins to hold.

Source: the IANA database, as zoneinfo has it. Days are looked at one by one, then the second of a
change is found by halving; a zone that changed twice within a day would lose one change.
"""

from __future__ import annotations

import datetime as dt
import difflib
import struct
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from ..errors import ConfigError

_FIRST_YEAR, _LAST_YEAR = 1970, 2100
_BEFORE_ALL = -(1 << 40)


@cache
def zone_rules(name: str) -> tuple[tuple[int, int], ...]:
    """(UTC second from which it holds, offset in seconds) of a zone, 1970 to 2100."""
    zone = ZoneInfo(name)
    start = dt.datetime(_FIRST_YEAR, 1, 1, tzinfo=dt.UTC)
    rules = [(_BEFORE_ALL, _offset(zone, start))]
    for day in range((_LAST_YEAR - _FIRST_YEAR + 1) * 366):
        after = start + dt.timedelta(days=day + 1)
        if (offset := _offset(zone, after)) != rules[-1][1]:
            rules.append((_change(zone, after - dt.timedelta(days=1), after), offset))
    return tuple(rules)


@cache
def zone_table(name: str) -> bytes:
    """The same for the engine: an array of times and one of offsets, in ns.

    Raises:
        ConfigError: it is no zone, with names that are near.
    """
    try:
        rules = zone_rules(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = available_timezones()
        near = difflib.get_close_matches(name, sorted(known), 3)
        hint = f"did you mean {' or '.join(near)}?" if near else (
            "name one such as America/New_York, Europe/Athens or UTC" if known else
            "there is no zone database here; install the package tzdata")
        raise ConfigError(f"zone {name!r} is no time zone; {hint}") from None
    times = [max(second * 10**9, -(1 << 63)) for second, _ in rules]
    offsets = [offset * 10**9 for _, offset in rules]
    return b"".join(struct.pack(f"<Q{len(column)}q", len(column), *column)
                    for column in (times, offsets))


def _offset(zone: ZoneInfo, at: dt.datetime) -> int:
    return int((at.astimezone(zone).utcoffset() or dt.timedelta()).total_seconds())


def _change(zone: ZoneInfo, before: dt.datetime, after: dt.datetime) -> int:
    """The UTC second at which the offset changes between two days."""
    low, high, old = int(before.timestamp()), int(after.timestamp()), _offset(zone, before)
    while high - low > 1:
        middle = (low + high) // 2
        unchanged = _offset(zone, dt.datetime.fromtimestamp(middle, dt.UTC)) == old
        low, high = (middle, high) if unchanged else (low, middle)
    return high
