"""Options of open_source, checked once, and the small values that travel to the parsers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tickeng._io import UNITS
from tickeng.errors import ConfigError

DEFAULT_SYMBOL = "default"


@dataclass(frozen=True, slots=True)
class Clock:
    """How a time column is read.

    ``unit``: auto, iso, s, ms, us or ns. ``any_range``: the unit was stated by the user, so times
    outside 1990..2100 are believed. ``day``: (offset ns, switch ms, offset ns after the switch) for
    milliseconds since local midnight.
    """

    unit: str = "auto"
    any_range: bool = False
    day: tuple[int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """Delimited text: a role for each column (see ``_io.ROLES``), and how fields are read."""

    roles: tuple[str, ...]
    delimiter: str = ","
    ts: Clock = Clock()
    recv: Clock = Clock()
    price_divisor: float = 1.0


@dataclass(frozen=True, slots=True)
class Options:
    """Keyword arguments of open_source in checked form."""

    columns: dict[str, str] | None
    header: tuple[str, ...] | None
    time_unit: str | None
    symbol: str | None
    infer_side: str | None
    date: dt.date | None
    clock: str
    block_rows: int

    def clock_of(self, named_unit: str) -> Clock:
        """The unit a column's name states goes first, then `time_unit`, then the magnitude."""
        if self.time_unit is not None:
            unit = named_unit if named_unit != "auto" else self.time_unit
            return Clock(unit, any_range=True)
        return Clock(named_unit)


def check_options(
    columns: Mapping[str, str] | None, header: str | Sequence[str] | None,
    time_unit: str | None, symbol: str | None, infer_side: str | None,
    date: str | dt.date | None, clock: str, block_rows: int,
) -> Options:
    """Raises ConfigError that names the option and what it accepts."""
    if time_unit == "auto":
        time_unit = None
    _one_of("time_unit", time_unit, (None, *UNITS[1:]))
    _one_of("infer_side", infer_side, (None, "tick"))
    _one_of("clock", clock, ("event", "recv"))
    if block_rows < 1:
        raise ConfigError(f"block_rows must be at least 1, not {block_rows}")
    if isinstance(header, str):
        header = header.split(",")
    names = tuple(name.strip() for name in header) if header else None
    return Options(dict(columns) if columns else None, names, time_unit, symbol or None,
                   infer_side, _date(date), clock, block_rows)


def _one_of(name: str, value: str | None, choices: tuple[str | None, ...]) -> None:
    if value not in choices:
        listed = ", ".join(choice for choice in choices if choice)
        raise ConfigError(f"{name} must be one of {listed}, not {value!r}")


def _date(date: str | dt.date | None) -> dt.date | None:
    if date is None or isinstance(date, dt.date):
        return date
    try:
        return dt.date.fromisoformat(date)
    except ValueError:
        raise ConfigError(f"date must look like 2013-10-08, not {date!r}") from None
