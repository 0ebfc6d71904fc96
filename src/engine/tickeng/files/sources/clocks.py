"""Which column is the clock, in which unit, format and zone its times are written.

A time is decided from all cells of the sample: numbers by their magnitude (s < 1e11 <= ms < 1e14
<= us < 1e17 <= ns), text as ISO-8601 or by the one pattern that reads every cell. Where two
patterns do (day and month below 13), the user is asked. Of two columns that tell the same time the
finer one is taken; of two that do not, one is the event's clock and one the receiver's.
Texts all carry an offset or none does; where both occur, `tz` says what those without it mean.
Trap: a text without an offset is read as UTC, and that is said; one that steps back by an hour
betrays a local clock and is refused.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tickeng._native import io as _io
from tickeng.errors import ConfigError, DataError
from tickeng.files.sources import columns as names_
from tickeng.files.sources.layout import Clock
from tickeng.files.sources.options import Options
from tickeng.files.sources.sample import TIME, Sample
from tickeng.files.sources.time_patterns import patterns_of

Times = NDArray[np.int64]

# Patterns are compiled by what first uses them, since one file needs few.
_DATE_ONLY = r"\d{4}([-./])\d{1,2}\1\d{1,2}|\d{1,2}([-./])\d{1,2}\2\d{4}|\d{8}"
_MIDNIGHT = r"\d{4}-\d{2}-\d{2}([T ]00:00:00(\.0+)?)?"
_CLOCK_ONLY = r"\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?(\s*[AaPp][Mm])?"
_OF_DATES = re.compile(r"%[YymdbBj]")
_DIGIT_CLOCK = r"\d{6}([.,]?\d+)?"
_NUMBER = r"[+]?\d+(\.\d*)?([eE][+-]?\d+)?"
_NINJA = r"\d{8} \d{6}( \d{7})?"
_HOUR_NS, _MINUTE_NS = 3_600 * 10**9, 60 * 10**9
_FIRST_CELLS = 100  # of a column: enough to tell how its times are written

@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TimeColumn:
    """A column of times as decided: where it is, how it is read, what the sample's cells say.

    ``date``: the column that holds the day, joined in front. ``naive``: text without an offset.
    ``step_ns``: the finest power of ten that the times are whole multiples of.
    """

    index: int
    clock: Clock
    ns: Times
    date: int | None = None
    naive: bool = False
    step_ns: int = 1


class Clocks(NamedTuple):
    """The event's clock and, if there is one, the receiver's."""

    ts: TimeColumn
    recv: TimeColumn | None


def choose(sample: Sample, plain: Sequence[str], given: dict[str, list[int]],
           options: Options) -> Clocks:
    """The columns of time among those with a clock's name, or those that the user named.

    Raises DataError where there is none, none can be read, or it is not certain how.
    """
    pair = _pair(sample, plain, given, options)
    if pair is not None:
        ts = _joined(sample, *pair, options)
        return Clocks(ts, _receiver(sample, plain, given, options, ts))
    wanted = given.get("ts")
    found = wanted if wanted else [*names_.clocks(plain, names_.EVENT_CLOCKS),
                                   *names_.clocks(plain, names_.BARE_CLOCKS)]
    if "ts" not in given:
        found = [i for i in found if i not in given.get("recv", [])]
        found = found or names_.clocks(plain, names_.RECEIVE_CLOCKS)
    if not found:
        raise DataError(f"has no column for ts among {', '.join(sample.names)[:300]}; "
                        'name it with map="ts=COLUMN", or a date and a time with '
                        'time_columns="DATE,TIME"')
    read = _readable(sample, plain, found, options)
    first = read[0]
    same = [other for other in read if _agree(first, other)]
    ts = min(same, key=lambda column: column.step_ns)
    others = [column for column in read if column not in same]
    recv = _receiver(sample, plain, given, options, ts)
    if recv is None and others and not wanted:
        recv = others[0]
    return Clocks(ts, recv)


def _readable(sample: Sample, plain: Sequence[str], found: list[int],
              options: Options) -> list[TimeColumn]:
    """The candidates that tell times, without blank ones beside others; where none does, what is
    wrong with the first."""
    read, faults = [], []
    for index in dict.fromkeys(found):
        try:
            read.append(read_column(sample, index, plain[index], options))
        except DataError as fault:
            faults.append(fault)
    if not read:
        raise faults[0]
    return [column for column in read if sample.filled(column.index, 1)] or read


def _receiver(sample: Sample, plain: Sequence[str], given: dict[str, list[int]], options: Options,
              ts: TimeColumn) -> TimeColumn | None:
    wanted = given.get("recv", names_.clocks(plain, names_.RECEIVE_CLOCKS))
    for index in wanted:
        blank = sample.rows and not sample.filled(index, 1) and "recv" not in given
        if index not in (ts.index, ts.date) and not blank:
            try:
                return read_column(sample, index, plain[index], options)
            except DataError:
                if "recv" in given:
                    raise
    return None


def read_column(sample: Sample, index: int, plain: str, options: Options) -> TimeColumn:
    """One column read as times. Raises DataError with what to say instead."""
    named = names_.clock_unit(
        plain, (*names_.EVENT_CLOCKS, *names_.BARE_CLOCKS, *names_.RECEIVE_CLOCKS)) or "auto"
    cells = sample.filled(index, _FIRST_CELLS)
    name = sample.names[index]
    if not cells:
        clock = Clock(options.time_unit or named, any_range=options.time_unit is not None)
        return TimeColumn(index, clock, np.zeros(sample.rows, np.int64))
    if options.time_format and options.date and not _OF_DATES.search(options.time_format):
        return _of_day(sample, index, name, options)
    if options.time_format:
        return _by_pattern(sample, index, name, sample.cells(index), options.time_format, options)
    if _mostly(_NUMBER, cells) and not _is_day_clock(cells):
        return _numbers(sample, index, named, options)
    if sample.kind(index) == TIME or _parses(Clock("iso"), cells):
        if sample.rows > 1 and all(re.fullmatch(_DATE_ONLY, cell) or re.fullmatch(_MIDNIGHT, cell)
                                   for cell in filter(None, sample.cells(index))):
            raise DataError(f"its column {name!r} holds dates without a time of day; name the "
                            'column of the time with map="ts=COLUMN" or both with '
                            'time_columns="DATE,TIME"')
        return _zoned(sample, index, Clock("iso"), sample.cells(index), options)
    if _is_day_clock(cells):
        return _of_day(sample, index, name, options)
    return _by_patterns(sample, index, name, sample.cells(index), options)


def _mostly(pattern: str, cells: list[str]) -> bool:
    """The first cells decide and a broken one does not."""
    first = cells[:_FIRST_CELLS]
    return 2 * sum(1 for cell in first if re.fullmatch(pattern, cell)) > len(first)


def _is_day_clock(cells: list[str]) -> bool:
    return _mostly(_CLOCK_ONLY, cells)


def _parses(clock: Clock, cells: Sequence[str]) -> bool:
    """Whether more than half of the first cells, and so not one by chance, are times so written."""
    first = [cell for cell in cells if cell][:_FIRST_CELLS]
    _, bad, _ = _io.TimeField(clock).parse_many([cell.encode() for cell in first])
    return 2 * int(bad.sum()) < len(first)


def _numbers(sample: Sample, index: int, named: str, options: Options) -> TimeColumn:
    unit = named if named != "auto" else options.time_unit or "auto"
    stated = options.time_unit is not None
    field = _io.TimeField(Clock(unit, any_range=stated))
    ns, bad, _ = sample.times(index, field)
    name = sample.names[index]
    good = ns[~bad]
    if stated and len(good) and not _plausible(good).any():
        guess = _guessed_unit(sample, index)
        if guess and guess != unit:
            raise DataError(f"its column {name!r} holds times in {guess} by their digits, not in "
                            f'{unit}: leave time_unit out or give time_unit="{guess}"')
    if not len(good):
        low = [float(cell) for cell in sample.cells(index) if re.fullmatch(_NUMBER, cell)]
        if low and max(low) < 90_000_000:
            raise DataError(f"its column {name!r} holds times since midnight or since another day "
                            "than 1970: name the column of the full time with "
                            'map="ts=COLUMN"')
        raise DataError(f"its column {name!r} holds no times between 1990 and 2100: name another "
                        'with map="ts=COLUMN", or give time_unit="ns" (or s, ms, us) if they are '
                        "meant")
    unit = unit if unit != "auto" else field.unit
    return TimeColumn(index, Clock(unit, any_range=stated), ns, step_ns=_step(good))


def _plausible(ns: Times) -> NDArray[np.bool_]:
    day_ns = 86_400 * 10**9
    latest = (dt.date.today() - dt.date(1970, 1, 1)).days + 2
    good: NDArray[np.bool_] = (ns >= 7_305 * day_ns) & (ns < latest * day_ns)
    return good


def _guessed_unit(sample: Sample, index: int) -> str | None:
    field = _io.TimeField(Clock("auto"))
    ns, bad, _ = sample.times(index, field)
    return field.unit if len(ns[~bad]) and _plausible(ns[~bad]).any() else None


def _step(ns: Times) -> int:
    """The finest power of ten, from 1 ns to 1 s, that all times are multiples of."""
    for step in (10**9, 10**6, 10**3):
        if not (ns % step).any():
            return step
    return 1


def _agree(a: TimeColumn, b: TimeColumn) -> bool:
    """Whether two columns tell the same time, the coarser one less exactly."""
    coarse = max(a.step_ns, b.step_ns)
    both = (a.ns != 0) & (b.ns != 0)
    return a.index == b.index or bool((np.abs(a.ns - b.ns)[both] < coarse).all())


def _of_day(sample: Sample, index: int, name: str, options: Options) -> TimeColumn:
    if options.date is None:
        raise DataError(f"its column {name!r} holds times of a day without the day: give it with "
                        'date="2024-02-14", or the column that has it with '
                        'time_columns="DATE,TIME"')
    day = options.date.isoformat()
    cells = [f"{day} {cell}" if cell else "" for cell in sample.cells(index)]
    if options.time_format:
        pattern = f"%Y-%m-%d {options.time_format}"
        column = _by_pattern(sample, index, name, cells, pattern, options)
    else:
        column = _by_patterns(sample, index, name, cells, options)
    pattern = column.clock.pattern.removeprefix("%Y-%m-%d ")
    midnight = (options.date - dt.date(1970, 1, 1)).days * 86_400 * 10**9
    clock = column.clock._replace(pattern=pattern, day=(midnight, 0, midnight))
    return replace(column, clock=clock)


def _pair(sample: Sample, plain: Sequence[str], given: dict[str, list[int]],
          options: Options) -> tuple[int, int] | None:
    """The columns of date and time where there are two: those named, or the only such pair."""
    if options.time_columns:
        for column in options.time_columns:
            if column not in sample.names:
                raise DataError(f"has no column {column!r} to take the time from; its columns are "
                                f"{', '.join(sample.names)[:300]}")
        date, time = (sample.names.index(column) for column in options.time_columns)
        return date, time
    if "ts" in given:
        return None
    dates = [i for i in names_.candidates(plain, names_.DATES)
             if _all(_DATE_ONLY, sample, i) or _all(_MIDNIGHT, sample, i)]
    times = [i for i in names_.candidates(plain, names_.TIMES)
             if _all(_CLOCK_ONLY, sample, i) or _all(_DIGIT_CLOCK, sample, i)]
    return (dates[0], times[0]) if len(dates) == 1 and len(times) == 1 else None


def _all(pattern: str, sample: Sample, index: int) -> bool:
    cells = [cell for cell in sample.first(index, _FIRST_CELLS) if cell]
    return bool(cells) and all(re.fullmatch(pattern, cell) for cell in cells)


def _joined(sample: Sample, date: int, time: int, options: Options) -> TimeColumn:
    cells = [f"{d} {t}" if d and t else ""
             for d, t in zip(sample.cells(date), sample.cells(time), strict=True)]
    name = f"{sample.names[date]} {sample.names[time]}"
    if options.time_format:
        column = _by_pattern(sample, time, name, cells, options.time_format, options)
    elif any(cells):
        column = _by_patterns(sample, time, name, cells, options)
    else:  # none to tell by: as our own files have it
        column = _zoned(sample, time, Clock("iso"), cells, options)
    return replace(column, date=date)


def _by_patterns(sample: Sample, index: int, name: str, cells: list[str],
                 options: Options) -> TimeColumn:
    """Read by the one known pattern that fits; asks where two do."""
    shown = next((cell for cell in cells if cell and not re.fullmatch(_NUMBER, cell)), cells[0])
    fits = [pattern for pattern in patterns_of(shown) if _parses_all(pattern, cells)]
    if not fits:
        raise DataError(f"its column {name!r} holds {shown!r}, which is no known form of a time: "
                        'say how it is written, such as time_format="%d/%m/%Y %H:%M:%S.%f"')
    if len(fits) > 1 and _iso(fits[0], shown) == _iso(fits[1], shown):
        raise DataError(f"its column {name!r} holds {shown!r}, whose day and month cannot be told "
                        f'apart: say which is first with time_format="{fits[0]}" or '
                        f'time_format="{fits[1]}"')
    if len(fits) > 1:
        raise DataError(f"its column {name!r} holds {shown!r}, which may be "
                        f"{_iso(fits[0], shown)} or {_iso(fits[1], shown)}: say which with "
                        f'time_format="{fits[0]}" or time_format="{fits[1]}"')
    return _by_pattern(sample, index, name, cells, fits[0], options)


def _parses_all(pattern: str, cells: Sequence[str]) -> bool:
    """Whether the pattern reads all but a few broken cells."""
    encoded = [cell.encode() for cell in cells if cell]
    _, bad, _ = _io.TimeField(Clock("pattern", pattern=pattern)).parse_many(encoded)
    return 50 * int(bad.sum()) <= len(encoded)


def _iso(pattern: str, text: str) -> str:
    ns, _ = _io.TimeField(Clock("pattern", pattern=pattern)).parse(text.encode())
    return str(np.datetime64(ns or 0, "ns"))[:19]


def _by_pattern(sample: Sample, index: int, name: str, cells: list[str], pattern: str,
                options: Options) -> TimeColumn:
    clock = Clock("pattern", any_range=options.time_format is not None, pattern=pattern)
    if cells and not _parses(clock, cells):
        shown = next((cell for cell in cells if cell), "")
        raise DataError(f"its column {name!r} holds {shown!r}, which is not written as "
                        f'time_format="{pattern}"')
    return _zoned(sample, index, clock, cells, options)


def _zoned(sample: Sample, index: int, clock: Clock, cells: list[str],
           options: Options) -> TimeColumn:
    """Text times in their zone: the offset they carry, else the option's, else UTC."""
    if sample.names[index].startswith("<") and options.tz is None:
        raise DataError("has its names in < >, as MetaTrader and Finam write them beside local "
                        'times: give their time zone, such as tz="Europe/Athens"')
    if options.tz is None and _all(_NINJA, sample, index):
        raise DataError(f"its column {sample.names[index]!r} is written as NinjaTrader writes "
                        "times, local to the machine that wrote them: give its time zone, such as "
                        'tz="America/New_York"')
    texts = [cell.encode() for cell in cells]
    without, given = (np.flatnonzero(~_io.TimeField(clock._replace(offsets=rule)).parse_many(
        texts)[1]) for rule in ("without", "with"))
    naive = len(without) > 0
    if options.tz:
        from tickeng._base.zones import zone_rules  # where a zone is named

        clock = clock._replace(zone=zone_rules(options.tz))
    elif naive and len(given):
        first, other = int(without[0]), int(given[0])
        raise DataError(f"its column {sample.names[index]!r} holds times without an offset from "
                        f"UTC and times with one ({cells[first]!r} in row {sample.number(first)}, "
                        f"{cells[other]!r} in row {sample.number(other)}): say what those without "
                        'mean, such as tz="UTC"')
    else:
        clock = clock._replace(offsets="without" if naive else "with")
    ns, bad, _ = _io.TimeField(clock).parse_many(texts)
    good = ns[~bad]
    if naive and not options.tz:
        check_steps(good)
    return TimeColumn(index, clock, np.where(bad, 0, ns), naive=naive,
                      step_ns=_step(good) if len(good) else 1)


def other_offset(column: str, text: str) -> str:
    """What to say of a time with an offset where the others have none, or the other way round."""
    return (f"its column {column!r} holds {text[:40]!r}, so that some of its times have an offset "
            "from UTC and some have none: say what those without one mean, such as "
            'tz="UTC"')


def check_steps(ns: Times) -> None:
    """Raises DataError where times without an offset step back by an hour, as local clocks do."""
    back = np.flatnonzero(np.abs(np.diff(ns) + _HOUR_NS) <= _MINUTE_NS)
    if len(back):
        at = np.datetime64(int(ns[back[0]]), "ns")
        raise DataError(f"its times step back by an hour at {str(at)[:19]}, as a local clock does "
                        'when summer ends: give its time zone, such as tz="America/New_York"')


def check_options(options: Options) -> None:
    """Raises ConfigError for words that exclude one another."""
    if options.time_columns and options.map and "ts" in options.map:
        raise ConfigError('time_columns and map="ts=..." both name the time: give one of them')
