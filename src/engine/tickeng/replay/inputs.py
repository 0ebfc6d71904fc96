"""Opens what a replay reads, and gives each source its cursor and place."""

import os
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._base.notation import iso_ns
from ..config import Config
from ..errors import ConfigError, DataError, TickengError
from ..files.batch import SEVERAL, plural
from ..files.sources import Follow, Source, open_source
from ..files.sources.inspection import reading_of
from . import delays
from .cursor import Cursor, Names, Signs
from .files import Asked, Opening, expand, refuse_two_sorts_of_books
from .fitting import Fitting
from .leader import EVERY, LeaderFeed
from .ledger import ENGINE_KINDS, Ledger
from .options import Options, by_quotes, need_quotes, needed, with_sides
from .overlap import Ahead
from .places import is_known, place_of, renamed
from .quote_age import with_quote_age
from .rows import KINDS, Rows
from .stop import Stop
from .timeline import BEFORE_ALL, Bounds

_ROWS_AT_ONCE = 524_288
_BLOCKS_AHEAD = 4  # of a mebibyte


def _are_quotes_read(options: Options) -> bool:
    config = options.config
    return "quote" in options.clocks or by_quotes(config) or bool(config.moved_by("quote"))


def effective_config(options: Options, piped: Callable[[str | None], Source] | None = None,
                     reading: Callable[[], AbstractContextManager[None]] = nullcontext) -> Config:
    """Its settings, with the rule for sides, and with it decided whose quotes count where both
    quotes and books come: own ones, and how long they hold. `piped` opens what comes through a
    pipe, given as one of a kind: it is opened but once. `reading` surrounds a wait for rows."""
    config = _with_source(options, piped)
    return with_quote_age(options, config, open_as, piped, reading)


def _with_source(options: Options, piped: Callable[[str | None], Source] | None) -> Config:
    config, given = with_sides(options.config, options.source), bool(options.quotes)
    options = replace(options, config=config)
    if config["quotes"] != "auto" or not (given or _are_quotes_read(options)):
        return config
    kinds = {"quote", "book"} if given else set()
    asked = [(path, None) for path in options.files] + [(path, "book") for path in options.books]
    for path, kind in asked if not given else ():
        if path == "-" and piped and not options.piped:
            kinds |= set(piped(kind).kinds)
        for file in expand([path] if path != "-" else []):
            with suppress(TickengError), open_as(options, file, kind) as source:
                kinds |= set(source.kinds)  # what is wrong with it whoever reads it will tell
    several = "quote" in kinds and kinds & {"book", "delta"}
    return config.merged({"quotes": "native"}) if several else config


def open_as(options: Options, path: str, kind: str | None, **extra: Any) -> Source:
    """A file that was given as one of a kind, or as it says itself (None)."""
    reading = Fitting(options.source, several=options.several).reading(kind)
    return open_source(path, **{"takes": (*KINDS, SEVERAL), "needs": needed(options), **reading,
                                **({"kind": kind} if kind else {}), **extra})


def _asked(options: Options) -> list[Asked]:
    """The files with what each was given as."""
    return [Asked(path) for path in expand(options.files)] + [
        Asked(path, kind) for kind, paths in (("quote", options.quotes), ("book", options.books))
        for path in expand(paths)]


def ways(options: Options) -> dict[str, Any]:
    """Options of `open_source` for all files of a replay."""
    ids = options.config["dedupe"] == "id"
    found: dict[str, Any] = {
        "block_rows": min(65_536, max(4_096, _ROWS_AT_ONCE // len(_asked(options)))),
        "ids": "any" if ids else "lenient",  # no row is lost for an id nobody asks for
    }
    return found | ({"follow": Follow(options.idle_exit_ns)} if options.follow else {})


class Inputs:
    """The cursors of a replay's sources, ordered by first timestamp, and the leaders'.

    Every source that is opened is closed by `closing`.
    """

    def __init__(
        self,
        options: Options,
        names: Names,
        saved: dict[str, Any],
        ledger: Ledger,
        bounds: Bounds,
        stop: Stop,
        closing: ExitStack,
    ) -> None:
        given = [*options.files, *options.quotes, *options.books, *options.leaders.values()]
        if given.count("-") > 1:
            raise ConfigError("stdin (-) can be only one of the inputs")
        self._options, self.names = options, names
        self._ledger, self._stop, self._closing = ledger, stop, closing
        self.bounds, self.other_source = bounds, False
        self.ids = options.config["dedupe"] == "id"
        self._ahead = self._bytes_ahead = None
        if options.workers > 1:
            # As many batches as a stretch takes, so that none is waited for when the next begins.
            self._ahead, self._bytes_ahead = Ahead(2 * options.workers), Ahead(_BLOCKS_AHEAD)
        self.cursors: list[Cursor] = []
        self.leaders: list[LeaderFeed] = []
        self._given = {os.path.basename(path) for path in (
            *(file.path for file in _asked(options)), *options.leaders.values())}
        self._fitting = Fitting(options.source, several=options.several)
        self.opening = Opening(
            self._open_tape, stop.reading, bounds, skip_unreadable=options.skip_unreadable)
        for rank, first in enumerate(self.opening.in_order(_asked(options), ways(options))):
            cursor = self._cursor(first.source, rank, saved.get("sources", []))
            cursor.first_key = max(cursor.first_key, first.ts_ns)
            self.cursors.append(cursor)
        self._refuse_twice()
        refuse_two_sorts_of_books([cursor.source for cursor in self.cursors])
        self._refuse_overtaken()
        for name, path in options.leaders.items():
            self._add_leader(name, path, saved)
        if not options.beside:
            self._fitting.check()
        for ahead in (self._bytes_ahead, self._ahead):  # done reading before a source is closed
            if ahead:
                closing.callback(ahead.close)

    def _add_leader(self, name: str, path: str, saved: dict[str, Any]) -> None:
        # Neither sides nor ids are used, and changes of books have no price.
        source = self._open(path, {"infer_side": "tick", "ids": "none", "needs": ("trade",),
                                   "takes": ("trade", "quote", "book", SEVERAL)})
        source.leave_sides()
        known = saved.get("leaders", {}).get(name) or saved.get("leader")
        counts: Counter[str] = Counter()
        rank = len(self.cursors) + len(self.leaders)
        cursor = self._cursor(source, rank, [known] if known else [], counts)
        leads = [s for s, leader in self._options.pairs.items() if leader == name]
        if not leads and len(self._options.leaders) == 1:
            leads = [EVERY]
        named = name in self._options.config.leaders()
        feed = LeaderFeed(name, cursor, leads, self.bounds, named=named)
        feed.rejected = counts
        self.leaders.append(feed)

    def _cursor(
        self, source: Source, rank: int, saved: list[dict[str, Any]],
        leader: Counter[str] | None = None,
    ) -> Cursor:
        """The cursor of a source; `leader` takes the counts of a leader's rejected rows."""
        on_rejected = self._ledger.reject
        if leader is not None:
            on_rejected = partial(self._ledger.reject_leader, leader)
        before = renamed(source, saved, self._given)
        if before:
            self.opening.warnings.append(
                f"{source.name}: is {before} of the checkpoint under a new name, and continues it")
            saved = [{**state, "name": source.name} for state in saved if state["name"] == before]
        # What is new to a resumed run begins anew in time; a fresh run has nothing to tell apart.
        self.other_source |= self._options.resume is not None and not is_known(source, saved)
        is_file = source.size is not None  # a wait for a pipe must be broken off by a signal
        if self._bytes_ahead and is_file:
            source.read_by(self._bytes_ahead)
        with self._stop.reading():
            place = place_of(source, saved)
        return Cursor(
            source, rank, self.names if leader is None else Names(), place, on_rejected,
            self.bounds, reading=self._stop.reading,
            ids=self.ids and leader is None, strict=self._options.strict,
            sorts=self._options.reorder_ns > 0,
            ahead=self._ahead if is_file else None,
        )

    def _open_tape(self, path: str, extra: dict[str, Any]) -> Source:
        source = self._open(path, extra)
        delays.put(self._options.delays, source)
        return source

    def _open(self, path: str, extra: dict[str, Any]) -> Source:
        kind, rest = extra.get("kind"), {k: v for k, v in extra.items() if k != "kind"}
        source = self._options.piped if path == "-" else None
        if source is None:
            with self._stop.reading():
                source = open_as(self._options, path, kind, **rest)
        self._closing.callback(source.close)
        self._fitting.opened(kind, source)
        return source

    def passing(self, rows: Rows, *, early: bool = False) -> NDArray[np.bool_]:
        """Which rows the options let through; `early`: also those ahead of `from_ns`."""
        options = self._options
        keep = np.ones(len(rows), np.bool_)
        if options.from_ns is not None and not early:
            keep &= rows.ts_ns >= options.from_ns
        if options.to_ns is not None:
            # Rows behind the first one at the end are left for a later run, also those stamped
            # before it; a stray stamp is none that the source has come to.
            keep &= (rows.ts_ns < options.to_ns) & (self._times(rows) < options.to_ns)
        if options.symbols:
            wanted = [self.names.index(name) for name in options.symbols]
            keep &= np.isin(rows.name, wanted)
        return keep

    def _times(self, rows: Rows) -> NDArray[np.int64]:
        """What the source of each row has come to with it."""
        times = np.empty(len(rows), np.int64)
        for cursor in self.cursors:
            mine = rows.source == cursor.rank
            times[mine] = cursor.times(rows.row[mine])
        return times

    def advance(self, rows: Rows, keep: NDArray[np.bool_]) -> None:
        """Move the places of the sources; rows from `to_ns` on are left for a later run."""
        alone, to_ns = len(self.cursors) == 1, self._options.to_ns
        for cursor in self.cursors:
            mine = slice(None) if alone else rows.source == cursor.rank
            row = rows.row[mine]
            used = len(row)
            cursor.place.taken += int(np.count_nonzero(keep[mine]))
            if to_ns is not None:
                beyond = np.flatnonzero(cursor.times(row) >= to_ns)
                used = int(beyond[0]) if len(beyond) else used
            if used:
                cursor.advance(int(row[used - 1]))
            if used < len(row):
                cursor.stall(int(row[-1]))

    def remember_signs(self, rows: Rows, signs: Signs) -> None:
        """Keep what the tick rule of a file that follows continues from."""
        if "trade" not in rows.kinds:
            return
        trades = rows.take(rows.is_of("trade")) if rows.kinds != ["trade"] else rows
        names, last = np.unique(trades.name[::-1], return_index=True)
        price, side = (trades.values["trade"][name] for name in ("price", "side"))
        for name, back in zip(names.tolist(), last.tolist(), strict=True):
            at = len(trades) - 1 - back
            signs[self.names.all[name]] = (float(price[at]), int(side[at]))

    def _refuse_overtaken(self) -> None:
        """Raises DataError where a new file begins before what a resumed run has read of another
        kind: its events would see what came later."""
        read = [cursor for cursor in self.cursors if cursor.place.row]
        ahead = max(read, key=lambda cursor: cursor.place.newest_ns, default=None)
        for cursor in self.cursors:
            if not ahead or cursor.place.row or cursor.kind == ahead.kind:
                continue
            if cursor.source.size is None:
                raise DataError(
                    f"{cursor.source.name}: nobody knows before its rows come whether it begins"
                    f" before {iso_ns(ahead.place.newest_ns)}, up to which {ahead.source.name} has"
                    " been read: give it as a file")
            if BEFORE_ALL < cursor.first_key < ahead.place.newest_ns:
                raise DataError(
                    f"{cursor.source.name}: begins at {iso_ns(cursor.first_key)}, and"
                    f" {ahead.source.name} has been read up to {iso_ns(ahead.place.newest_ns)}:"
                    " its events would see what came later; replay the files together, or give the"
                    f' run before to="{iso_ns(cursor.first_key)}"')

    def _refuse_twice(self) -> None:
        """Raises DataError where one file gives the same events twice."""
        given: set[tuple[str, str]] = set()
        for cursor in self.cursors:
            for kind in cursor.source.kinds if cursor.source.path != "-" else ():
                key = os.path.realpath(cursor.source.path), kind
                if key in given and kind != "trade":
                    raise DataError(f"{cursor.source.path}: gives its {plural(kind)} twice: name it"
                                    " once")
                given.add(key)

    def need_clocks(self, config: Config) -> None:
        """Raises ConfigError where selected kernels move on what no source gives."""
        kinds = {kind for cursor in self.cursors for kind in cursor.source.kinds}
        books = bool(kinds & {"book", "delta"})
        if books and "quote" in kinds and config["quotes"] == "auto" and (
                _are_quotes_read(self._options)):
            raise ConfigError('there are quotes, and books that would give quotes too: say'
                              ' quotes="native" or quotes="book" in the settings')
        if config["quotes"] == "book" and "quote" in kinds and not books:
            raise ConfigError('quotes="book" takes quotes from books, and there are none: leave it'
                              " out, or give books=FILE")
        delays.need(self._options.delays, kinds)
        need_quotes(config, books or "quote" in kinds)
        config.need("quote", books or "quote" in kinds,
                    "give quotes=FILE, or select kernels of trades")
        config.need("book", books, "give books=FILE, or select kernels of trades")
        fed = {"trade": "trade" in kinds, "quote": "quote" in kinds, "book": books}
        for rows in self._options.clocks:
            self._need_rows(rows, fed)
        config.need("trade", fed["trade"],
                    "give the file of the trades too, or select kernels of what there is")

    def _need_rows(self, rows: str, fed: Mapping[str, bool]) -> None:
        """Raises DataError or ConfigError where no event of a clock comes that is to write rows."""
        if rows == "trade" and not fed[rows]:
            first = self.cursors[0]
            row = ENGINE_KINDS[first.source.kinds[0]]
            held = " and ".join(map(plural, first.source.kinds))
            raise DataError(f"{first.source.name}: holds {held}, no trades: give the file of"
                            f' the trades, or rows="{row}" and kernels of {row}s for a row of each')
        if rows in ("bar", "own"):
            raise ConfigError(f'rows="{rows}" writes a row for each event that a replay reads none'
                              f" of: Engine.run takes {'bars' if rows == 'bar' else 'fills'}")
        if not fed.get(rows, True):
            raise ConfigError(f'rows="{rows}" writes a row for each {rows}, and there are none:'
                              f" give {rows}s=FILE, or rows=CLOCK of what there is")

    @property
    def live(self) -> bool:
        """Whether an input is still being written, so that each row goes out as it comes."""
        return any(cursor.source.live for cursor in self.cursors)

    def fraction(self) -> float | None:
        """Share of the sources' bytes that has been read; None when it cannot be known."""
        sizes = [cursor.source.size or 0 for cursor in self.cursors]
        shares = [cursor.source.fraction() for cursor in self.cursors]
        if not sum(sizes) or None in shares:
            return None
        read = sum(size * (share or 0.0) for size, share in zip(sizes, shares, strict=True))
        return read / sum(sizes)

    def labels(self) -> list[str]:
        """The sources' names by rank."""
        return [cursor.source.name for cursor in self.cursors]

    def state(self) -> dict[str, Any]:
        """JSON-able places of all sources, for the checkpoint."""
        return {
            "sources": [cursor.state() for cursor in self.cursors],
            "leaders": {feed.name: feed.cursor.state() for feed in self.leaders},
        }

    def report(self) -> list[dict[str, Any]]:
        """Name, format, rows, size, SHA-256 (once fully read) and reading of every input."""
        leaders = {id(feed.cursor): feed.name for feed in self.leaders}
        inputs = [*self.cursors, *(feed.cursor for feed in self.leaders)]
        return [
            {
                "name": cursor.source.name,
                "role": "leader" if id(cursor) in leaders else ", ".join(
                    f"{kind}s" for kind in cursor.source.kinds),
                **({"leader": leaders[id(cursor)]} if id(cursor) in leaders else {}),
                "format": cursor.source.format,
                "rows": cursor.place.seen,
                "size": cursor.source.size,
                "sha256": cursor.source.sha256(),
                "reading": reading_of(cursor.source, self._options.source),
            }
            for cursor in inputs
        ]
