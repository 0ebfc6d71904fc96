"""The small notations of options and settings: instants and durations.

Trap: where `instant_ns` reads an integer it takes the unit from its length; a setting does not
(`exact_ns`), so that every number of nanoseconds can be set.
"""

import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import numpy as np

from ..errors import ConfigError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS_NS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000,
             "h": 3_600_000_000_000, "d": 86_400_000_000_000}
_LONGEST_NS = 100 * 366 * 86_400 * 10**9
_ISO = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)"
    r"(?:[T ](\d\d):?(\d\d)(?::?(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?"
)


def instant_ns(text: str) -> int:
    """Nanoseconds since 1970 UTC of `2024-08-08`, `20240808`, `2024-08-08T23:54:15.5Z`, or of
    an integer of at least 9 digits, read as s, ms, us or ns by its length.

    Raises:
        ConfigError: neither.
    """
    if re.fullmatch(r"\d{9,19}", text):
        return int(text) * next(n for d, n in ((11, 10**9), (14, 10**6), (17, 10**3), (20, 1))
                                if len(text) < d)
    match = _ISO.fullmatch(text.strip())
    try:
        if not match:
            raise ValueError("not a time")
        year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
        fraction, zone = match.group(7) or "", match.group(8) or "Z"
        at = datetime.fromisoformat(
            f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}"
        )
    except ValueError as error:
        raise ConfigError(
            f"{text!r} is not a time: write 2024-08-08T23:54:15Z or nanoseconds since 1970"
        ) from error
    whole = at - _EPOCH
    return (whole.days * 86_400 + whole.seconds) * 10**9 + int(fraction.ljust(9, "0"))


def duration_ns(text: str) -> int:
    """Nanoseconds of `30s`, `250ms`, `1.5m`, `30d`.

    Raises:
        ConfigError: not a number with a unit.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ns|us|ms|s|m|h|d)", text)
    if not match:
        raise ConfigError(f"{text[:40]!r} is not a duration: write 30s or 250ms")
    whole_ns = float(match.group(1)) * _UNITS_NS[match.group(2)]
    if whole_ns > _LONGEST_NS:
        raise ConfigError(f"{text[:40]!r} is longer than a hundred years")
    return round(whole_ns)


def span_ns(text: str) -> int:
    """Nanoseconds of a duration that is a whole number of them, above 0 and at most 104 days.

    Raises:
        ConfigError: no such duration.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ns|us|ms|s|m|h|d)", text)
    ns = Fraction(match.group(1)) * _UNITS_NS[match.group(2)] if match else Fraction(0)
    if ns.denominator != 1 or not 0 < ns <= 1 << 53:
        raise ConfigError(f"{text[:40]!r} is no duration of whole nanoseconds up to 104 days")
    return int(ns)


def span_text(ns: int) -> str:
    """`2s`, `300ms`: in the largest unit that it is a whole number of."""
    unit = next(unit for unit, size in reversed(_UNITS_NS.items()) if ns % size == 0)
    return f"{ns // _UNITS_NS[unit]}{unit}"


def exact_ns(text: str) -> int:
    """As `instant_ns`, but an integer of any length is nanoseconds since 1970.

    Raises:
        ConfigError: neither a time nor an integer.
    """
    return int(text) if re.fullmatch(r"-?\d{1,19}", text) else instant_ns(text)


def iso_utc(ts_ns: int) -> str:
    """`2024-08-08T23:54:15.5Z`, to the nanosecond where it has any."""
    seconds, rest = divmod(ts_ns, 10**9)
    whole = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    return whole + (f".{rest:09}".rstrip("0") if rest else "") + "Z"


def iso_ns(ts_ns: int) -> str:
    """`2024-08-08T23:54:15.500000000Z`, always to the nanosecond."""
    return f"{np.datetime64(ts_ns, 'ns')}Z"
