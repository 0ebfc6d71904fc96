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
from contextlib import contextmanager
from itertools import chain
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tickeng._native.io import Contradiction
from tickeng.errors import ConfigError, DataError, TickengError, TruncatedError
from tickeng.files.batch import EventBatch
from tickeng.files.sources.arrow_messages import Watch
from tickeng.files.sources.clocks import check_steps
from tickeng.files.sources.guarded_columns import (
    guarded,
    guarded_array,
    guarded_sample,
    is_single_value,
)
from tickeng.files.sources.options import Options, check_options, given_options
from tickeng.files.sources.parquet_footer import RowGroup, row_groups
from tickeng.files.sources.parquet_pages import check_pages
from tickeng.files.sources.probe import Probe
from tickeng.files.sources.reading import check_shape, decide
from tickeng.files.sources.sample import SAMPLE_ROWS
from tickeng.files.sources.stream_file import StreamFile
from tickeng.files.sources.table_columns import Mask, Values, sample_of
from tickeng.files.sources.tables import TableColumns, TableReader

STREAM_END = b"\xff\xff\xff\xff\0\0\0\0"
_FILE_BUFFER = 1 << 18
_LEAST_ROWS = 64
# What pyarrow and NumPy raise for content that is not as it says.
_DAMAGE = (pa.ArrowException, OSError, ValueError, TypeError, KeyError, IndexError,
           OverflowError, MemoryError)


class GuardedReader(TableReader):
    """No error of pyarrow's leaves as it is, and none of its columns is read unchecked.

    A column that cannot be read has empty cells in the sample; what is wrong with it is said where
    the reading needs it or fails without it.
    """

    def __init__(self, format: str, schema: pa.Schema, probe: Probe) -> None:
        self._unread: dict[str, Exception] = {}
        with _rather(self._unread):
            super().__init__(format, schema.names, probe.options, probe.symbol, probe.names[0],
                             probe.ids, probe.raw.live)
        for name in self.wanted:
            if name in self._unread:
                raise self._unread[name]

    def batches(self, start_row: int) -> Iterator[EventBatch]:
        try:
            yield from super().batches(start_row)
        except _DAMAGE as error:
            raise _damaged(error) from None


@contextmanager
def _rather(faults: dict[str, Exception]) -> Iterator[None]:
    """Where no reading can be decided, the first of the faults is the reason, if there is one."""
    try:
        yield
    except DataError:
        for fault in faults.values():
            raise fault from None
        raise


class ParquetReader(GuardedReader):
    """Whole row groups before the start are not read."""

    def __init__(self, file: BinaryIO, probe: Probe) -> None:
        self._raw, self._limits = file, probe.limits
        self._metadata = pq.read_metadata(file)
        self._groups = row_groups(file)
        self._schema = self._metadata.schema.to_arrow_schema()
        super().__init__("parquet", self._schema, probe)
        largest = check_pages(file, self._groups, set(self.wanted), self._limits)
        self._file, self._rows_at_once = self._opened(self.wanted, largest, self.block_rows)

    def _opened(self, names: list[str], largest: int, rows: int) -> tuple[pq.ParquetFile, int]:
        """The file for these columns, and how many rows of them may be held at once."""
        first = self._groups[0].chunks if self._groups else ()
        texts = [chunk for chunk in first if chunk.text and chunk.path in names]
        if any(chunk.has_shared_prefixes for chunk in texts):  # a row may repeat a page
            most = self._limits.page_bytes // max(1, largest)
            rows = min(rows, max(_LEAST_ROWS, most))
        shared = [chunk.path for chunk in texts if chunk.has_dictionary]
        return pq.ParquetFile(self._raw, metadata=self._metadata, pre_buffer=False,
                              buffer_size=_FILE_BUFFER, read_dictionary=shared), rows

    @property
    def rows(self) -> int:
        return int(self._metadata.num_rows)

    def first(self) -> pa.RecordBatch:
        groups: list[RowGroup] = []
        rows = 0
        for group in self._groups:
            if rows >= SAMPLE_ROWS:
                break
            groups.append(group)
            rows += group.rows
        largest, names = 0, []
        for name, kind in zip(self._schema.names, self._schema.types, strict=True):
            try:
                if not is_single_value(kind):
                    continue
                largest = max(largest, check_pages(self._raw, groups, {name}, self._limits))
                names.append(name)
            except DataError as error:
                self._unread[name] = error
        parts = []
        if names and groups:
            file, at_once = self._opened(names, largest, SAMPLE_ROWS)
            missing = SAMPLE_ROWS
            for part in file.iter_batches(at_once, row_groups=[*range(len(groups))],
                                          columns=names, use_threads=False):
                parts.append(guarded_sample(part.slice(0, missing), self._unread))
                missing -= parts[-1].num_rows
                if missing <= 0:
                    break
        return _with_all_columns(parts, self._schema)

    def parts(self, start_row: int) -> Iterator[tuple[int, pa.RecordBatch]]:
        row = group = 0
        while group < len(self._groups) and row + self._groups[group].rows <= start_row:
            row += self._groups[group].rows
            group += 1
        for part in self._record_batches(group):
            yield row, part
            row += part.num_rows
        if row != self.rows:
            raise TruncatedError(f"holds {row} rows, but announces {self.rows}")

    def _record_batches(self, first_group: int) -> Iterator[pa.RecordBatch]:
        groups = list(range(first_group, len(self._groups)))
        found = self._file.iter_batches(self._rows_at_once, row_groups=groups,
                                        columns=self.wanted, use_threads=False) if groups else ()
        for part in found:
            yield guarded(part)


def _with_all_columns(parts: list[pa.RecordBatch], schema: pa.Schema) -> pa.RecordBatch:
    """The parts as one, with empty cells in the columns of the schema that they lack."""
    rows = sum(part.num_rows for part in parts)
    whole = pa.Table.from_batches(parts) if parts else pa.table({})
    given = {name: whole.column(i) for i, name in reversed([*enumerate(whole.column_names)])}
    columns = [_one_chunk(given[name]) if name in given else
               pa.nulls(rows, kind if is_single_value(kind) else pa.string())
               for name, kind in zip(schema.names, schema.types, strict=True)]
    return pa.RecordBatch.from_arrays(columns, names=schema.names)


class ArrowReader(GuardedReader):
    """An Arrow file or stream (the latter with its `tail` watched)."""

    def __init__(self, format: str, source: Any, tail: StreamFile | None, probe: Probe) -> None:
        self._source = source
        self._tail = tail
        self._parts, self._live = self._record_batches(), probe.raw.live
        super().__init__(format, source.schema, probe)

    def first(self) -> pa.RecordBatch:
        """The first record batches are looked at and put back; of a live stream one with rows."""
        before, missing, heads = [], SAMPLE_ROWS, []
        for part in self._parts:
            before.append(part)
            if part.num_rows:
                heads.append(guarded_sample(part.slice(0, missing), self._unread))
                missing -= heads[-1].num_rows
            if missing <= 0 or (heads and self._live):
                break
        self._parts = chain(before, self._parts)
        return _with_all_columns(heads, self._source.schema)

    def parts(self, start_row: int) -> Iterator[tuple[int, pa.RecordBatch]]:
        row = 0
        for part in self._parts:
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


_OF_FILES = ("infer_side", "clock", "symbol_from")


def trades_of_table(table: Any, **options: Any) -> dict[str, Any]:
    """Columns for Engine.run from anything with __arrow_c_stream__ (pandas, polars, pyarrow).

    Every row stays a row: values that are no trade are left for the engine to reject and count.
    `options` are those of reading a file. Raises DataError where a column is missing or ambiguous.
    """
    if not hasattr(table, "__arrow_c_stream__"):
        raise DataError("run() takes arrays (ts_ns, price, qty, side) or one table with "
                        "__arrow_c_stream__, such as a pandas, polars or pyarrow table")
    asked = check_options(**options)
    check_shape(asked, "a table")
    for name in given_options(asked):
        if name in _OF_FILES:
            raise ConfigError(f"{name} is for files, not for a table: leave {name} out")
    try:
        return _trades_of(pa.table(table), asked)
    except _DAMAGE as error:
        if isinstance(error, TickengError):
            raise
        raise DataError(f"the table cannot be read: {_reason(error)}") from None


def _trades_of(arrow: pa.Table, options: Options) -> dict[str, Any]:
    faults: dict[str, Exception] = {}
    heads = [guarded_sample(part, faults) for part in arrow.slice(0, SAMPLE_ROWS).to_batches()]
    with _rather(faults):
        reading = decide(sample_of(_with_all_columns(heads, arrow.schema)), options,
                         ids="lenient")
    if not reading.has_side:
        raise DataError("no column says which side took: add one called side with +1, -1 or 0, or "
                        'name it with map={"side": "COLUMN"}')
    wanted = {name: _one_array(name, arrow.column(name))
              for name in TableColumns(reading).wanted}
    whole = pa.RecordBatch.from_arrays([*wanted.values()], names=[*wanted])
    fault: Contradiction | None = None
    while True:  # until the first row that contradicts is found
        try:
            found, bad, symbols = _columns_of(TableColumns(reading), whole)
            break
        except Contradiction as earlier:
            fault, whole = earlier, whole.slice(0, earlier.row - 1)
    if fault:
        raise DataError(f"row {fault.row}: {reading.contradiction(fault)}")
    ts = found["ts"]
    if reading.naive:
        check_steps(ts.values[~ts.bad])
    result: dict[str, Any] = {
        "ts_ns": np.where(ts.bad, -1, ts.values),
        "price": np.where(bad, np.nan, found["price"].values),
        "qty": found["qty"].values, "side": found["side"].values,
    }
    if options.symbol_name:
        result["symbol"] = np.full(len(bad), options.symbol_name)
    elif symbols is not None:
        result["symbol"] = [name or "?" for name in symbols]
    if "id" in found:
        result["id"] = found["id"].values
    return result


def _columns_of(columns: TableColumns, whole: pa.RecordBatch,
                ) -> tuple[dict[str, Values], Mask, list[str | None] | None]:
    """The rows of kinds that stay: their columns, which are no trades by those that an engine does
    not see (kind, symbol, receive time), and their symbols."""
    kept, bad = columns.kept(whole)
    part, bad, symbols = whole.filter(pa.array(kept)), bad[kept], None
    if columns.has("symbol"):
        names, codes = columns.names(part)
        symbols = [names[code] for code in codes]
        bad = bad | np.array([name is None for name in symbols], np.bool_)
    try:
        found = columns.read(part, ~bad)
    except Contradiction as fault:
        raise fault.at(int(np.flatnonzero(kept)[fault.row - 1]) + 1) from None
    if "recv" in found:
        bad = bad | found["recv"].bad
    return found, bad, symbols


def _one_array(name: str, column: pa.ChunkedArray) -> pa.Array:
    """The column's chunks as one array, fit to be read."""
    chunks = [chunk if (fit := guarded_array(name, chunk)) is None else fit
              for chunk in column.chunks]
    return _one_chunk(pa.chunked_array(chunks, chunks[0].type if chunks else column.type))


def _one_chunk(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    whole = column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        return whole.chunk(0) if whole.num_chunks else pa.array([], column.type)
    return whole
