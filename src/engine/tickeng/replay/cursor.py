"""One source being read: its pending rows, its place, and the rows of it that could not be read.

The place is a row number. `row` is where a resumed run continues and `seen` the row up to which
rejects have been counted; they differ only where rows behind a `--to` are left for a later run.

Trap: nothing counts as consumed when it is loaded, only when it has been processed (`advance`), so
a place taken between two batches never runs ahead of the engine.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from ..files.batch import NO_ID, SEVERAL
from ..files.sources import EventBatch, Reject, Source
from ..files.sources.feed import Feed, runs_backwards
from ..files.sources.inspection import price_hint
from . import rows as rows_
from .overlap import Ahead
from .rows import Rows
from .timeline import BEFORE_ALL, Bounds, Timeline

Signs = dict[str, tuple[float, int]]


class Names:
    """Symbol names in the order of their first sight, each with its index."""

    def __init__(self, known: list[str] | None = None) -> None:
        self.all: list[str] = list(known or [])
        self._index = {name: index for index, name in enumerate(self.all)}
        self.products: dict[str, tuple[tuple[str, str], Source]] = {}  # of each, and who told

    def index(self, name: str) -> int:
        """The index of a name, given now if it is new."""
        if name not in self._index:
            self._index[name] = len(self.all)
            self.all.append(name)
        return self._index[name]

    def check_products(self, source: Source) -> None:
        """Raises DataError where a symbol is of another market here than in another source."""
        for name, product in source.products.items():
            other, where = self.products.setdefault(name, (product, source))
            if other != product and _differ(other, product):
                one, two = ((where.name, source.name) if where.name != source.name
                            else (where.path, source.path))
                raise DataError(
                    f"{one} has {name} of {other[1]} and {two} of {product[1]}: two"
                    " markets would be one; replay them apart, or write one under a name of its"
                    f' own first: `tickeng.convert("{source.path}", "other.zst",'
                    f' symbol_name="{name}_{product[1].upper()}")`')

    def find(self, name: str) -> int:
        """The index of a name, -1 for one not seen yet."""
        return self._index.get(name, -1)


def _differ(one: tuple[str, str], two: tuple[str, str]) -> bool:
    """Whether two products are two markets; words of different columns tell spot from others."""
    words = one[1].lower(), two[1].lower()
    return words[0] != words[1] if one[0] == two[0] else ("spot" in words and words[0] != words[1])


@dataclass(slots=True)
class Place:
    """How far a source has been consumed.

    `newest_ns` is the time it has come to, `stray_ns` a stamp of the last row that is none (see
    timeline.py), `signs` what the tick rule of the source began with: last price and side per
    symbol, None before it has begun. `taken` counts the rows that passed the filters.
    """

    row: int = 0
    seen: int = 0
    newest_ns: int = BEFORE_ALL
    signs: Signs | None = None
    stray_ns: int | None = None
    taken: int = 0

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return asdict(self)


@dataclass(slots=True, eq=False, repr=False)
class Rejected:
    """Rejects of one source now known to lie behind the place: listed ones, and only counted."""

    cursor: "Cursor"
    listed: list[Reject]
    counted: dict[str, int]


class Cursor:
    """A source between its reader and the merge.

    `rank` is the source's number in the replay. At one time rows go by kind, and then by rank.
    `on_rejected` is called when rejects fall behind the place; `reading` surrounds every wait for
    the source. With `strict` the rows before the first reject are given and then a `DataError` is
    raised. With `ahead` batches are read while those before are being processed.
    """

    def __init__(
        self,
        source: Source,
        rank: int,
        names: Names,
        place: Place,
        on_rejected: Callable[[Rejected], None],
        bounds: Bounds,
        *,
        reading: Callable[[], AbstractContextManager[None]] = nullcontext,
        ids: bool = False,
        strict: bool = False,
        sorts: bool = False,
        ahead: Ahead | None = None,
    ) -> None:
        self.source, self.rank, self.place = source, rank, place
        self.kind = source.kind
        self._parts: list[Rows] = []  # of a stretch of several kinds
        self.at_hand: list[EventBatch] = []  # of which the pending rows are
        self.first_key = place.newest_ns
        self.rows_given = self.filtered = 0
        self.feed = Feed(ids=not source.reading.layout.text_ids)
        self.sole_symbol: str | None = None
        self.pending: Rows = rows_.empty(ids=ids)
        self.keys: NDArray[np.int64] = np.empty(0, np.int64)
        self._names, self._on_rejected = names, on_rejected
        self._reading, self._ids, self._strict = reading, ids, strict
        self._symbols: NDArray[np.uint32] = np.empty(0, np.uint32)
        self._batches: Iterator[EventBatch] | None = None
        self._through: Callable[[Iterator[EventBatch]], Iterator[EventBatch]] | None = ahead
        self._timeline = Timeline(bounds, place.newest_ns, place.stray_ns)
        self._batch: tuple[NDArray[np.int64], ...] = ()  # row, ts_ns and time of its rows
        self._end = place.row
        self._counted_from = place.seen
        self._fresh, self._sorts = place.row == 0, sorts
        self._listed: deque[Reject] = deque()
        self._unlisted: dict[str, int] = {}
        self._stalled = False
        self._rejects = self._fed_rejects = 0
        self._reasons: set[str] = set()
        self._first_reject: Reject | None = None
        self._failure: DataError | None = None

    @property
    def order(self) -> tuple[int, int]:
        """Where its rows stand among those of other sources at one time."""
        if self.kind == SEVERAL:  # behind others, so that none of these sees its quotes
            return len(rows_.KINDS), self.rank
        return rows_.KINDS.index(self.kind), self.rank

    @property
    def last_key(self) -> int:
        """The merge key of the last pending row."""
        return int(self.keys[-1])

    def inherit(self, signs: Signs) -> None:
        """Begin the tick rule with these signs, or with those it began with before a resume."""
        if self.place.signs is None:
            self.place.signs = dict(signs)
        if self.place.signs:
            self.source.restore(self.place.signs)

    def watch(self, through: Callable[[Iterator[EventBatch]], Iterator[EventBatch]]) -> None:
        """Have the batches go through this on their way here; to be called before `load`."""
        self._through = through

    def load(self) -> bool:
        """Have rows pending; False at the end of the source, which is then closed.

        Called when the rows given before have been processed.
        """
        while not len(self.pending):
            if not self._parts:
                self._finish_batch()
            if self._failure:
                raise self._failure
            if self._batches is None:
                batches = self.source.batches(self.place.row)
                self._batches = self._through(batches) if self._through else batches
            with self._reading():
                batch = next(self._batches, None)
            if batch is None:
                self._close()
                return False
            self._receive(batch)
        return True

    def pop(self, count: int) -> Rows:
        """The first `count` pending rows; they leave."""
        given = self.pending.take(slice(count))
        self.pending, self.keys = self.pending.take(slice(count, None)), self.keys[count:]
        self.rows_given += count
        return given

    def times(self, row: NDArray[np.int64]) -> NDArray[np.int64]:
        """The time that the source has come to with rows of the batch at hand."""
        numbers, _, times = self._batch
        found: NDArray[np.int64] = times[np.searchsorted(numbers, row)]
        return found

    def advance(self, row: int) -> None:
        """Rows up to `row`, of the batch at hand, have been processed."""
        if not self._stalled:
            self.place.row = max(self.place.row, row)
            numbers, ts_ns, times = self._batch
            at = int(np.searchsorted(numbers, row, side="right")) - 1
            self.place.newest_ns = int(times[at])
            stray = ts_ns[at] > times[at]
            self.place.stray_ns = int(ts_ns[at]) if stray else None
        self._see(row)

    def stall(self, row: int) -> None:
        """Rows up to `row` contain some beyond the end asked for: the place stays before them."""
        self._stalled = True
        self._see(row)

    def _receive(self, batch: EventBatch) -> None:
        if self._fresh and not self.feed.rows and not self._sorts and runs_backwards(batch.ts_ns):
            turned = "sort its rows by their time first"
            if self.kind == "trade":
                turned = (f'turn it first: `tickeng.convert("{self.source.path}", "turned.zst",'
                          " reverse=True)`")
            raise DataError(f"{self.source.name}: the file runs backwards (newest first); {turned}")
        self.feed.add(batch)
        self.filtered += getattr(batch, "filtered", 0)
        listed: dict[str, int] = {}
        for reject in batch.rejects:
            listed[reject.reason] = listed.get(reject.reason, 0) + 1
            if reject.row > self._counted_from:
                self._listed.append(reject)
        for reason, count in batch.rejected.items():
            if count > listed.get(reason, 0) and batch.rows_end > self._counted_from:
                self._unlisted[reason] = count - listed.get(reason, 0)
        self._end = batch.rows_end
        self.at_hand = [*(self.at_hand if self._parts else ()), batch]
        rows = self._rows(batch)
        self._names.check_products(self.source)
        if batch.more:
            self._parts.append(rows)
            return
        if self._parts:
            rows = rows_.concat([*self._parts, rows])
            rows, self._parts = rows.take(np.argsort(rows.row)), []
        if self._strict and self._listed:
            first = self._listed[0]
            rows = rows.take(slice(int(np.searchsorted(rows.row, first.row))))
            self._end = first.row
            if self.kind == "delta":  # of a message that is refused no part may be read later
                self._end = int(rows.row[-1]) if len(rows) else self.place.row
            self._failure = DataError(f"{self._reject_text(first)}; strict=True stops here")
        self.pending = rows
        self.keys = self._timeline.follow(rows.ts_ns)
        self._batch = rows.row, rows.ts_ns, self.keys

    def _rows(self, batch: EventBatch) -> Rows:
        known = len(self._symbols)
        if known < len(batch.symbols):
            new = [self._names.index(name) for name in batch.symbols[known:]]
            self._symbols = np.append(self._symbols, np.array(new, np.uint32))
        count = len(batch.ts_ns)
        if batch.symbol is None:
            self.sole_symbol = batch.symbols[0] if batch.symbols else None
            name = rows_.constant(self._symbols[0] if count else np.uint32(0), count)
        else:
            name = self._symbols[batch.symbol]
        if self._ids and batch.kind == "trade" and batch.id is None and count:
            raise DataError(
                f"{self.source.name}: no id column, which dedupe=\"id\" needs;"
                ' name it with map={"id": "COLUMN"} or leave dedupe out'
            )
        source = rows_.constant(np.uint16(self.rank), count)
        ids = None
        if self._ids:
            ids = batch.id if batch.kind == "trade" else np.full(count, NO_ID)
        return Rows(batch.ts_ns, name, source, batch.row, ids, rows_.kind_of(batch.kind, count),
                    {batch.kind: batch.values})

    def _finish_batch(self) -> None:
        """The batch before is behind us with its trailing rejects."""
        if not self._stalled:
            self.place.row = max(self.place.row, self._end)
        self._see(self._end)
        if self._unlisted:
            counted, self._unlisted = self._unlisted, {}
            self._report([], counted)

    def _see(self, row: int) -> None:
        self.place.seen = max(self.place.seen, row)
        listed = []
        while self._listed and self._listed[0].row <= self.place.seen:
            listed.append(self._listed.popleft())
        if listed:
            self._first_reject = self._first_reject or listed[0]
            self._report(listed, {})

    def _report(self, listed: list[Reject], counted: dict[str, int]) -> None:
        self._rejects += len(listed) + sum(counted.values())
        self._fed_rejects += sum(reject.fed for reject in listed)
        self._reasons.update(counted)
        self._reasons.update(reject.reason for reject in listed)
        self._on_rejected(Rejected(self, listed, counted))

    def _close(self) -> None:
        self.source.close()
        if self._fresh and self._rejects and self.rows_given == self._fed_rejects:
            first = self._reject_text(self._first_reject) if self._first_reject else ""
            raise DataError(
                f"{self.source.name}: every row was rejected ({self._rejects}); {first}"
                f"{price_hint(self._reasons)};"
                f' `tickeng.inspect("{self.source.path}")` shows how the file is read'
            )

    def _reject_text(self, reject: Reject) -> str:
        text = reject.text if len(reject.text) <= 80 else reject.text[:77] + "..."
        return f"{self.source.name}, row {reject.row}: {reject.reason} in {text!r}"

    def state(self) -> dict[str, Any]:
        """JSON-able identity and place, for the checkpoint."""
        kind = {} if self.kind == "trade" else {"kind": self.kind}
        return {**self.source.fingerprint(), **kind, **self.place.to_dict()}
