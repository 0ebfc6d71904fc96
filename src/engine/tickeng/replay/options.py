"""What a replay is asked to do, and the small notations its options are written in."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..config import Config
from ..errors import ConfigError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS_NS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000}
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
    """Nanoseconds of `30s`, `250ms`, `1.5m`.

    Raises:
        ConfigError: not a number with a unit.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ns|us|ms|s|m)", text)
    if not match:
        raise ConfigError(f"{text[:40]!r} is not a duration: write 30s or 250ms")
    whole_ns = float(match.group(1)) * _UNITS_NS[match.group(2)]
    if whole_ns > _LONGEST_NS:
        raise ConfigError(f"{text[:40]!r} is longer than a hundred years")
    return round(whole_ns)


@dataclass(frozen=True, slots=True)
class Every:
    """When a checkpoint is due: after `rows` rows or after `seconds` of running."""

    rows: int | None = None
    seconds: float | None = None

    @classmethod
    def parse(cls, text: str) -> "Every":
        """`1000000` is a number of rows, `30s` a time.

        Raises:
            ConfigError: neither, or zero.
        """
        if text.isdecimal():
            every = cls(rows=int(text))
        else:
            every = cls(seconds=duration_ns(text) / 1e9)
        if not (every.rows or every.seconds):
            raise ConfigError(f"{text!r}: a checkpoint every nothing; write 1000000 or 30s")
        return every


@dataclass(slots=True)
class Options:
    """A replay. `-` among the files is stdin, as `out` it is stdout; `out=None` writes nothing.

    `from_ns` is inclusive, `to_ns` exclusive. `reorder_ns` holds rows back that long in event
    time. With `workers` > 1 as many threads compute, one reads ahead and one writes behind; the
    same rows. `source` holds keyword arguments of `tickeng.sources.open_source`.
    """

    files: list[str]
    config: Config
    out: str | None = None
    out_format: str | None = None
    force: bool = False
    columns: list[str] | None = None
    leader: str | None = None
    checkpoint: Path | None = None
    every: Every | None = None
    resume: Path | None = None
    warm: list[str] = field(default_factory=list)
    from_ns: int | None = None
    to_ns: int | None = None
    limit: int | None = None
    symbols: list[str] = field(default_factory=list)
    reorder_ns: int = 0
    rejects: Path | None = None
    strict: bool = False
    plot: Path | None = None
    workers: int = 1
    source: dict[str, Any] = field(default_factory=dict)
