"""Parquet and Arrow files, and any Arrow table in memory, as trades. Rows pass in bounded batches.

Numbers may be integers, floats, decimals or text; times integers (unit by size, or given), Arrow
timestamps or ISO text; sides +1/-1, buy/sell or a buyer-is-maker flag.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tickeng.errors import DataError, TruncatedError
from tickeng.sources.batch import Reject, TradeBatch
from tickeng.sources.raw import Raw
from tickeng.sources.roles import find_roles
from tickeng.sources.source import Options, Source

_UNITS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
_FIRST_NS = 631_152_000 * 10**9  # 1990
_LAST_NS = 4_102_444_800 * 10**9  # 2100
_SIDES = {"buy": 1, "b": 1, "bid": 1, "+1": 1, "1": 1, "1.0": 1, "sell": -1, "s": -1, "ask": -1,
          "a": -1, "-1": -1, "-1.0": -1, "": 0, "0": 0, "n": 0, "none": 0, "any": 0, "unknown": 0}
_BAD = 9  # a side that says nothing


class Columns:
    """Turns record batches into trade columns; the time unit is fixed by the first row."""

    def __init__(self, names: list[str], options: Options) -> None:
        self.roles = find_roles(names, options.columns)
        self._unit: dict[str, int] = {}
        self._given = options.time_unit
        self.has_side = "side" in self.roles or "maker" in self.roles

    def times(self, array: pa.Array, role: str) -> NDArray[np.int64]:
        """ns UTC; 0 where it cannot be."""
        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
            array = pc.cast(array, pa.timestamp("ns", "UTC"), safe=False)
        if pa.types.is_timestamp(array.type):
            whole = pc.cast(array, pa.timestamp("ns", array.type.tz), safe=False)
            return _numpy(whole.cast(pa.int64()), np.int64, 0)
        numbers = _numpy(array, np.int64, 0)
        if role not in self._unit:
            first = int(numbers[numbers > 0][0]) if (numbers > 0).any() else 1
            guess = "s" if first < 10**11 else "ms" if first < 10**14 else (
                "us" if first < 10**17 else "ns")
            self._unit[role] = _UNITS[self._given or guess]
        scale = self._unit[role]
        fits = np.abs(numbers) <= np.iinfo(np.int64).max // scale
        return np.where(fits, numbers, 0) * scale

    def sides(self, batch: pa.RecordBatch) -> NDArray[np.int8]:
        """+1, -1, 0; 9 for what is neither."""
        if "maker" in self.roles:
            array = _plain(batch.column(self.roles["maker"]))
            if not pa.types.is_boolean(array.type):
                array = pc.cast(array, pa.bool_())
            flags = _numpy(pc.cast(array, pa.int8()), np.int8, _BAD)
            return np.where(flags == _BAD, _BAD, np.where(flags == 1, -1, 1)).astype(np.int8)
        if "side" not in self.roles:
            return np.zeros(batch.num_rows, np.int8)
        array = _plain(batch.column(self.roles["side"]))
        if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
            coded = pc.dictionary_encode(pc.fill_null(array, ""))
            table = [_SIDES.get(str(w).strip().lower(), _BAD) for w in coded.dictionary.to_pylist()]
            codes: NDArray[np.int8] = np.array(table or [0], np.int8)
            return np.take(codes, _numpy(coded.indices, np.int64, 0))
        numbers = _numpy(array, np.float64, np.nan)
        known = (numbers == 1) | (numbers == -1) | (numbers == 0)
        return np.where(known, numbers, _BAD).astype(np.int8)


class ArrowSource(Source):
    """A Parquet file, or an Arrow file or stream."""

    def __init__(self, raw: Raw, options: Options, form: str, file: BinaryIO | Any) -> None:
        super().__init__(raw, options)
        self.format = form
        try:
            if form == "parquet":
                self._parquet = pq.ParquetFile(file, pre_buffer=False)
                schema = self._parquet.schema_arrow
            else:
                self._reader = (pa.ipc.open_stream(file) if form == "arrow-stream"
                                else pa.ipc.open_file(file))
                schema = self._reader.schema
        except (pa.ArrowInvalid, OSError) as error:
            raise TruncatedError(f"{self.name}: damaged or truncated {form} file: {error}"
                                 ) from None
        self.columns = list(schema.names)
        self._columns = Columns(self.columns, options)
        self.has_side = self._columns.has_side
        self._symbol = self._columns.roles.get("symbol")
        if self._symbol is None or options.symbol:
            self._symbol, self.symbols = None, [options.symbol or "default"]
        self._codes: dict[str, int] = {}

    def _record_batches(self) -> Iterator[pa.RecordBatch]:
        wanted = list(self._columns.roles.values())
        rows = self._options.block_rows
        try:
            if self.format == "parquet":
                total = self._parquet.metadata.num_rows
                yield from self._parquet.iter_batches(rows, columns=wanted, use_threads=False)
                if total and self.rows_read < total:
                    raise TruncatedError(f"{self.rows_read} of {total} rows")
            elif self.format == "arrow-stream":
                for batch in self._reader:
                    yield from _sliced(batch, rows)
            else:
                for i in range(self._reader.num_record_batches):
                    yield from _sliced(self._reader.get_batch(i), rows)
        except (pa.ArrowInvalid, OSError) as error:
            raise TruncatedError(f"damaged or truncated {self.format} file: {error}") from None

    def _batches(self, start_row: int) -> Iterator[TradeBatch]:
        row = 0
        for batch in self._record_batches():
            row += batch.num_rows
            if row <= start_row:
                self.rows_read = row
                continue
            yield self._trades(batch, row)

    def _trades(self, batch: pa.RecordBatch, end: int) -> TradeBatch:
        roles, cols = self._columns.roles, self._columns
        try:
            ts_ns = cols.times(batch.column(roles["ts"]), "ts")
            recv = cols.times(batch.column(roles["recv"]), "recv") if "recv" in roles else None
            price = _numpy(batch.column(roles["price"]), np.float64, np.nan)
            qty = _numpy(batch.column(roles["qty"]), np.float64, np.nan)
            side = cols.sides(batch)
            ids = _numpy(batch.column(roles["id"]), np.int64, 0) if "id" in roles else None
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as error:
            raise DataError(f"rows {end - batch.num_rows + 1} to {end}: {error}") from None
        symbol = self._symbols(batch)
        row = np.arange(end - batch.num_rows + 1, end + 1, dtype=np.int64)
        low, high = ((0, np.iinfo(np.int64).max) if self._options.time_unit
                     else (_FIRST_NS, _LAST_NS))
        faults = np.select(
            [(ts_ns < low) | (ts_ns > high), ~((price > 0) & (price < np.inf)),
             ~((qty >= 0) & (qty < np.inf)), side == _BAD], [1, 2, 3, 4], 0)
        keep = faults == 0
        names = ("", "bad_timestamp", "bad_price", "bad_qty", "bad_side")
        listed = [Reject(int(row[i]), names[faults[i]], str(batch.slice(i, 1).to_pylist()[0])[:200])
                  for i in np.flatnonzero(~keep)]

        def kept(column: NDArray[Any] | None) -> NDArray[Any] | None:
            return column if column is None or keep.all() else column[keep]

        def must(column: NDArray[Any]) -> NDArray[Any]:
            return column if keep.all() else column[keep]

        return TradeBatch(
            must(ts_ns), must(price), must(qty), must(side), kept(symbol), self.symbols, must(row),
            kept(recv), kept(ids), listed, dict(Counter(r.reason for r in listed)), end)

    def _symbols(self, batch: pa.RecordBatch) -> NDArray[np.uint32] | None:
        if self._symbol is None:
            return None
        array = pc.fill_null(_plain(batch.column(self._symbol)).cast(pa.string()), "?")
        coded = pc.dictionary_encode(array)
        codes = []
        for name in coded.dictionary.to_pylist():
            if name not in self._codes:
                self._codes[name] = len(self.symbols)
                self.symbols.append(name)
            codes.append(self._codes[name])
        table: NDArray[np.uint32] = np.array(codes or [0], np.uint32)
        return np.take(table, _numpy(coded.indices, np.int64, 0))

    def fraction(self) -> float | None:
        """By rows where the file says how many there are."""
        if self.format == "parquet":
            total = self._parquet.metadata.num_rows
            return self.rows_read / total if total else None
        return super().fraction()


def _sliced(batch: pa.RecordBatch, rows: int) -> Iterator[pa.RecordBatch]:
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)


def _plain(array: pa.Array) -> pa.Array:
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


def _numpy(array: pa.Array, dtype: Any, missing: Any) -> NDArray[Any]:
    """The array as numbers, nulls as `missing`."""
    array = _plain(array)
    if array.null_count:
        array = pc.fill_null(array, pa.scalar(missing, pa.from_numpy_dtype(np.dtype(dtype))
                                              ).cast(array.type, safe=False)
                             if not pa.types.is_decimal(array.type) else pa.scalar(0, array.type))
    if pa.types.is_decimal(array.type) or pa.types.is_string(array.type) or \
            pa.types.is_large_string(array.type):
        array = pc.cast(array, pa.from_numpy_dtype(np.dtype(dtype)))
    values: NDArray[Any] = array.to_numpy(zero_copy_only=False)
    return np.ascontiguousarray(values, dtype=dtype)


def trades_of_table(table: Any) -> dict[str, Any]:
    """Columns for Engine.run from anything with __arrow_c_stream__ (pandas, polars, pyarrow).

    Every row stays a row: values that are no trade are left for the engine to reject and count.
    Raises DataError when a needed column is missing.
    """
    if not hasattr(table, "__arrow_c_stream__"):
        raise DataError("run() takes arrays (ts_ns, price, qty, side) or one table with "
                        "__arrow_c_stream__, such as a pandas, polars or pyarrow table")
    arrow = pa.table(table).combine_chunks()
    columns = Columns(list(arrow.column_names), Options())
    if not columns.has_side:
        raise DataError("no column says which side took; add one called side with +1, -1 or 0")
    batch = pa.RecordBatch.from_arrays(
        [c.combine_chunks() if isinstance(c, pa.ChunkedArray) else c for c in arrow.columns],
        names=arrow.column_names)
    roles = columns.roles
    found: dict[str, Any] = {
        "ts_ns": columns.times(batch.column(roles["ts"]), "ts"),
        "price": _numpy(batch.column(roles["price"]), np.float64, np.nan),
        "qty": _numpy(batch.column(roles["qty"]), np.float64, np.nan),
        "side": columns.sides(batch),
    }
    if "symbol" in roles:
        found["symbol"] = np.asarray(_plain(batch.column(roles["symbol"])).to_pylist(), dtype=str)
    if "id" in roles:
        found["id"] = _numpy(batch.column(roles["id"]), np.int64, 0)
    return found
