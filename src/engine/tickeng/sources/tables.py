"""Record batches to trades: the reading decided from the first rows, faults, symbols, rejects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tickeng._io import HINTS, Contradiction
from tickeng.control_text import has_control
from tickeng.errors import DataError
from tickeng.sources import table_columns as read_
from tickeng.sources.batch import REASONS, Reject, TradeBatch, count_reasons
from tickeng.sources.clocks import check_steps
from tickeng.sources.options import Options
from tickeng.sources.reading import Reading, decide
from tickeng.sources.sample import SAMPLE_ROWS
from tickeng.sources.table_columns import Mask, Values

MAX_SYMBOLS = 1 << 18
_TEXT_CHARS = 200
_BAD_SYMBOL = next(i for i, hint in enumerate(HINTS) if hint.startswith("the symbol"))


class TableColumns:
    """The trade columns of record batches that share one schema, by a reading."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        layout = reading.layout
        self._columns = {role: [n for n, r in zip(reading.columns, reading.roles, strict=True)
                                if r == role] for role in set(reading.roles) - {"ignore"}}
        self._ts, self._recv = read_.Times(layout.ts), read_.Times(layout.recv)

    @property
    def wanted(self) -> list[str]:
        """Columns that are read."""
        return [name for names in self._columns.values() for name in names]

    def has(self, role: str) -> bool:
        return role in self._columns

    def of(self, part: pa.RecordBatch, role: str) -> pa.Array:
        return part.column(self._columns[role][0])

    def read(self, part: pa.RecordBatch) -> dict[str, Values]:
        """Role -> values; the side is under "side" whatever the file calls it.

        Raises Contradiction with the row's place in the part.
        """
        layout = self.reading.layout
        date = self.of(part, "date") if self.has("date") else None
        found = {"ts": self._ts.read(self.of(part, "ts"), date),
                 "price": read_.numbers(self.of(part, "price"), layout.price_scale),
                 "qty": read_.numbers(self.of(part, "qty"), layout.qty_scale)}
        price, qty = found["price"], found["qty"]
        price.bad |= ~((price.values > 0) & np.isfinite(price.values))
        sound = ~(found["ts"].bad | price.bad)
        if layout.signed_qty:
            found["side"] = read_.signed(qty)
        else:
            read_.unsigned(qty, sound)
        qty.bad |= ~((qty.values >= 0) & np.isfinite(qty.values))
        if self.has("recv"):
            found["recv"] = self._recv.read(self.of(part, "recv"))
        for role in ("side", "maker"):
            if self.has(role) and layout.side is not None:
                found["side"] = read_.sides(self.of(part, role), layout.side, sound & ~qty.bad)
        if self.has("id"):
            ids = read_.hashed_ids if layout.text_ids else read_.integers
            found["id"] = ids(self.of(part, "id"))
        return found

    def kept(self, part: pa.RecordBatch) -> tuple[Mask, Mask] | None:
        """Which rows are of kinds that stay and which have no kind; None: all stay."""
        if not self.has("event"):
            return None
        return read_.kept(self.of(part, "event"), self.reading.layout.keep)

    def names(self, part: pa.RecordBatch) -> pa.Array:
        """The symbols as text, null where there is none."""
        arrays = [self._text(part.column(name)) for name in self._columns["symbol"]]
        return arrays[0] if len(arrays) == 1 else pc.binary_join_element_wise(*arrays, ":")

    def _text(self, column: pa.Array) -> pa.Array:
        array = read_.decoded(column)
        if not read_.is_text(array.type):
            array = array.cast(pa.string())
        return array


class TableReader:
    """Reader over record batches; subclasses give `first` and `parts`."""

    def __init__(self, format: str, names: Sequence[str], options: Options, symbol: str,
                 file: str = "", ids: str = "integer", live: bool = False) -> None:
        self.format = format
        self.columns = list(names)
        first = self.first()
        sample = read_.sample_of(first, file, live)
        self.reading = decide(sample, options, ids=ids)
        self._table = TableColumns(self.reading)
        self.roles = {c: r for c, r in zip(self.columns, self.reading.roles, strict=True)
                      if r != "ignore"}
        self.has_side, self.has_recv = self.reading.has_side, self.reading.has_recv
        self.symbols = [] if self._table.has("symbol") else [symbol]
        self._codes: dict[str, int] = {}
        self._last_ns: int | None = None
        self.block_rows = options.block_rows

    @property
    def wanted(self) -> list[str]:
        return self._table.wanted

    def first(self) -> pa.RecordBatch:
        """The first rows with all columns, at most SAMPLE_ROWS; the file is read from its start
        afterwards."""
        raise NotImplementedError

    def parts(self, start_row: int) -> Iterator[tuple[int, pa.RecordBatch]]:
        """(rows before it, record batch), from a batch that ends behind `start_row` on."""
        raise NotImplementedError

    def batches(self, start_row: int) -> Iterator[TradeBatch]:
        for before, part in self.parts(start_row):
            try:
                batch = self._trades(before, part)
            except Contradiction as fault:
                ahead = part.slice(0, fault.row - 1)
                if ahead.num_rows and before + ahead.num_rows > start_row:
                    batch = self._trades(before, ahead)
                    yield batch.after(start_row) if before < start_row else batch
                raise Contradiction(before + fault.row, fault.role, fault.text) from None
            if batch.rows_end > start_row:
                yield batch.after(start_row) if before < start_row else batch

    def _trades(self, before: int, part: pa.RecordBatch) -> TradeBatch:
        row = np.arange(before + 1, before + part.num_rows + 1, dtype=np.int64)
        end, filtered = before + part.num_rows, 0
        missing: Mask = np.zeros(part.num_rows, np.bool_)
        if (kinds := self._table.kept(part)) is not None:
            kept, missing = kinds
            if not kept.all():
                part, row, missing = part.filter(pa.array(kept)), row[kept], missing[kept]
                filtered = end - before - len(row)
        found = self._table.read(part)
        codes, bad_symbol = self._symbols(part)
        faults = self._faults(found, bad_symbol | missing, row)
        keep = faults == 0
        rejects = self._rejects(part, row, faults, found) if not keep.all() else []

        def good(role: str) -> NDArray[Any]:
            values: NDArray[Any] = found[role].values[keep]
            return values

        ts_ns = good("ts")
        if self.reading.naive:
            self._check_hour(ts_ns)
        side = good("side") if "side" in found else np.zeros(int(keep.sum()), np.int8)
        return TradeBatch(
            ts_ns, good("price"), good("qty"), side,
            None if codes is None else codes[keep], self.symbols, row[keep],
            good("recv") if "recv" in found else None, good("id") if "id" in found else None,
            rejects, count_reasons(rejects), end, filtered,
        )

    def _check_hour(self, ts_ns: NDArray[np.int64]) -> None:
        if len(ts_ns):
            check_steps(ts_ns if self._last_ns is None else np.append(self._last_ns, ts_ns))
            self._last_ns = int(ts_ns[-1])

    def _faults(self, found: dict[str, Values], bad_symbol: Mask,
                row: NDArray[np.int64]) -> NDArray[np.int64]:
        """Per row (its number is in `row`) 0, or 1 + the index in REASONS of its first fault."""
        tests = [bad_symbol, found["ts"].bad, found["price"].bad, found["qty"].bad]
        if "recv" in found:
            tests[1] = tests[1] | found["recv"].bad
        none = np.zeros(len(bad_symbol), np.bool_)
        tests.append(found["side"].bad if "side" in found else none)
        tests.append(found["id"].bad if "id" in found else none)
        faults: NDArray[np.int64] = np.select(tests, range(1, len(tests) + 1), 0)
        return faults

    def _rejects(self, part: pa.RecordBatch, row: NDArray[np.int64], faults: NDArray[np.int64],
                 found: dict[str, Values]) -> list[Reject]:
        roles = ("", "ts", "price", "qty", "side", "id")
        at = np.flatnonzero(faults)
        bad = part.take(pa.array(at))
        symbols = self._table.names(bad).to_pylist() if self._table.has("symbol") else None
        cells = [read_.texts(column) for column in bad.columns]
        rejects = []
        for n, i in enumerate(at):
            reason = int(faults[i]) - 1
            text = ",".join(column[n] for column in cells)[:_TEXT_CHARS]
            values = found.get(roles[reason])
            hint = 0 if values is None or values.hints is None else int(values.hints[i])
            if reason == 0:
                hint = _BAD_SYMBOL
            name = (symbols[n] if reason else None) if symbols else self.symbols[0]
            rejects.append(Reject(int(row[i]), REASONS[reason], text, name, HINTS[hint]))
        return rejects

    def _symbols(self, part: pa.RecordBatch) -> tuple[NDArray[np.uint32] | None, Mask]:
        if not self._table.has("symbol"):
            return None, np.zeros(part.num_rows, np.bool_)
        coded = pc.dictionary_encode(self._table.names(part))
        table = [self._code(name) for name in coded.dictionary.to_pylist()] + [-1]
        ranks = coded.indices.fill_null(len(table) - 1).to_numpy(zero_copy_only=False)
        codes = np.array(table, dtype=np.int64)[ranks]
        return np.maximum(codes, 0).astype(np.uint32), codes < 0

    def _code(self, name: str) -> int:
        """-1 for what is no name."""
        known = self._codes.get(name)
        if known is not None:
            return known
        if not name or len(name.encode()) > 255 or has_control(name):
            return -1
        if len(self.symbols) == MAX_SYMBOLS:
            raise DataError(f"more than {MAX_SYMBOLS} different symbols: is this the symbol "
                            'column? Name another with map="symbol=NAME"')
        self._codes[name] = len(self.symbols)
        self.symbols.append(name)
        return self._codes[name]


def head_of(part: pa.RecordBatch) -> pa.RecordBatch:
    """As much of a record batch as a sample takes."""
    return part.slice(0, SAMPLE_ROWS)
