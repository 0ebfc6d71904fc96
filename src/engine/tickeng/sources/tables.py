"""Record batches to trades: roles, faults in the order of the text parsers, symbols, rejects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tickeng._io import HINTS
from tickeng.errors import DataError
from tickeng.sources.batch import REASONS, Reject, TradeBatch, count_reasons
from tickeng.sources.columns import Assignment, assign_roles
from tickeng.sources.options import Clock, Options
from tickeng.sources.table_columns import (
    Column,
    Mask,
    Times,
    decoded,
    integers,
    is_text,
    numbers,
    sides,
)

MAX_SYMBOLS = 1 << 18
_TEXT_CHARS = 200
_BAD_SYMBOL = 7  # in HINTS


class TableColumns:
    """The trade columns of record batches that share one schema."""

    def __init__(self, names: Sequence[str], options: Options, any_range: bool = False) -> None:
        self.assigned: Assignment = assign_roles(names, options.columns)
        index = self.assigned.index
        if options.symbol:
            index.pop("symbol", None)
        self.role_names = {role: names[column] for role, column in index.items()}
        ts, recv = self.assigned.ts_unit, self.assigned.recv_unit
        self._ts = Times(Clock(ts, True) if any_range else options.clock_of(ts))
        self._recv = Times(Clock(recv, True) if any_range else options.clock_of(recv))
        self._ids: bool | None = None  # open until a batch shows whether ids are integers

    @property
    def settled(self) -> bool:
        """Whether rows before no longer decide how rows are read."""
        recv = "recv" not in self.role_names or self._recv.settled
        return self._ts.settled and recv and ("id" not in self.role_names or self._ids is not None)

    def read(self, part: pa.RecordBatch) -> dict[str, Column]:
        """Role -> column; the side is under "side" whatever the file calls it."""
        def of(role: str) -> pa.Array:
            return part.column(self.role_names[role])

        found = {"ts": self._ts.read(of("ts")), "price": numbers(of("price")),
                 "qty": numbers(of("qty"))}
        price, qty = found["price"], found["qty"]
        price.bad |= ~((price.values > 0) & np.isfinite(price.values))
        qty.bad |= ~((qty.values >= 0) & np.isfinite(qty.values))
        if "recv" in self.role_names:
            found["recv"] = self._recv.read(of("recv"))
        for role in ("side", "maker"):
            if role in self.role_names:
                found["side"] = sides(of(role), maker=role == "maker")
        if "id" in self.role_names and self._ids is not False:
            ids = integers(of("id"))
            if self._ids is None and len(ids.bad):
                self._ids = not ids.bad[0]  # a first id that is no integer: ids are not read
            if self._ids:
                found["id"] = ids
        return found


class TableReader:
    """Reader over record batches; subclasses give `parts`."""

    def __init__(self, format: str, schema: pa.Schema, options: Options, symbol: str) -> None:
        self.format = format
        self.columns = list(schema.names)
        self._table = TableColumns(self.columns, options)
        self._names = self._table.role_names
        self.roles = {column: role for role, column in self._names.items()}
        self.has_side = self._table.assigned.has_side
        self.has_recv = "recv" in self._names
        self.symbols = [] if "symbol" in self._names else [symbol]
        self._codes: dict[str, int] = {}
        self.block_rows = options.block_rows

    @property
    def wanted(self) -> list[str]:
        return list(dict.fromkeys(self._names.values()))

    def settle(self, first: pa.RecordBatch | None) -> bool:
        """Let the file's first rows decide the units; true if that is done."""
        if first is not None:
            self._table.read(first)
        return self._table.settled

    def parts(self, start_row: int) -> Iterator[tuple[int, pa.RecordBatch]]:
        """(rows before it, record batch), from a batch that ends behind `start_row` on."""
        raise NotImplementedError

    def batches(self, start_row: int) -> Iterator[TradeBatch]:
        for before, part in self.parts(start_row):
            batch = self._trades(before, part)
            if batch.rows_end > start_row:
                yield batch.after(start_row) if before < start_row else batch

    def _trades(self, before: int, part: pa.RecordBatch) -> TradeBatch:
        found = self._table.read(part)
        codes, bad_symbol = self._symbols(part)
        row = np.arange(before + 1, before + part.num_rows + 1, dtype=np.int64)
        faults = self._faults(found, bad_symbol)
        keep = faults == 0
        rejects = self._rejects(part, row, faults, found) if not keep.all() else []

        def kept(role: str) -> NDArray[Any]:
            values: NDArray[Any] = found[role].values[keep]
            return values

        side = kept("side") if "side" in found else np.zeros(int(keep.sum()), np.int8)
        return TradeBatch(
            kept("ts"), kept("price"), kept("qty"), side,
            None if codes is None else codes[keep], self.symbols, row[keep],
            kept("recv") if "recv" in found else None, kept("id") if "id" in found else None,
            rejects, count_reasons(rejects), before + part.num_rows,
        )

    def _faults(self, found: dict[str, Column], bad_symbol: Mask) -> NDArray[np.int64]:
        """Per row 0, or 1 + the index in REASONS of its first fault."""
        tests = [bad_symbol, found["ts"].bad, found["price"].bad, found["qty"].bad]
        if "recv" in found:
            tests[1] = tests[1] | found["recv"].bad
        none = np.zeros(len(bad_symbol), np.bool_)
        tests.append(found["side"].bad if "side" in found else none)
        tests.append(found["id"].bad if "id" in found else none)
        faults: NDArray[np.int64] = np.select(tests, range(1, len(tests) + 1), 0)
        return faults

    def _rejects(self, part: pa.RecordBatch, row: NDArray[np.int64], faults: NDArray[np.int64],
                 found: dict[str, Column]) -> list[Reject]:
        roles = ("", "ts", "price", "qty", "side", "id")
        at = np.flatnonzero(faults)
        symbol = self._names.get("symbol")
        rejects = []
        for i, values in zip(at, part.take(pa.array(at)).to_pylist(), strict=True):
            reason = int(faults[i]) - 1
            text = ",".join("" if v is None else str(v) for v in values.values())[:_TEXT_CHARS]
            name = str(values[symbol]) if symbol and reason else None
            column = found.get(roles[reason])
            hint = 0 if column is None or column.hints is None else int(column.hints[i])
            if reason == 0:
                hint = _BAD_SYMBOL
            rejects.append(Reject(int(row[i]), REASONS[reason], text,
                                  name if symbol else self.symbols[0],
                                  HINTS[hint]))
        return rejects

    def _symbols(self, part: pa.RecordBatch) -> tuple[NDArray[np.uint32] | None, Mask]:
        if "symbol" not in self._names:
            return None, np.zeros(part.num_rows, np.bool_)
        array = decoded(part.column(self._names["symbol"]))
        if not is_text(array.type):
            array = array.cast(pa.string())
        coded = pc.dictionary_encode(array)
        table = [self._code(name) for name in coded.dictionary.to_pylist()] + [-1]
        places = coded.indices.fill_null(len(table) - 1).to_numpy(zero_copy_only=False)
        codes = np.array(table, dtype=np.int64)[places]
        return np.maximum(codes, 0).astype(np.uint32), codes < 0

    def _code(self, name: str) -> int:
        """-1 for what is no name."""
        known = self._codes.get(name)
        if known is not None:
            return known
        if not name or len(name.encode()) > 255 or any(ord(c) < 32 or ord(c) == 127 for c in name):
            return -1
        if len(self.symbols) == MAX_SYMBOLS:
            raise DataError(f"more than {MAX_SYMBOLS} different symbols: is this the symbol "
                            "column? Name another with --map symbol=NAME")
        self._codes[name] = len(self.symbols)
        self.symbols.append(name)
        return self._codes[name]
