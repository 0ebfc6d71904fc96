"""Parquet and Arrow files, and any Arrow table in memory, as trades.

Columns are found by the names that text files use. Parquet is decoded in small batches off a
buffered file, so that a row group of any size is never held; streams read forward. This module is
imported on demand: `import tickeng` must not pull in pyarrow.
What a file says is not believed: sizes are looked at before memory is taken (arrow_messages,
parquet_pages), and columns are validated before a value of theirs is read (guarded_columns).
Trap: an Arrow stream that is cut between two messages looks complete to its reader; its end mark is
checked here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tickeng.errors import DataError, TickengError, TruncatedError
from tickeng.sources.arrow_messages import Watch
from tickeng.sources.batch import TradeBatch
from tickeng.sources.guarded_columns import guarded, guarded_array
from tickeng.sources.options import Options, check_options
from tickeng.sources.parquet_pages import check_pages
from tickeng.sources.probe import Probe
from tickeng.sources.stream_file import StreamFile
from tickeng.sources.tables import TableColumns, TableReader

STREAM_END = b"\xff\xff\xff\xff\0\0\0\0"
_FILE_BUFFER = 1 << 18
_LEAST_ROWS = 64
_BAD_SIDE = 9  # a side that says nothing: the engine rejects and counts it
# What pyarrow and NumPy raise for content that is not as it says.
_DAMAGE = (pa.ArrowException, OSError, ValueError, TypeError, KeyError, IndexError,
           OverflowError, MemoryError)


class GuardedReader(TableReader):
    """No error of pyarrow's leaves as it is, and none of its columns is read unchecked."""

    def batches(self, start_row: int) -> Iterator[TradeBatch]:
        try:
            yield from super().batches(start_row)
        except _DAMAGE as error:
            raise _damaged(error) from None


class ParquetReader(GuardedReader):
    """Whole row groups before the start are not read."""

    def __init__(self, file: BinaryIO, probe: Probe) -> None:
        metadata = pq.read_metadata(file)
        super().__init__("parquet", metadata.schema.to_arrow_schema(), probe.options, probe.symbol)
        wanted = set(self.wanted)
        largest = check_pages(file, metadata, wanted, probe.limits)
        self._rows_at_once = self.block_rows
        shared = _text_columns(metadata, wanted, "DICTIONARY")
        if _text_columns(metadata, wanted, "DELTA_BYTE_ARRAY"):  # a row may repeat a whole page
            most = probe.limits.page_bytes // max(1, largest)
            self._rows_at_once = min(self.block_rows, max(_LEAST_ROWS, most))
        self._file = pq.ParquetFile(file, metadata=metadata, pre_buffer=False,
                                    buffer_size=_FILE_BUFFER, read_dictionary=shared)

    def parts(self, start_row: int) -> Iterator[tuple[int, pa.RecordBatch]]:
        meta = self._file.metadata
        row = group = 0
        if start_row and self.settle(next(self._record_batches(0), None)):
            while group < meta.num_row_groups and (
                    row + meta.row_group(group).num_rows <= start_row):
                row += meta.row_group(group).num_rows
                group += 1
        for part in self._record_batches(group):
            yield row, part
            row += part.num_rows
        if row != meta.num_rows:
            raise TruncatedError(f"holds {row} rows, but announces {meta.num_rows}")

    def _record_batches(self, first_group: int) -> Iterator[pa.RecordBatch]:
        groups = list(range(first_group, self._file.metadata.num_row_groups))
        found = self._file.iter_batches(self._rows_at_once, row_groups=groups,
                                        columns=self.wanted, use_threads=False) if groups else ()
        for part in found:
            yield guarded(part)


def _text_columns(metadata: Any, wanted: set[str], encoding: str) -> list[str]:
    """Those of the wanted columns that hold text of this encoding in the first row group."""
    if not metadata.num_row_groups:
        return []
    group = metadata.row_group(0)
    chunks = [group.column(index) for index in range(group.num_columns)]
    return [chunk.path_in_schema for chunk in chunks
            if chunk.path_in_schema in wanted and chunk.physical_type == "BYTE_ARRAY"
            and any(encoding in name for name in chunk.encodings)]


class ArrowReader(GuardedReader):
    """An Arrow file or stream (the latter with its `tail` watched)."""

    def __init__(self, format: str, source: Any, tail: StreamFile | None, probe: Probe) -> None:
        self._source = source
        self._tail = tail
        super().__init__(format, source.schema, probe.options, probe.symbol)

    def parts(self, start_row: int) -> Iterator[tuple[int, pa.RecordBatch]]:
        row = 0
        for part in self._record_batches():
            whole = guarded(part.select(self.wanted))
            for offset in range(0, whole.num_rows, self.block_rows):
                piece = whole.slice(offset, self.block_rows)
                yield row, piece
                row += piece.num_rows
        if self._tail and self._tail.last_bytes != STREAM_END:
            raise TruncatedError("arrow stream is truncated (no end mark): fetch the file again")

    def _record_batches(self) -> Iterator[pa.RecordBatch]:
        if self._tail:
            yield from self._source
            return
        for i in range(self._source.num_record_batches):
            yield self._source.get_batch(i)


def _damaged(error: BaseException) -> TickengError:
    if isinstance(error, TickengError):
        return error
    return DataError(f"is damaged or not complete ({_reason(error)}): fetch the file again")


def _reason(error: BaseException) -> str:
    return str(error).strip().split("\n")[0][:200] or type(error).__name__


def open_parquet(probe: Probe) -> ParquetReader:
    """Raises TruncatedError where the end mark is missing, DataError for other damage."""
    file = probe.content.random_access()
    file.seek(0, 2)
    if file.tell() >= 8:
        file.seek(-4, 2)
        if file.read(4) != b"PAR1":
            raise TruncatedError("parquet file is truncated (no footer): fetch the file again")
    file.seek(0)
    try:
        return ParquetReader(file, probe)
    except _DAMAGE as error:
        raise _damaged(error) from None


def open_arrow(probe: Probe, stream: bool) -> ArrowReader:
    """Raises DataError for what is damaged."""
    watch = Watch(probe.limits)
    try:
        if stream:
            tail = StreamFile(watch.stream(probe.content.blocks()))
            return ArrowReader("arrow-stream", pa.ipc.open_stream(tail), tail, probe)
        file = probe.content.random_access()
        watch.file(file)
        file.seek(0)
        return ArrowReader("arrow", pa.ipc.open_file(file), None, probe)
    except _DAMAGE as error:
        raise _damaged(error) from None


def trades_of_table(table: Any) -> dict[str, Any]:
    """Columns for Engine.run from anything with __arrow_c_stream__ (pandas, polars, pyarrow).

    Every row stays a row: values that are no trade are left for the engine to reject and count.
    Raises DataError when a needed column is missing.
    """
    if not hasattr(table, "__arrow_c_stream__"):
        raise DataError("run() takes arrays (ts_ns, price, qty, side) or one table with "
                        "__arrow_c_stream__, such as a pandas, polars or pyarrow table")
    options = check_options(None, None, None, None, None, None, "event", 1)
    try:
        return _trades_of(pa.table(table), options)
    except _DAMAGE as error:
        if isinstance(error, TickengError):
            raise
        raise DataError(f"the table cannot be read: {_reason(error)}") from None


def _trades_of(arrow: pa.Table, options: Options) -> dict[str, Any]:
    columns = TableColumns(arrow.column_names, options, any_range=True)
    if not columns.assigned.has_side:
        raise DataError("no column says which side took; add one called side with +1, -1 or 0")
    names = columns.role_names
    arrays = {name: _one_array(name, arrow.column(name)) for name in names.values()}
    found = columns.read(pa.RecordBatch.from_arrays([*arrays.values()], names=[*arrays]))
    ts, side = found["ts"], found["side"]
    result: dict[str, Any] = {
        "ts_ns": np.where(ts.bad, -1, ts.values), "price": found["price"].values,
        "qty": found["qty"].values,
        "side": np.where(side.bad, _BAD_SIDE, side.values).astype(np.int8),
    }
    if "symbol" in names:
        column = arrays[names["symbol"]].to_pylist()
        result["symbol"] = np.array(["?" if v is None else str(v) for v in column], dtype=str)
    if "id" in found:
        result["id"] = found["id"].values
    return result


def _one_array(name: str, column: pa.ChunkedArray) -> pa.Array:
    chunks = [chunk if (fit := guarded_array(name, chunk)) is None else fit
              for chunk in column.chunks]
    if not chunks:
        return pa.array([], column.type)
    whole = chunks[0] if len(chunks) == 1 else pa.chunked_array(chunks).combine_chunks()
    return whole.combine_chunks() if isinstance(whole, pa.ChunkedArray) else whole
