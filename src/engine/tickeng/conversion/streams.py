"""What is converted: one file as it is, or several and filtered ones in the order of a replay.

Each gives stretches: batches of one kind each that were recorded together. Of several kinds `seq`
has the order of their events; of one kind it may be missing.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .._base.notation import iso_ns
from .._native.io import TickRule
from ..config import Config
from ..engine import Engine
from ..errors import ConfigError, DataError
from ..files import values as values_
from ..files.arrivals import Arrivals
from ..files.batch import NO_ID, SEVERAL, EventBatch
from ..files.sinks.rejects import RejectList
from ..files.sources import Source, feed, open_source
from ..files.sources.feed import Feed
from ..files.sources.inspection import no_row
from ..replay import Options, Stop, checks
from ..replay.cursor import Names, Signs
from ..replay.inputs import Inputs
from ..replay.ledger import Ledger
from ..replay.merge import merge
from ..replay.rows import KINDS, Rows, sole
from ..replay.timeline import Bounds

Progress = Callable[[int, float | None], None]
Stretch = list[EventBatch]


class Stream(Protocol):
    """`kinds` that may come, in the order of KINDS; the rest is known behind the last stretch:
    `rejected` rows by reason, `filtered` rows of no kind that is kept, `left_out` events by kind
    and symbol that the options filter."""

    arrivals: Arrivals
    filtered: int
    left_out: defaultdict[str, Counter[str]]

    @property
    def rejected(self) -> Counter[str]:
        """Rows that could not be read, by reason."""

    @property
    def sources(self) -> list[Source]:
        """The files."""

    def stretches(self) -> Iterator[Stretch]:
        """The events, once."""

    def feed(self) -> dict[str, Any]:
        """What is odd in the files."""

    def refuse_nothing(self) -> None:
        """Raises DataError where no event is left."""


def kinds_of(sources: list[Source]) -> list[str]:
    """Those that may come, in their order at one time."""
    found = {kind for source in sources for kind in source.kinds}
    return [kind for kind in KINDS if kind in found]


def refuse_gap(source: Source, batch: EventBatch) -> EventBatch:
    """The batch. Raises DataError where a message of changes of a book was refused in it: an output
    without it would tell of another book."""
    lost = next((reject for reject in batch.rejects if reject.fed), None)
    if lost:
        raise DataError(f"{source.name}: row {lost.row:,}: {lost.reason}: an output cannot tell"
                        " that this message of changes is missing: mend the row, or give the file"
                        " to replay, whose books end there")
    return batch


def number(stretch: Stretch, first: int) -> int:
    """Give the events of a stretch of several kinds numbers from `first` on, in the order of their
    rows and where these are the same of the batches; a tick file has its own. Returns how many."""
    rows = np.concatenate([batch.row for batch in stretch])
    if any(batch.seq is None for batch in stretch):
        seq = np.empty(len(rows), np.int64)
        seq[np.argsort(rows, kind="stable")] = np.arange(first, first + len(rows))
        ends = np.cumsum([len(batch) for batch in stretch])
        for batch, numbers in zip(stretch, np.split(seq, ends[:-1]), strict=True):
            batch.seq = numbers
    return len(rows)


class Alone:
    """One file in its own order, or with `reverse` turned, which holds all of its rows."""

    def __init__(self, path: str, reverse: bool, listed: RejectList | None,
                 progress: Progress | None, options: dict[str, Any], closing: ExitStack) -> None:
        self._source = open_source(path, ids="lenient", takes=(*KINDS, SEVERAL), **options)
        closing.callback(self._source.close)
        if reverse and len(self._source.kinds) > 1:
            raise ConfigError('reverse turns events of one kind: kind="'
                              f'{self._source.kinds[0]}" picks one')
        if reverse and "delta" in self._source.kinds:
            raise ConfigError("reverse turns rows, and a message of changes has several: sort the"
                              " rows by time, those of one message as they were")
        self._reverse, self._listed, self._progress = reverse, listed, progress
        self._infers_side = options.get("infer_side") == "tick"
        self._feed = Feed(ids=not self._source.reading.layout.text_ids)
        self.arrivals, self.filtered = Arrivals(), 0
        self._rejected: Counter[str] = Counter()
        self.left_out: defaultdict[str, Counter[str]] = defaultdict(Counter)

    @property
    def rejected(self) -> Counter[str]:
        """Rows that could not be read, by reason."""
        return self._rejected

    @property
    def sources(self) -> list[Source]:
        """The file."""
        return [self._source]

    def stretches(self) -> Iterator[Stretch]:
        """The events, once."""
        stretch: Stretch = []
        given = 0
        for batch in self.arrivals.through(self._batches()):
            self._feed.add(batch)
            self._rejected.update(batch.rejected)
            self.filtered += batch.filtered
            if self._listed:
                self._listed.add_all(self._source.name, batch.rejects)
            stretch.append(batch)
            if not batch.more:
                if len(self._source.kinds) > 1:
                    given += number(stretch, given)
                yield stretch
                stretch = []

    def feed(self) -> dict[str, Any]:
        """What is odd in the file."""
        return self._feed.report()

    def refuse_nothing(self) -> None:
        """Raises DataError where no row can be read."""
        if self._rejected:
            raise DataError(f"{no_row(self._source, self._rejected)};"
                            f' `tickeng.inspect("{self._source.path}")` shows how it is read')

    def _batches(self) -> Iterator[EventBatch]:
        """The tick rule must see rows in the order of time, so it is applied behind the turn."""
        if not self._reverse:
            yield from self._shown(1.0)
            return
        self._source.leave_sides()
        rule = TickRule() if self._infers_side and self._source.kind == "trade" else None
        batches = list(self._shown(0.5))  # reading is half of the way, writing the other
        given, total = 0, sum(map(len, batches)) or 1
        for batch in reversed(batches):
            batch.seq = None  # which is the other way round
            turned = batch.take(slice(None, None, -1))
            turned.symbols = batches[-1].symbols
            if rule and len(turned):
                rule.apply(turned.values["price"], turned.symbol, turned.values["side"])
            yield turned
            given += len(turned)
            if self._progress:
                self._progress(self._source.rows_read, 0.5 + 0.5 * given / total)

    def _shown(self, part: float) -> Iterator[EventBatch]:
        """The batches of the source; those done count as `part` of the way."""
        for batch in self._source.batches():
            yield refuse_gap(self._source, batch)
            if self._progress:
                share = self._source.fraction()
                self._progress(self._source.rows_read, None if share is None else part * share)


class Merged:
    """Files in the order in which a replay would take their events, those that `options` let
    through."""

    def __init__(self, options: Options, listed: RejectList | None, progress: Progress | None,
                 closing: ExitStack) -> None:
        engine, names = Engine(Config()), Names()
        self._options, self._progress = options, progress
        self._ledger = Ledger(engine, names, {}, listed)
        self._inputs = Inputs(options, names, {}, self._ledger, Bounds.of(engine), Stop(), closing)
        self._orders = len(kinds_of(self.sources)) > 1
        self._given = 0
        self._signs: Signs = {}
        self.arrivals, self.filtered = Arrivals(), 0
        self.left_out: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._snapshots: dict[int, int] = {}  # by name: the time of the last one left out
        self._bare: dict[int, bool] = {}  # by name: whether its first change that stays is none
        for cursor in self._inputs.cursors:
            cursor.watch(partial(self._arriving, cursor.source))

    def _arriving(self, source: Source, batches: Iterable[EventBatch]) -> Iterator[EventBatch]:
        return self.arrivals.through(refuse_gap(source, batch) for batch in batches)

    @property
    def sources(self) -> list[Source]:
        """The files by the time of their first events."""
        return [cursor.source for cursor in self._inputs.cursors]

    @property
    def rejected(self) -> Counter[str]:
        """Rows that could not be read, by reason."""
        return self._ledger.rejected

    @property
    def warnings(self) -> list[str]:
        """On files that were left out, and on books whose snapshot was."""
        found = [*self._inputs.opening.warnings]
        for name, time in self._snapshots.items():
            if self._bare.get(name):
                found.append(
                    f"the book of {self._inputs.names.all[name]} has no snapshot in the output"
                    f" before its changes: one of {iso_ns(time)} was left out;"
                    f' from_="{iso_ns(time)}" takes it')
        return found

    def stretches(self) -> Iterator[Stretch]:
        """The events, once."""
        for rows in merge(self._inputs.cursors, self._signs):
            keep = self._inputs.passing(rows)
            self._count_left_out(rows, keep)
            self._watch_snapshots(rows, keep)
            if keep.any():
                yield self._stretch(rows, keep)
            self._inputs.advance(rows, keep)
            if self._options.source.get("infer_side") == "tick":
                self._inputs.remember_signs(rows, self._signs)
            if self._progress:
                read = sum(source.rows_read for source in self.sources)
                self._progress(read, self._inputs.fraction())
        self.filtered = sum(cursor.filtered for cursor in self._inputs.cursors)

    def feed(self) -> dict[str, Any]:
        """What is odd in the files."""
        return feed.total([cursor.feed for cursor in self._inputs.cursors])

    def refuse_nothing(self) -> None:
        """Raises DataError where the filters leave nothing."""
        if any(self.left_out.values()):
            raise DataError(checks.nothing_left(self._options, self._inputs))

    def _count_left_out(self, rows: Rows, keep: NDArray[np.bool_]) -> None:
        if keep.all():
            return
        for kind in rows.kinds:
            counts = np.bincount(rows.name[~keep & rows.is_of(kind)])
            for name in np.flatnonzero(counts).tolist():
                self.left_out[kind][self._inputs.names.all[name]] += int(counts[name])

    def _watch_snapshots(self, rows: Rows, keep: NDArray[np.bool_]) -> None:
        """Notes which books stay without the snapshot that their changes follow."""
        from_ns, changes = self._options.from_ns, rows.is_of("delta")
        if from_ns is None or not changes.any():
            return
        snapshot = np.zeros(len(rows), np.bool_)
        snapshot[changes] = rows.values["delta"]["snapshot"]
        before = np.flatnonzero(snapshot & (rows.ts_ns < from_ns))
        self._snapshots.update(zip(rows.name[before].tolist(), rows.ts_ns[before].tolist(),
                                   strict=True))
        stay = np.flatnonzero(changes & keep)
        for name, first in zip(*np.unique(rows.name[stay], return_index=True), strict=True):
            self._bare.setdefault(int(name), not snapshot[stay[first]])

    def _stretch(self, rows: Rows, keep: NDArray[np.bool_]) -> Stretch:
        """The events of the rows that stay, a batch of each kind."""
        seq = self._given + np.cumsum(keep) - 1
        self._given += int(np.count_nonzero(keep))
        found: dict[str, list[tuple[EventBatch, NDArray[np.intp]]]] = {}
        for cursor in self._inputs.cursors:
            mine = keep & (rows.source == cursor.rank)
            for batch in cursor.at_hand:
                places = np.flatnonzero(mine & rows.is_of(batch.kind))
                if len(places):
                    taken = batch.take(np.searchsorted(batch.row, rows.row[places]))
                    found.setdefault(batch.kind, []).append((taken, places))
        batches = []
        for kind in [kind for kind in KINDS if kind in found]:
            places = np.concatenate([places for _, places in found[kind]])
            batch = _joined([batch for batch, _ in found[kind]])
            order = np.argsort(places)
            batch = batch if (order[1:] > order[:-1]).all() else batch.take(order)
            places.sort()
            batch.symbol, batch.symbols = self._symbols(rows.name, places)
            batch.seq = seq[places] if self._orders else None
            batches.append(batch)
        return batches

    def _symbols(
        self, name: NDArray[np.uint32], places: NDArray[np.intp],
    ) -> tuple[NDArray[np.uint32] | None, list[str]]:
        """Codes and names of those at the places, for a file has no names without rows."""
        names = self._inputs.names.all
        alone = sole(name)
        if alone is not None:
            return None, [names[alone]]
        used, codes = np.unique(name[places], return_inverse=True)
        return codes.astype(np.uint32), [names[index] for index in used.tolist()]


def _joined(batches: list[EventBatch]) -> EventBatch:
    """Batches of one kind as one, one after the other; where some have ids or receive times, those
    of the others are NO_ID."""
    if len(batches) == 1:
        return batches[0]

    def column(name: str) -> NDArray[np.int64] | None:
        found = [getattr(batch, name) for batch in batches]
        if all(part is None for part in found):
            return None
        return np.concatenate([np.full(len(batch), NO_ID) if part is None else part
                               for batch, part in zip(batches, found, strict=True)])

    kind = batches[0].kind
    return EventBatch(
        kind, np.concatenate([batch.ts_ns for batch in batches]),
        values_.join(kind, [batch.values for batch in batches]), None, [],
        np.concatenate([batch.row for batch in batches]), column("recv_ns"), column("id"))
