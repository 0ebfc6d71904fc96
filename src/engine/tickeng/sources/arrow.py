"""Parquet and Arrow files, and any Arrow table in memory, as trades.

Columns are found by the names that text files use. Parquet is decoded in small batches off a
buffered file, so that a row group of any size is never held; streams read forward. This module is
imported on demand: `import tickeng` must not pull in pyarrow.
Trap: an Arrow stream that is cut between two messages looks complete to its reader; its end mark is
checked here.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tickeng._io import Contradiction
from tickeng.errors import ConfigError, DataError, TruncatedError
from tickeng.sources.options import check_options
from tickeng.sources.probe import Probe
from tickeng.sources.reading import decide
from tickeng.sources.sample import SAMPLE_ROWS
from tickeng.sources.stream_file import StreamFile
from tickeng.sources.table_columns import sample_of
from tickeng.sources.tables import TableColumns, TableReader, head_of

STREAM_END = b"\xff\xff\xff\xff\0\0\0\0"
_FILE_BUFFER = 1 << 18


class ParquetReader(TableReader):
    """Whole row groups before the start are not read."""

    def __init__(self, file: BinaryIO, probe: Probe) -> None:
        self._file = pq.ParquetFile(file, pre_buffer=False, buffer_size=_FILE_BUFFER)
        super().__init__("parquet", self._file.schema_arrow.names, probe.options, probe.symbol,
                         probe.names[0], probe.ids)

    @property
    def rows(self) -> int:
        return int(self._file.metadata.num_rows)

    def first(self) -> pa.RecordBatch:
        found = self._file.iter_batches(SAMPLE_ROWS, use_threads=False)
        empty = pa.RecordBatch.from_pylist([], schema=self._file.schema_arrow)
        return next(_typed_errors(iter(found)), empty)

    def parts(self, start_row: int) -> Iterator[tuple[int, pa.RecordBatch]]:
        meta = self._file.metadata
        row = group = 0
        while group < meta.num_row_groups and row + meta.row_group(group).num_rows <= start_row:
            row += meta.row_group(group).num_rows
            group += 1
        for part in self._record_batches(group):
            yield row, part
            row += part.num_rows
        if row != meta.num_rows:
            raise TruncatedError(f"holds {row} rows, but announces {meta.num_rows}")

    def _record_batches(self, first_group: int) -> Iterator[pa.RecordBatch]:
        groups = list(range(first_group, self._file.metadata.num_row_groups))
        found = self._file.iter_batches(self.block_rows, row_groups=groups, columns=self.wanted,
                                        use_threads=False) if groups else ()
        return _typed_errors(iter(found))


class ArrowReader(TableReader):
    """An Arrow file or stream (the latter with its `tail` watched)."""

    def __init__(self, format: str, source: Any, tail: StreamFile | None, probe: Probe) -> None:
        self._source = source
        self._tail = tail
        self._parts = _typed_errors(self._record_batches())
        super().__init__(format, source.schema.names, probe.options, probe.symbol, probe.names[0],
                         probe.ids)

    def first(self) -> pa.RecordBatch:
        """The first record batch that has rows is looked at and put back."""
        before = []
        for part in self._parts:
            before.append(part)
            if part.num_rows:
                break
        self._parts = chain(before, self._parts)
        return head_of(before[-1]) if before else pa.RecordBatch.from_pylist(
            [], schema=self._source.schema)

    def parts(self, start_row: int) -> Iterator[tuple[int, pa.RecordBatch]]:
        row = 0
        for part in self._parts:
            for offset in range(0, part.num_rows, self.block_rows):
                piece = part.slice(offset, self.block_rows)
                yield row, piece.select(self.wanted)
                row += piece.num_rows
        if self._tail and self._tail.last_bytes != STREAM_END:
            raise TruncatedError("arrow stream is truncated (no end mark): fetch the file again")

    def _record_batches(self) -> Iterator[pa.RecordBatch]:
        if self._tail:
            yield from self._source
            return
        for i in range(self._source.num_record_batches):
            yield self._source.get_batch(i)


def _typed_errors(parts: Iterator[Any]) -> Iterator[Any]:
    try:
        yield from parts
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise _damaged(error) from None


def _damaged(error: Exception) -> DataError:
    reason = str(error).strip().split("\n")[0][:200]
    return DataError(f"is damaged or not complete ({reason}): fetch the file again")


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
    except (pa.ArrowException, OSError) as error:
        raise _damaged(error) from None


def open_arrow(probe: Probe, stream: bool) -> ArrowReader:
    """Raises DataError for what is damaged."""
    try:
        if stream:
            tail = StreamFile(probe.content.blocks())
            return ArrowReader("arrow-stream", pa.ipc.open_stream(tail), tail, probe)
        return ArrowReader("arrow", pa.ipc.open_file(probe.content.random_access()), None, probe)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(error) from None


_OF_FILES = ("infer_side", "clock", "symbol_from", "header", "delimiter", "encoding", "skip_lines")


def trades_of_table(table: Any, **options: Any) -> dict[str, Any]:
    """Columns for Engine.run from anything with __arrow_c_stream__ (pandas, polars, pyarrow).

    Every row stays a row: values that are no trade are left for the engine to reject and count.
    `options` are those of reading a file. Raises DataError where a column is missing or ambiguous.
    """
    if not hasattr(table, "__arrow_c_stream__"):
        raise DataError("run() takes arrays (ts_ns, price, qty, side) or one table with "
                        "__arrow_c_stream__, such as a pandas, polars or pyarrow table")
    asked = check_options(**options)
    for name in _OF_FILES:
        if getattr(asked, name) not in (None, "event"):
            raise ConfigError(f"{name} is for files; run() of a table does not know it")
    arrow = pa.table(table)
    whole = pa.RecordBatch.from_arrays([_one_array(column) for column in arrow.columns],
                                       names=arrow.column_names)
    reading = decide(sample_of(head_of(whole)), asked)
    if not reading.has_side:
        raise DataError("no column says which side took: add one called side with +1, -1 or 0, or "
                        'name it with map={"side": "COLUMN"}')
    columns = TableColumns(reading)
    try:
        kinds = columns.kept(whole)
        if kinds is not None and not kinds[0].all():
            whole = whole.filter(pa.array(kinds[0]))
        found = columns.read(whole)
    except Contradiction as fault:
        raise DataError(f"row {fault.row}: "
                        f"{reading.contradiction(fault.role, fault.text)}") from None
    ts = found["ts"]
    result: dict[str, Any] = {
        "ts_ns": np.where(ts.bad, -1, ts.values), "price": found["price"].values,
        "qty": found["qty"].values, "side": found["side"].values,
    }
    if asked.symbol_name:
        result["symbol"] = np.full(len(ts.values), asked.symbol_name)
    elif columns.has("symbol"):
        names = columns.names(whole).to_pylist()
        result["symbol"] = [name or "?" for name in names]
    if "id" in found:
        result["id"] = found["id"].values
    return result


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        return whole.chunk(0) if whole.num_chunks else pa.array([], column.type)
    return whole
