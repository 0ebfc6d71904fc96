"""From sources to results: merge, filter, reorder, engine.

Rows taken from the sources but not yet run are in `held` (waiting for their order) or `ready` (in
order, next to run). Both belong to the checkpoint, so the stream can be left after any result.
With several workers or many symbols rows of files are gathered into stretches that are worth it.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._engine.audits import Audits, Book
from .._engine.ordered import Part, follow
from ..engine import Engine, Status
from ..errors import DataError, LateTickError, StateError
from . import rows as rows_
from .cursor import Signs
from .feeding import Fed, Result, feed, written
from .inputs import Inputs
from .leader import Leaders
from .ledger import Ledger, engine_counters, together
from .merge import merge
from .options import Options
from .reorder import Reorder
from .rows import Rows
from .stop import Interrupted

_ROWS_AT_ONCE = 65_536
_ROWS_A_SYMBOL, _MOST_ROWS = 256, 1 << 20  # of each enough that its state is worth fetching
ROWS_A_WORKER = 32_768  # few enough for the caches, though a chunk runs 11,281 before its own
_NONE = np.iinfo(np.uint32).max


class Stream:
    """One pass over the inputs. `taken` counts the rows that passed the filters."""

    def __init__(
        self,
        options: Options,
        engine: Engine,
        inputs: Inputs,
        ledger: Ledger,
        saved: dict[str, Any],
    ) -> None:
        self._options, self._engine = options, engine
        self._inputs, self._ledger = inputs, ledger
        self._names = inputs.names
        self._codes = np.empty(0, np.uint32)  # of each name; _NONE: none yet
        self._reorder = Reorder(options.reorder_ns, inputs.bounds, ids=inputs.ids)
        self._other_source = inputs.other_source  # the engine does not know yet
        self.conflict: dict[str, Any] | None = None
        self._ready: list[Rows] = []
        self._files = all(cursor.source.size is not None for cursor in inputs.cursors)
        self.labels = [*inputs.labels(), *saved.get("labels", [])]
        self._leaders = Leaders(inputs.leaders, engine, self._names, self.labels) if (
            inputs.leaders) else None
        self.audits = Audits(engine, saved.get("audits"))
        self.taken = 0
        self._taken_before = sum(cursor.place.taken for cursor in inputs.cursors)
        self.ended = False
        self._signs: Signs = dict(saved.get("signs", {}))
        if saved.get("held"):
            self._reorder.time.newest_ns = saved["held"]["newest_ns"]
            self._reorder.time.stray_ns = saved["held"].get("stray_ns")
            self._reorder.held = self._restored(saved["held"]["waiting"])
            self._ready = [self._restored(saved["held"]["ready"])]

    def _restored(self, packed: dict[str, str]) -> Rows:
        """Held rows of a checkpoint; their sources keep their names behind those of this run."""
        rows = rows_.unpack(packed)
        names, labels = len(self._names.all), len(self.labels) - len(self._inputs.cursors)
        if len(rows) and (rows.name.max() >= names or rows.source.max() >= labels):
            raise StateError("checkpoint: held rows name a symbol or a source that is not there")
        rows.source = rows.source + np.uint16(len(self._inputs.cursors))
        return rows

    @property
    def ready(self) -> Rows:
        """Rows in order, next to run."""
        self._ready = [rows_.concat(self._ready or [rows_.empty(ids=self._inputs.ids)])]
        return self._ready[0]

    @property
    def held(self) -> list[Rows]:
        """Rows taken but not run."""
        return [self._reorder.held, self.ready]

    def state(self) -> dict[str, Any]:
        """JSON-able: places of the sources, rows taken but not run, names."""
        held = {
            "newest_ns": self._reorder.time.newest_ns,
            "stray_ns": self._reorder.time.stray_ns,
            "waiting": self._reorder.held.pack(),
            "ready": self.ready.pack(),
        }
        return {
            **self._inputs.state(),
            "held": held,
            "signs": self._signs,
            "labels": self.labels,
            "names": self._names.all,
            **({"audits": self.audits.state()} if self._has_messages() else {}),
        }

    def _has_messages(self) -> bool:
        return any("delta" in cursor.source.kinds for cursor in self._inputs.cursors)

    def results(self) -> Iterator[Result]:
        """Run the inputs to their end or to the limit."""
        yield from self._run_ready()
        every = self._options.every.rows if self._options.every else None
        try:
            for rows in merge(self._inputs.cursors, self._signs):
                while len(rows) and not self._limit_reached():
                    if any(map(len, self._ready)) and self._leads(rows):
                        yield from self._run_ready()  # what stands before them
                    until_due = every - self.taken % every if every else None
                    rows = self._take(rows, until_due)
                    due = every is not None and self.taken % every == 0
                    if due or sum(map(len, self._ready)) >= self._enough():
                        yield from self._run_ready()
                if self._limit_reached():
                    break
            else:
                self.ended = True
        except LateTickError:
            raise
        except (DataError, Interrupted):
            yield from self._run_ready()
            raise
        yield from self._run_ready()

    def rest(self) -> Iterator[Result]:
        """Run what is still held, at the end of the input."""
        self._ready.append(self._reorder.flush())
        yield from self._run_ready()

    def _rows_at_once(self) -> int:
        workers = self._options.workers
        least = workers * ROWS_A_WORKER if workers > 1 else _ROWS_AT_ONCE
        symbols = int(np.count_nonzero(self._codes != _NONE))
        return max(least, min(_ROWS_A_SYMBOL * symbols, _MOST_ROWS))

    def _enough(self) -> int:
        """Rows to wait for: what workers can share, or many symbols; a pipe's do not wait."""
        rows = self._rows_at_once()
        worth = self._options.workers > 1 or rows > _ROWS_AT_ONCE
        return rows if self._files and worth else 1

    def _limit_reached(self) -> bool:
        return self._left() == 0

    def _left(self) -> int | None:
        """Rows that may still be taken from these files; None: any number."""
        if self._options.limit is None:
            return None
        return max(0, self._options.limit - self._taken_before - self.taken)

    def _take(self, rows: Rows, until_due: int | None) -> Rows:
        """Take rows up to the limit or the next checkpoint; gives back those behind it."""
        keep = self._inputs.passing(rows)
        budgets = [budget for budget in (self._left(), until_due) if budget is not None]
        count = len(rows)
        if budgets and np.count_nonzero(keep) > min(budgets):
            count = int(np.searchsorted(np.cumsum(keep), min(budgets))) + 1
        leading = self._leading(rows)
        if leading.any():
            count = self._follow(rows, keep, leading, count)
        behind = rows.take(slice(count, None))
        rows, keep = rows.take(slice(count)), keep[:count]
        passing = rows if keep.all() else rows.take(keep)
        self.taken += len(passing)
        self._ledger.filtered += len(rows) - len(passing)
        self._ledger.come_in(passing)
        if len(self._codes) < len(self._names.all) or _NONE in self._codes:
            self._engine_codes(passing.name)  # now, however many rows will run at once
        self._inputs.advance(rows, keep)
        if self._options.source.get("infer_side"):
            self._inputs.remember_signs(rows, self._signs)
        self._ready.append(
            self._reorder.push(rows, keep) if self._options.reorder_ns else passing
        )
        return behind

    def _leading(self, rows: Rows) -> NDArray[np.bool_]:
        """Which rows are changes of books ahead of `from_ns`: no events of the run, but of them the
        books are made that it begins with."""
        from_ns = self._options.from_ns
        if from_ns is None or "delta" not in rows.kinds:
            return np.zeros(len(rows), np.bool_)
        return (rows.ts_ns < from_ns) & rows.is_of("delta") & self._inputs.passing(rows, early=True)

    def _leads(self, rows: Rows) -> bool:
        """Whether books follow one of these rows before the next one that is an event."""
        leading = self._leading(rows)
        return bool(leading.any()) and not self._inputs.passing(rows)[:leading.argmax()].any()

    def _follow(self, rows: Rows, keep: NDArray[np.bool_], leading: NDArray[np.bool_],
                count: int) -> int:
        """Have books follow the changes ahead of the next event. Returns how many rows, of the
        first `count`, end where the one or the other begins."""
        if not leading[:count].any():
            return count
        event = int(keep.argmax()) if keep.any() else count
        if event < leading.argmax():
            return min(int(leading.argmax()), count)
        count = min(event, count)
        deltas = rows.take(slice(count)).take(leading[:count])
        follow(self._engine, Part(deltas.ts_ns, deltas.values["delta"],
                                  np.array(self._engine_codes(deltas.name)),
                                  np.arange(len(deltas))))
        return count

    def _run_ready(self) -> Iterator[Result]:
        """Run the ready rows; each part leaves `ready` only when it is about to run."""
        while len(ready := self.ready):
            stretch = self._before_other_source(ready.take(slice(self._rows_at_once())))
            parts = self._leaders.pair(stretch) if self._leaders else iter([stretch])
            for part in parts:
                for piece in self._pieces(part):
                    self._ready = [self.ready.take(slice(len(piece), None))]
                    yield from self._run(piece)

    def _pieces(self, rows: Rows) -> Iterator[Rows]:
        """The rows, cut before each snapshot that is held against the book built until then."""
        if "delta" not in rows.kinds:
            yield rows
            return
        at = np.flatnonzero(rows.is_of("delta"))
        cuts = self.audits.cuts(rows.values["delta"], self._engine_codes(rows.name)[at])
        places = [0, *(int(at[cut]) for cut in cuts if at[cut]), len(rows)]
        for begin, end in pairwise(places):
            yield rows.take(slice(begin, end))

    def _before_other_source(self, rows: Rows) -> Rows:
        """Rows before the first one of a source that the checkpoint does not know, if there are;
        else the engine is told that its source begins."""
        if self._other_source:
            new = np.flatnonzero(rows.source < len(self._inputs.cursors))
            if not len(new) or new[0]:
                return rows.take(slice(new[0] if len(new) else None))
            self._engine.begin_source()
            self.audits.forget()
            self._other_source = False
        return rows

    def _run(self, rows: Rows) -> Iterator[Result]:
        """Run a part; before a late tick that is an error, the rows ahead of it are given."""
        codes = self._engine_codes(rows.name)
        twin = self._engine.copy() if self._options.config["on_late"] == "error" else self._engine
        before = self._fed()
        book = self._book_before(rows, codes)
        try:
            fed = self._feed(self._engine, rows, codes)
        except LateTickError as error:
            late = self._fed() - before
            ahead = slice(late)
            self._ready.insert(0, rows.take(slice(late + 1, None)))
            first = rows.take(ahead)
            yield self._accepted(first, codes[ahead], self._feed(twin, first, codes[ahead]))
            raise LateTickError(
                f"{self.labels[rows.source[late]]}, row {rows.row[late]}: is older than the tick"
                ' before it; on_late="drop" counts such rows, reorder_ms=MS sorts them'
            ) from error
        if "delta" in rows.kinds:
            self._audit(rows, codes, fed.status == Status.OK, book)
        if rows.id is not None and self.conflict is None:
            self._note_conflict(rows, fed.status)
        if len(rows):
            yield self._accepted(rows, codes, fed)

    def _book_before(self, rows: Rows, codes: NDArray[np.uint32]) -> Book | None:
        """That which a snapshot at the beginning of the rows is held against."""
        if "delta" not in rows.kinds:
            return None
        return self.audits.look(rows.values["delta"], codes[rows.is_of("delta")])

    def _audit(self, rows: Rows, codes: NDArray[np.uint32], taken: NDArray[np.bool_],
               book: Book | None) -> None:
        at = np.flatnonzero(rows.is_of("delta"))

        def where(message: int) -> dict[str, Any]:
            row = at[message]
            return {"file": self.labels[rows.source[row]], "row": int(rows.row[row])}

        self.audits.note(rows.values["delta"], codes[at], taken[at], book, where)

    def _note_conflict(self, rows: Rows, status: NDArray[np.uint8]) -> None:
        """The first id with two prices or quantities, and the row where it came again."""
        found = self._engine.id_conflict
        if found is None or rows.id is None:
            return
        again = rows.take(rows.is_of("trade") & (rows.id == found["id"])
                          & (status == Status.DUPLICATE))
        trades = again.values["trade"]
        at = int(np.argmax((trades["price"] == found["price"]) & (trades["qty"] == found["qty"])))
        self.conflict = {**found, "file": self.labels[again.source[at]], "row": int(again.row[at])}

    def _feed(self, engine: Engine, rows: Rows, codes: NDArray[np.uint32]) -> Fed:
        return feed(engine, rows, codes, self._options.clocks, self._options.workers)

    def _accepted(self, rows: Rows, codes: NDArray[np.uint32], fed: Fed) -> Result:
        if fed.status.max(initial=0):
            self._ledger.list_refused(rows.take(fed.status == Status.REJECTED), self.labels)
        return written(rows, codes, fed, self._options.clocks)

    def _fed(self) -> int:
        """Rows the engine has taken and not called late."""
        ends = ("processed", "duplicate", "rejected")
        return sum(counts[end] for counts in together(engine_counters(self._engine)).values()
                   for end in ends)

    def _engine_codes(self, name: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """Engine codes of names, given in the order in which symbols come in."""
        if len(self._codes) < len(self._names.all):
            new = np.full(len(self._names.all) - len(self._codes), _NONE, np.uint32)
            self._codes = np.append(self._codes, new)
        alone = rows_.sole(name)
        if alone is not None and self._codes[alone] != _NONE:
            return rows_.constant(self._codes[alone], len(name))
        codes = self._codes[name]
        if len(codes) and codes.max() == _NONE:
            unknown, first = np.unique(name[codes == _NONE], return_index=True)
            unknown = unknown[np.argsort(first)]
            self._codes[unknown] = self._engine.intern([self._names.all[n] for n in unknown])
            codes = self._codes[name]
        return codes
