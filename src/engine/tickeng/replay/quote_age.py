"""How long a quote or a book is the market where no setting says so: 30 s on feeds that send
changes, three periods on feeds that send a book at regular times.

Trap: what is decided must not depend on how bytes arrive nor on where files are cut, so that it
rests on the first books alone, counted by rows, and of each symbol on those of its first file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from typing import Any

import numpy as np

from .._base.notation import span_text
from ..config import Config
from ..errors import TickengError
from ..files.batch import EventBatch
from ..files.sources import Source
from .files import expand
from .options import Options, by_quotes

KEY, NOBODY = "max_quote_age", "default"
_PERIODS = 3
_SNAPSHOTS, _LEAST, _ROWS, _LONG_NS = 64, 8, 65_536, 10 * 10**9
_SHORTEST_NS, _MS = 50_000_000, 1_000_000
_REGULAR = 2 / 3  # of all distances; of events that come at random a third is so near the median

Opened = Callable[..., Source]
Stamps = dict[str, list[int]]


def with_quote_age(options: Options, config: Config, opened: Opened,
                   piped: Callable[[str | None], Source] | None = None,
                   reading: Callable[[], AbstractContextManager[None]] = nullcontext) -> Config:
    """The settings, with the age that the files of a fresh run decide; a run that continues has it
    from its checkpoint. `piped` opens standard input, whose first batches are given again."""
    if config.origin(KEY) != NOBODY or options.resume or options.quotes or not _counts(
            options, config):
        return config
    found: Stamps = {}
    for kind, paths in ((None, options.files), ("book", options.books)):
        for path in paths:
            stdin = piped is not None and path == "-"
            for source in _sources(options, config, path, kind, opened, piped):
                with nullcontext() if stdin else source, suppress(TickengError), reading():
                    if {"quote", "delta"} & set(source.kinds):
                        return config
                    if "book" in source.kinds:
                        _join(found, first_books(source.look()))
    period = longest(found)
    if not period:
        return config
    age = _PERIODS * period / 1e9
    return config.merged({KEY: age}, f"{_PERIODS} periods of snapshots, {span_text(period)} apart")


def report(config: Config, kinds: Iterable[str]) -> dict[str, Any] | None:
    """The age in seconds and who decided it; None where there are neither quotes nor books."""
    if not {"quote", "book", "delta"} & set(kinds):
        return None
    origin = config.origin(KEY)
    return {"seconds": config[KEY], "by": "changes" if origin == NOBODY else origin}


def first_books(batches: Iterable[EventBatch]) -> Stamps:
    """The stamps of the first books by symbol: up to 64 of the symbol that is first, or, of at
    least 9, as many as span 10 s."""
    stamps: Stamps = {}
    for batch in batches:
        if batch.kind == "book":
            codes = (batch.symbol.tolist() if batch.symbol is not None else [0] * len(batch.row))
            for row, ts_ns, code in zip(batch.row.tolist(), batch.ts_ns.tolist(), codes,
                                        strict=True):
                if row > _ROWS:
                    return stamps
                stamps.setdefault(batch.symbols[code], []).append(ts_ns)
                if _is_enough(next(iter(stamps.values()))):
                    return stamps
        if batch.rows_end >= _ROWS:
            break
    return stamps


def longest(stamps: Stamps) -> int:
    """The longest period of the symbols, in ns, whole milliseconds; 0 where one of them has none,
    or all have too few books to tell."""
    periods = [_period(mine) for mine in stamps.values() if len(mine) > _LEAST]
    return max(periods) if periods and all(periods) else 0


def _period(stamps: list[int]) -> int:
    """The median distance where the stamps are regular and 50 ms apart, else 0."""
    distances = np.diff(np.array(stamps))
    median = float(np.median(distances))
    near = np.count_nonzero(np.abs(distances - median) <= median / 2)
    if median < _SHORTEST_NS or near < _REGULAR * len(distances):
        return 0
    return int(-(-median // _MS)) * _MS


def _is_enough(stamps: list[int]) -> bool:
    return len(stamps) >= _SNAPSHOTS or (
        len(stamps) > _LEAST and stamps[-1] - stamps[0] >= _LONG_NS)


def _join(found: Stamps, more: Stamps) -> None:
    """Of each symbol the stamps that begin earlier."""
    for name, stamps in more.items():
        if name not in found or stamps[0] < found[name][0]:
            found[name] = stamps


def _counts(options: Options, config: Config) -> bool:
    """Whether anything reads quotes or books."""
    return by_quotes(config) or any(clock in options.clocks or config.moved_by(clock)
                                    for clock in ("quote", "book"))


def _sources(options: Options, config: Config, path: str, kind: str | None, opened: Opened,
             piped: Callable[[str | None], Source] | None) -> Iterator[Source]:
    """What stands for a path; what is wrong with it whoever reads it will tell."""
    if path == "-":
        if piped:
            yield options.piped or piped(kind)
        return
    for file in expand([path]):
        with suppress(TickengError):
            yield opened(replace(options, config=config), file, kind)
