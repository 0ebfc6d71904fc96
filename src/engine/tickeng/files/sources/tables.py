"""Record batches to events: the reading decided from the first rows, faults, symbols, rejects."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tickeng._base.control_text import has_control
from tickeng._native.io import HINTS, MAX_SYMBOLS, NUMBERS, Contradiction
from tickeng.errors import DataError
from tickeng.files.batch import VALUES, EventBatch, Reject, count_reasons
from tickeng.files.sources import table_changes as changes_
from tickeng.files.sources import table_columns as read_
from tickeng.files.sources import table_levels as levels_
from tickeng.files.sources.clocks import check_steps
from tickeng.files.sources.layout import GONE, OF_SNAPSHOT
from tickeng.files.sources.messages import batch_kind
from tickeng.files.sources.options import Options
from tickeng.files.sources.reading import Reading, decide
from tickeng.files.sources.table_columns import Mask, Values

_BLOCK_BYTES = 16 << 20  # of rows that are read at once, by what those of the sample take
_TEXT_CHARS = 200
# Role and reason, in the order in which they are looked for.
_FAULTS = (("", "bad_fields"), ("ts", "bad_timestamp"), ("price", "bad_price"), ("qty", "bad_qty"),
           ("side", "bad_side"), ("id", "bad_id"))
_BEHIND_MESSAGE = 3  # from this fault on a row tells whose level it is, but for its numbers
_PADDING = " \t"  # around a symbol, which is no part of it
_LONGEST_NAME = 255
_BAD_SYMBOL = next(i for i, hint in enumerate(HINTS) if hint.startswith("the symbol"))


class TableColumns:
    """The columns of events of record batches that share one schema, by a reading."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        layout = reading.layout
        self._columns: dict[str, list[int]] = {}
        for index, role in enumerate(reading.roles):
            if role not in ("ignore", "symbol"):
                self._columns.setdefault(role, []).append(index)
        if layout.symbols:
            self._columns["symbol"] = list(layout.symbols)
        self.clocks = {"ts": read_.Times(layout.ts), "recv": read_.Times(layout.recv)}

    @property
    def wanted(self) -> list[str]:
        """Columns that are read."""
        read = {index for found in self._columns.values() for index in found}
        read |= {index for index, _ in self.reading.layout.known}
        return [name for index, name in enumerate(self.reading.columns) if index in read]

    def has(self, role: str) -> bool:
        return role in self._columns

    def of(self, part: pa.RecordBatch, role: str) -> pa.Array:
        return self._column(part, self._columns[role][0])

    def _column(self, part: pa.RecordBatch, index: int) -> pa.Array:
        return part.column(self.reading.columns[index])

    def read(self, part: pa.RecordBatch, sound: Mask) -> dict[str, Values]:
        """Role -> values; the side is under "side" whatever the file calls it.

        A row is judged by its columns in the order in which text is, from those that are `sound`
        on. Raises Contradiction with the row's place in the part.
        """
        layout = self.reading.layout
        date = self.of(part, "date") if self.has("date") else None
        found = {"ts": self.clocks["ts"].read(self.of(part, "ts"), date)}
        if self.has("recv"):
            found["recv"] = self.clocks["recv"].read(self.of(part, "recv"))
        for role in list(found):
            read_.check_times(found[role], self.of(part, role), sound)
            sound = sound & ~found[role].bad
        if layout.market:
            return found | self._market(part) | self._other_columns(part, sound)
        if layout.is_delta:
            return found | self._levels(part, sound)
        found["price"] = price = read_.numbers(self.of(part, "price"), layout.price_scale)
        found["qty"] = qty = read_.numbers(self.of(part, "qty"), layout.qty_scale)
        price.bad |= ~((price.values > 0) & np.isfinite(price.values))
        sound = sound & ~price.bad
        if layout.signed_qty:
            found["side"] = read_.signed(qty)
        else:
            read_.check_unsigned(qty, self.of(part, "qty"), sound)
        qty.bad |= ~((qty.values >= 0) & np.isfinite(qty.values))
        sound = sound & ~qty.bad
        for role in ("side", "maker"):
            if self.has(role) and layout.side is not None:
                found["side"] = read_.sides(self.of(part, role), layout.side, sound,
                                            self._columns[role][0])
        return found | self._other_columns(part, sound)

    def _levels(self, part: pa.RecordBatch, sound: Mask) -> dict[str, Values]:
        """Levels that changed; the numbers of their updates are judged before their prices."""
        layout = self.reading.layout
        columns = [self._column(part, index) for index in self._columns.get("snapshot", ())]
        flags = changes_.flags(columns, layout.changes, part.num_rows)
        found: dict[str, Values] = {}
        for role in NUMBERS:
            if self.has(role):
                columns = [self._column(part, index) for index in self._columns[role]]
                found[role] = changes_.numbers(columns)
                sound = sound & ~found[role].bad
        price = read_.numbers(self.of(part, "price"), layout.price_scale)
        qty = read_.numbers(self.of(part, "qty"), layout.qty_scale)
        price.bad |= ~((price.values > 0) & np.isfinite(price.values))
        gone = (flags & GONE) != 0
        qty.values = np.where(gone, 0.0, qty.values + 0.0)  # -0 is 0
        qty.bad = ~gone & (qty.bad | ~((qty.values >= 0) & np.isfinite(qty.values)))
        sound = sound & ~price.bad & ~qty.bad
        assert layout.side is not None
        side = read_.sides(self.of(part, "side"), layout.side, sound, self._columns["side"][0])
        for index, texts in layout.known:
            read_.check_known(self._column(part, index), texts, sound & ~side.bad, index)
        side.bad |= side.values == 0
        snapshot = Values(flags & np.uint8(OF_SNAPSHOT), np.zeros(part.num_rows, np.bool_))
        return {**found, "price": price, "qty": qty, "side": side, "snapshot": snapshot}

    def _market(self, part: pa.RecordBatch) -> dict[str, Values]:
        """The sides of quotes or books; what is wrong with a row is with its price or quantity."""
        return levels_.read(lambda index: self._column(part, index), self.reading.layout,
                            part.num_rows)

    def _other_columns(self, part: pa.RecordBatch, sound: Mask) -> dict[str, Values]:
        """Ids, and a look at the columns that may have known texts only."""
        found: dict[str, Values] = {}
        if self.has("id"):
            found["id"] = self._ids(part)
            sound = sound & ~found["id"].bad
        for index, texts in self.reading.layout.known:
            read_.check_known(self._column(part, index), texts, sound, index)
        return found

    def _ids(self, part: pa.RecordBatch) -> Values:
        layout = self.reading.layout
        read = read_.hashed_ids if layout.text_ids else read_.integers
        ids = read(self.of(part, "id"))
        return read_.kept_ids(ids) if layout.lenient_ids else ids

    def kept(self, part: pa.RecordBatch) -> tuple[Mask, Mask]:
        """Which rows stay, being of kinds that do or of none, and which have no kind."""
        stay, missing = np.ones(part.num_rows, np.bool_), np.zeros(part.num_rows, np.bool_)
        layout = self.reading.layout
        rules = [*layout.events, *map(changes_.stays, layout.changes)]
        columns = self._columns.get("event", []) + self._columns.get("snapshot", [])
        for index, words in zip(columns, rules, strict=True):
            stay, none = read_.kept(self._column(part, index), words, stay, index)
            missing |= none
        return stay | missing, missing

    def names(self, part: pa.RecordBatch) -> tuple[list[str | None], NDArray[np.int64]]:
        """The different symbols, None for what is no name, and the index of each row's."""
        arrays = [self._column(part, index) for index in self._columns["symbol"]]
        coded = [read_.coded(array) for array in arrays]
        if len(arrays) == 1:
            return [_name(text) for text in coded[0][0]], coded[0][1]
        parts = [pa.array([text.strip(_PADDING) for text in texts], pa.string()).take(codes)
                 for texts, codes in coded]
        texts, codes = read_.coded(pc.binary_join_element_wise(*parts, ":"))
        return [_name(text) if text.strip(":") else None for text in texts], codes


def _name(text: str) -> str | None:
    """The text as a symbol, None if it is none."""
    name = text.strip(_PADDING)
    return None if not name or len(name.encode()) > _LONGEST_NAME or has_control(name) else name


class TableReader(ABC):
    """Reader over record batches; subclasses give `first` and `parts`."""

    def __init__(self, format: str, names: Sequence[str], options: Options, symbol: str,
                 file: str = "", ids: str = "integer", live: bool = False,
                 takes: Collection[str] = ("trade",)) -> None:
        self.format = format
        self.columns = list(names)
        first = self.first()
        sample = read_.sample_of(first, file, live)
        self.reading = decide(sample, options, ids=ids, takes=takes)
        self._table = TableColumns(self.reading)
        self.roles = {c: r for c, r in zip(self.columns, self.reading.roles, strict=True)
                      if r != "ignore"}
        self.has_side, self.has_recv = self.reading.has_side, self.reading.has_recv
        self.symbols = [] if self._table.has("symbol") else [symbol]
        self._codes: dict[str, int] = {}
        self._last_ns: int | None = None
        row_bytes = first.select(self.wanted).nbytes // max(1, first.num_rows)
        self.block_rows = min(options.block_rows, max(1, _BLOCK_BYTES // max(1, row_bytes)))

    @property
    def wanted(self) -> list[str]:
        return self._table.wanted

    @abstractmethod
    def first(self) -> pa.RecordBatch:
        """The first rows with all columns, at most SAMPLE_ROWS; the file is read from its start
        afterwards."""

    @abstractmethod
    def parts(self, start_row: int) -> Iterator[tuple[int, pa.RecordBatch]]:
        """(rows before it, record batch), from a batch that ends behind `start_row` on."""

    def batches(self, start_row: int) -> Iterator[EventBatch]:
        layout = self.reading.layout
        # Rows that are passed over say which of two hours it is.
        for before, part in self.parts(0 if layout.ts.zone or layout.recv.zone else start_row):
            batch, fault = self._until_fault(before, part)
            if batch is not None and batch.rows_end > start_row:
                yield batch.after(start_row) if before < start_row else batch
            if fault is not None:
                raise fault

    def _until_fault(self, before: int, part: pa.RecordBatch,
                     ) -> tuple[EventBatch | None, Contradiction | None]:
        """The events of the rows before the first that contradicts the reading, and that one."""
        if not part.num_rows:
            return None, None
        clocks = {role: clock.copy() for role, clock in self._table.clocks.items()}
        try:
            return self._events(before, part), None
        except Contradiction as fault:
            self._table.clocks = clocks
            batch, earlier = self._until_fault(before, part.slice(0, fault.row - 1))
            return batch, earlier or fault.at(before + fault.row)

    def _events(self, before: int, part: pa.RecordBatch) -> EventBatch:
        end = before + part.num_rows
        row = np.arange(before + 1, end + 1, dtype=np.int64)
        kept, missing = self._table.kept(part)
        if not kept.all():
            part, row, missing = part.filter(pa.array(kept)), row[kept], missing[kept]
        names, codes = self._table.names(part) if self._table.has("symbol") else ([], None)
        unnamed = _where_none(names, codes, part.num_rows)
        try:
            found = self._table.read(part, ~(missing | unnamed))
        except Contradiction as fault:
            raise fault.at(int(row[fault.row - 1]) - before) from None
        faults = self._faults(found, unnamed | missing)
        keep = faults == 0
        if self.reading.layout.is_delta:
            keep = self._of_known_messages(found, faults)
        rejects = []
        if faults.any():
            symbols = None if codes is None else [names[code] for code in codes]
            rejects = self._rejects(part, row, faults, found, symbols, missing)

        def good(role: str) -> NDArray[Any]:
            values: NDArray[Any] = found[role].values[keep]
            return values

        ts_ns = good("ts")
        if self.reading.naive:
            self._check_hour(ts_ns)
        return EventBatch(
            batch_kind(self.reading), ts_ns, self._of_kind(found, keep),
            None if codes is None else self._interned(names, codes)[keep], self.symbols, row[keep],
            good("recv") if "recv" in found else None, good("id") if "id" in found else None,
            rejects, count_reasons(rejects), end, int(np.count_nonzero(~kept)),
        )

    def _of_known_messages(self, found: dict[str, Values], faults: NDArray[np.int64]) -> Mask:
        """The rows that tell whose levels they are; what else is wrong leaves them no price."""
        numbers = len(_FAULTS)  # which no other fault comes before
        known: Mask = (faults == 0) | ((faults >= _BEHIND_MESSAGE) & (faults != numbers))
        price = found["price"]
        price.values = np.where(known & (faults != 0), np.nan, price.values)
        return known

    def _of_kind(self, found: dict[str, Values], keep: Mask) -> dict[str, NDArray[Any]]:
        """The columns of the kind, of the rows to keep."""
        if self.reading.layout.is_delta:
            names = ("price", "qty", "side", "snapshot", *NUMBERS)
            return {name: found[name].values[keep] for name in names if name in found}
        return {name: found[name].values[keep] if name in found
                else np.zeros(int(keep.sum()), dtype)
                for name, dtype in VALUES[self.reading.kind].items()}

    def _check_hour(self, ts_ns: NDArray[np.int64]) -> None:
        if len(ts_ns):
            check_steps(ts_ns if self._last_ns is None else np.append(self._last_ns, ts_ns))
            self._last_ns = int(ts_ns[-1])

    def _faults(self, found: dict[str, Values], bad_symbol: Mask) -> NDArray[np.int64]:
        """Per row 0, or 1 + the index in _FAULTS of its first fault."""
        tests = [bad_symbol, found["ts"].bad]
        for role, other in (("price", "bid"), ("qty", "bid_qty")):
            tests.append(found[role if role in found else other].bad)
        if "recv" in found:
            tests[1] = tests[1] | found["recv"].bad
        none = np.zeros(len(bad_symbol), np.bool_)
        tests.append(found["side"].bad if "side" in found else none)
        tests.append(found["id"].bad if "id" in found else none)
        order = list(range(len(tests)))
        if self.reading.layout.is_delta:  # numbers say whose level it is, and are judged first
            tests[-1] = np.logical_or.reduce([none, *(found[role].bad for role in NUMBERS
                                                      if role in found)])
            order.insert(_BEHIND_MESSAGE - 1, order.pop())
        faults: NDArray[np.int64] = np.select([tests[i] for i in order], [i + 1 for i in order], 0)
        return faults

    def _rejects(self, part: pa.RecordBatch, row: NDArray[np.int64], faults: NDArray[np.int64],
                 found: dict[str, Values], symbols: list[str | None] | None,
                 missing: Mask) -> list[Reject]:
        at = np.flatnonzero(faults)
        cells = [read_.texts(column) for column in part.take(pa.array(at)).columns]
        rejects = []
        for n, i in enumerate(at):
            role, reason = _FAULTS[faults[i] - 1]
            text = ",".join(column[n] for column in cells)[:_TEXT_CHARS]
            values = found.get(role, found.get({"price": "bid", "qty": "bid_qty"}.get(role, "")))
            hint = 0 if values is None or values.hints is None else int(values.hints[i])
            if not role and not missing[i]:
                hint = _BAD_SYMBOL
            name = self.symbols[0] if symbols is None else symbols[i]
            rejects.append(Reject(int(row[i]), reason, text, name, HINTS[hint]))
        return rejects

    def _interned(self, names: list[str | None], codes: NDArray[np.int64]) -> NDArray[np.uint32]:
        """The codes of the rows' symbols, which are given in the order of their appearance."""
        table = np.array([0 if name is None else self._code(name) for name in names] or [0])
        return table[codes].astype(np.uint32)

    def _code(self, name: str) -> int:
        known = self._codes.get(name)
        if known is not None:
            return known
        if len(self.symbols) == MAX_SYMBOLS:
            raise DataError(f"more than {MAX_SYMBOLS} different symbols: is this the symbol "
                            'column? Name another with map="symbol=NAME"')
        self._codes[name] = len(self.symbols)
        self.symbols.append(name)
        return self._codes[name]


def _where_none(names: list[str | None], codes: NDArray[np.int64] | None, rows: int) -> Mask:
    """Which rows have a symbol that is none."""
    if codes is None:
        return np.zeros(rows, np.bool_)
    return np.array([name is None for name in names], np.bool_)[codes]
