"""Reads a tick file, from its end where it can be sought and block by block where it cannot."""

import io
import json
from collections.abc import Iterator
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from tickeng._native import codec
from tickeng.errors import DataError, TruncatedError
from tickeng.files.batch import VALUES, EventBatch
from tickeng.files.tickfile.frames import (
    FOOTER,
    FOOTER_MAGIC,
    HEAD,
    INDEX,
    MAGIC,
    SKIPPABLE,
    FrameReader,
    checked_names,
    own_body,
    parse_end,
)


def is_tick_file(head: bytes) -> bool:
    """Whether `head`, at least the first 16 bytes of a file, opens a tick file."""
    return head[:4] == SKIPPABLE and head[8:16] == MAGIC


class TickFileReader:
    """Reads a tick file from a binary file object, seekable or not.

    metadata    the mapping given to the writer
    symbols     names by symbol code; complete from the start when the file is seekable
    rows        rows in the file, None while unknown (not seekable or without an end frame)
    index       structured array, a record per block: offset, bytes, rows, first_ts_ns, last_ts_ns
                (the least and the greatest time in it); None where `rows` is None
    end_offset  where the end frame begins; 0 where `rows` is None

    A `growing` file ends with its end frame or with the last block that is whole.
    """

    def __init__(self, file: IO[bytes], *, growing: bool = False) -> None:
        self._file = file
        self._growing = growing
        self._frames = FrameReader(file)
        self.symbols: list[str] = []
        self.index: NDArray[Any] | None = None
        self.rows: int | None = None
        self.end_offset = 0
        self._done = 0  # rows read or skipped
        self._seekable = file.seekable()
        self._start = file.tell() if self._seekable else 0
        self.metadata = self._read_head()
        if self._seekable:
            self._body = file.tell()
            self._find_end()
            file.seek(self._body)

    def batches(self, start_row: int = 0) -> Iterator[EventBatch]:
        """The trades from row `start_row` on, a batch per block.

        TruncatedError when the file stops before its end frame, DataError when it is damaged, each
        after the batches before the damage and with the number of ticks so far.
        """
        try:
            self._seek_block(start_row)
            while (block := self._next_block()) is not None:
                skip = max(0, start_row - self._done)
                batch = self._batch(block, skip)
                self._done = batch.rows_end
                if len(batch.ts_ns):
                    yield batch
        except DataError as error:
            if self._growing and isinstance(error, TruncatedError):
                return
            remedy = ("; converting it to another file, or appending to it, keeps these ticks"
                      if isinstance(error, TruncatedError) else "")
            raise type(error)(f"tick file, after {self._done} ticks: {error}{remedy}") from error

    def rebuild_index(self) -> None:
        """Makes the index of a file that stops before its end frame from its whole blocks."""
        self._seek_block(0)
        entries = []
        try:
            while True:
                offset = self._file.tell()
                if (block := self._next_block()) is None:
                    raise DataError("its end frame cannot be found from its end")
                size, ts_ns = self._file.tell() - offset, self._batch(block, 0).ts_ns
                entries.append((offset - self._start, size, len(ts_ns), ts_ns.min(), ts_ns.max()))
                self._done += len(ts_ns)
        except TruncatedError:
            self.end_offset = offset - self._start
        except DataError as error:
            raise DataError(f"after {self._done} ticks: {error}") from error
        self.index, self.rows = np.array(entries, INDEX), self._done

    def _read_head(self) -> dict[str, Any]:
        try:
            _, payload = self._frames.next()
            if not payload.startswith(MAGIC):
                raise DataError("it does not begin with a TICKENG frame")
            metadata = json.loads(own_body(payload, HEAD))
        except (ValueError, RecursionError) as error:
            kind = type(error) if isinstance(error, DataError) else DataError
            raise kind(f"not a readable tick file, 0 ticks: {error}") from error
        if not isinstance(metadata, dict):
            raise DataError("not a readable tick file, 0 ticks: its metadata is not a mapping")
        return metadata

    def _next_block(self) -> bytes | None:
        """The next block, None at a sound end."""
        while True:
            is_block, data = self._frames.next()
            if is_block:
                return data
            if data.startswith(MAGIC):
                break  # another skippable frame is somebody else's
        end = parse_end(data)
        if end.rows != self._done or end.symbols != self.symbols:
            raise DataError(f"the end frame says {end.rows} rows of {len(end.symbols)} symbols")
        if not self._growing and not self._frames.at_end():
            raise DataError("there is data after the end frame")
        self.rows, self.index = end.rows, end.index
        return None

    def _batch(self, block: bytes, skip: int) -> EventBatch:
        kind, rows, first_row, names = codec.inspect_block(block)
        if kind != 0:
            raise DataError(f"a block of kind {kind}, which this version does not read")
        if first_row != self._done:
            raise DataError(f"a block begins at row {first_row}")
        if self.index is None:
            self.symbols.extend(checked_names(names))
        columns = codec.decode_block(block)
        symbol = columns.pop("symbol", None)
        largest = 0 if symbol is None else int(symbol.max())
        if symbol is not None and largest >= len(self.symbols):
            raise DataError(f"symbol {largest} has no name")
        if len(self.symbols) <= 1:
            symbol = None
        columns = {name: column[skip:] for name, column in columns.items()}
        return EventBatch(
            "trade",
            columns["ts_ns"],
            {name: columns[name] for name in VALUES["trade"]},
            None if symbol is None else symbol[skip:],
            self.symbols,
            np.arange(first_row + min(skip, rows) + 1, first_row + rows + 1),
            columns.get("recv_ns"),
            columns.get("id"),
            rows_end=first_row + rows,
        )

    def _find_end(self) -> None:
        """Reads the end frame through its footer; a damaged one is left for `batches` to report."""
        size = self._file.seek(0, io.SEEK_END)
        if size - self._body < FOOTER.size:
            return
        self._file.seek(size - FOOTER.size)
        length, magic = FOOTER.unpack(self._file.read(FOOTER.size))
        if magic != FOOTER_MAGIC or length > size - self._body:
            return
        self._file.seek(size - length)
        try:
            _, payload = self._frames.next()
            end = parse_end(payload)
        except DataError:
            return
        self.rows, self.index, self.symbols = end.rows, end.index, end.symbols
        self.end_offset = size - length - self._start

    def _seek_block(self, start_row: int) -> None:
        """Moves to the block that holds `start_row`; without an index to the first one."""
        if not self._seekable:
            return
        self._done = 0
        if self.index is None or not self.end_offset:
            self.symbols.clear()
            self.index = None
            self._file.seek(self._body)
            return
        ends = np.cumsum(self.index["rows"], dtype=np.int64)
        block = int(np.searchsorted(ends, start_row, side="right"))
        self._done = int(ends[block - 1]) if block else 0
        offset = int(self.index["offset"][block]) if block < len(ends) else self.end_offset
        if offset > self.end_offset:
            raise DataError(f"the index points to byte {offset}")
        self._file.seek(self._start + offset)
