"""Trades in JSON: objects or lists, one a line, in one large list, or in a list within an object.

A row's fields become columns of text, one for each key of the sample (the first 10,000 rows, of a
pipe what has arrived), and go the way of every table's columns. In feeds of known venues only the
trades are rows (see `json_events`). A line or element that is no JSON is refused as `bad_line`.
Trap: a line may hold several trades or none, so rows are not lines.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Any

import pyarrow as pa

from tickeng.errors import DataError
from tickeng.files.batch import EventBatch, Reject
from tickeng.files.sources import json_layouts
from tickeng.files.sources.columns import plain
from tickeng.files.sources.json_events import LOCAL_CLOCK, nothing_in
from tickeng.files.sources.json_rows import SAMPLE_ROWS, DepthRows, Rows
from tickeng.files.sources.json_stream import (
    BOM,
    VALUES_AT_ONCE,
    ListElements,
    Malformed,
    find_list,
    line_values,
    of_lines,
    of_recorded_lines,
    parsed,
    text_of,
    without_mark,
)
from tickeng.files.sources.json_tables import check_is_no_table
from tickeng.files.sources.kinds import EVENT_COLUMNS
from tickeng.files.sources.probe import Probe
from tickeng.files.sources.reading import check_shape
from tickeng.files.sources.tables import TableReader

_LONGEST_LINE = 1 << 20


class JsonRecords(TableReader):
    """The rows of JSON content, as record batches of text."""

    def __init__(self, probe: Probe, *, recorded: bool = False) -> None:
        """`recorded`: each line is a local clock and an object."""
        self._recorded = recorded
        if recorded:
            path: list[str] = []
            self._values = line_values(probe.content.blocks(), probe.raw.may_grow,
                                       of_recorded_lines)
        else:
            self._values, path = _values_of(probe)
        self._kind = probe.options.kind or "trade"
        whole = {"bid", "ask"} & {*(probe.options.map or ())}  # lists that the user names
        rows_of = DepthRows if self._kind in ("book", "delta") and not whole else Rows
        self._rows: Rows = rows_of(probe.options.header, probe.options.keep)
        self._error: DataError | None = None
        self._told = 0  # of the messages filtered
        self._waits = False
        self._sampled = self._sample()
        self._bad: dict[int, str] = {}
        if self._sampled:
            rows = "lists" if self._rows.names else "objects"
            check_shape(probe.options, f"JSON whose rows are {rows}",
                        ("encoding", *(["header"] if self._rows.names else [])))
        self._names = self._columns()
        self._rows.known = set(self._names)
        self._check_behind_sample()
        key = self._rows.key or (path[-1] if path else None)
        is_pair = key and key.lower() not in ("data", "trades", "list", "result") and (
            self._rows.names is not None and "ordertype" in self._rows.names)
        form = "exchange-json" if recorded else "json"
        symbol = str(key) if is_pair else probe.symbol
        try:
            super().__init__(form, self._names, probe.options, symbol, probe.names[0], probe.ids,
                             probe.raw.live, probe.takes)
        except DataError as error:
            raise self._error or error from None

    def first(self) -> pa.RecordBatch:
        gathered = Gathered(self._names, {})
        gathered.add([row for row in self._sampled if isinstance(row, dict)][:SAMPLE_ROWS])
        return gathered.take(SAMPLE_ROWS)

    @property
    def filtered(self) -> int:
        """Messages that were no trades."""
        return self._rows.filtered.total()

    def _sample(self) -> list[Any]:
        """The first rows, read before the columns are known."""
        rows: list[Any] = []
        try:
            for values in self._values:
                if not values and rows:
                    self._waits = True  # for somebody to write: the first rows go out before
                    break
                self._rows.look_at(values)
                found = self._rows.of(values)
                self._error = self._rows.fault
                if not rows:
                    self._rows.decide_plain(values, found)
                rows += found
                if self._error or len(rows) >= SAMPLE_ROWS:
                    break
        except DataError as error:  # raised behind the rows before it
            self._error = error
        return rows

    def _columns(self) -> list[str]:
        if self._error and not self._sampled:
            raise self._error
        if not self._sampled and not self._waits and (why := self._rows.why_none()):
            raise DataError(why)
        if self._rows.kinds:
            found = [*self._rows.columns, *([LOCAL_CLOCK] if self._recorded else [])]
            return found + list(dict.fromkeys(
                key for keys in dict.fromkeys(tuple(row) for row in self._sampled
                                              if isinstance(row, dict))
                for key in keys if plain(key) in EVENT_COLUMNS and key not in found))
        names: dict[str, None] = {}
        for row in self._sampled[:SAMPLE_ROWS]:
            if isinstance(row, dict):
                names.update(dict.fromkeys(json_layouts.flat(row)))
        if self._error and not names:
            raise self._error
        if not names and self._rows.filtered:
            raise DataError(nothing_in(self._kind, self.filtered, self._rows.filtered,
                                       self._rows.has_depth))
        if not names:
            raise DataError("is JSON without a row that can be read: rows are objects such as "
                            '{"timestamp": 1700000000000, "price": 1.5, "qty": 2, "side": "buy"}')
        return list(names)

    def _check_behind_sample(self) -> None:
        """Rows that came with the sample and decide nothing are looked at as later ones are."""
        try:
            for at in range(SAMPLE_ROWS, 0 if self._rows.kinds else len(self._sampled)):
                if isinstance(self._sampled[at], dict):
                    json_layouts.check_new_names(self._sampled[at], self._names)
        except DataError as error:
            self._error, self._sampled = error, self._sampled[:at]

    def parts(self, start_row: int) -> Iterator[tuple[int, pa.RecordBatch]]:
        """Batches of at most `block_rows` rows; of a live input those that came together."""
        gathered, size = Gathered(self.wanted, self._filler()), self.block_rows
        self._bad, before = gathered.bad, 0
        rows, self._sampled = self._sampled, []
        for first in range(0, len(rows), VALUES_AT_ONCE):
            gathered.add(rows[first:first + VALUES_AT_ONCE])
        ended = self._error is not None
        waits = self._waits
        while gathered.count or not ended:
            if not ended and gathered.count < size and not (waits and gathered.count):
                try:
                    more = next(self._values, None)
                    ended, waits = more is None, more == []
                    gathered.add(self._rows.of(more or []))
                    self._error = self._rows.fault
                    ended = ended or self._error is not None
                except DataError as error:
                    self._error, ended = error, True
            if gathered.count >= size or (gathered.count and (ended or waits)):
                part = gathered.take(size)
                yield before, part
                before += part.num_rows
        if self._error:
            raise self._error

    def _events(self, before: int, part: pa.RecordBatch) -> EventBatch:
        batch = super()._events(before, part)
        batch.filtered += self.filtered - self._told
        self._told = self.filtered
        return batch

    def _rejects(self, *rows: Any) -> list[Reject]:
        return [Reject(reject.row, "bad_line", self._bad[reject.row], None, "")
                if reject.row in self._bad else reject for reject in super()._rejects(*rows)]

    def _filler(self) -> dict[str, Any]:
        """Cells that say nothing new, for the side and the kind of rows that cannot be read: those
        of the first row that stays."""
        rows: list[dict[str, Any]] = [row for row in self._sampled if isinstance(row, dict)]
        stay = self._table.kept(self.first())[0]
        first = json_layouts.flat(rows[int(stay.argmax())]) if len(stay) else {}
        return {name: first.get(name) for name in self.wanted
                if self.roles.get(name) in ("side", "maker", "event")}


class Gathered:
    """Rows as columns of text, a few at a time while they are in the caches, until they are taken.

    Rows that are Malformed are null but for `filler`; `bad` has their texts by row, from 1.
    """

    def __init__(self, names: Sequence[str], filler: dict[str, Any]) -> None:
        self._names, self._filler = list(names), filler
        self._nested = any("." in name for name in names)
        only = names[0]  # of one name itemgetter gives no tuple
        self._get = itemgetter(*names) if len(names) > 1 else lambda row: (row[only],)
        self._parts: list[pa.RecordBatch] = []
        self._rows = 0
        self.bad: dict[int, str] = {}
        self.count = 0

    def add(self, rows: list[Any]) -> None:
        """Append rows."""
        if not rows:
            return
        columns: Any = None
        if set(map(type, rows)) == {dict}:
            with contextlib.suppress(KeyError):
                columns = list(zip(*map(self._get, rows), strict=True))
        if columns is None:
            self.bad |= {self._rows + i: row.text for i, row in enumerate(rows, 1)
                         if isinstance(row, Malformed)}
            dicts = [self._complete(row) for row in rows]
            columns = [[row.get(name) for row in dicts] for name in self._names]
        self._parts.append(pa.RecordBatch.from_arrays(list(map(_text_array, columns)),
                                                      names=self._names))
        self.count += len(rows)
        self._rows += len(rows)

    def _complete(self, row: Any) -> dict[str, Any]:
        if not isinstance(row, dict):
            return self._filler
        return json_layouts.flat(row) if self._nested else row

    def take(self, count: int) -> pa.RecordBatch:
        """The first rows, at most `count`."""
        if not self._parts:
            return pa.RecordBatch.from_arrays([pa.array([], pa.string())] * len(self._names),
                                              names=self._names)
        if len(self._parts) > 1:
            table = pa.Table.from_batches(self._parts).combine_chunks()
            self._parts = table.to_batches()
        whole = self._parts[0]
        given = whole.slice(0, count)
        self._parts = [whole.slice(count)] if whole.num_rows > count else []
        self.count = whole.num_rows - given.num_rows
        first = self._rows - whole.num_rows  # texts of rows taken before are done with
        for row in [row for row in self.bad if row <= first]:
            del self.bad[row]
        return given


def _text_array(values: Sequence[Any]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except (TypeError, ValueError, pa.ArrowException):
        return pa.array([text_of(value) for value in values], pa.string())


def _values_of(probe: Probe) -> tuple[Iterator[list[Any]], list[str]]:
    """The values of the content in turn, and the keys of the list that holds them, if one does."""
    content = probe.content
    if b"\n" not in content.head and not probe.raw.live:
        content.grow(1, _LONGEST_LINE)  # one line may be a whole book
    head = content.head.removeprefix(BOM).lstrip()
    first, newline, behind = head.partition(b"\n")
    keep_rest = probe.raw.may_grow
    lines = line_values(content.blocks(), keep_rest, of_lines)
    text = content.head.decode("utf-8", "backslashreplace").removeprefix("\ufeff")
    if not isinstance(parsed(first), Malformed):
        if not behind.strip():
            check_is_no_table(text, probe.raw.name, content.container)
        return lines, []
    second = behind.partition(b"\n")[0].strip()
    if newline and head.startswith(b"{") and second.startswith(b"{") and (
            isinstance(parsed(second), dict)):
        return lines, []
    check_is_no_table(text, probe.raw.name, content.container)
    start = find_list(text)
    if start is None and newline:
        return lines, []
    if start is None:
        raise DataError("is JSON, but no list of objects or lists begins in it")
    return ListElements(without_mark(content.blocks()), start).values(), start.path
