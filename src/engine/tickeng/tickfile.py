"""tickeng's own tick file: independent zstd frames of columnar blocks between two skippable frames.

    head    skippable frame: format version and JSON metadata
    blocks  one zstd frame each (content size and checksum on) of at most 65,536 rows
    end     skippable frame: block index, symbol names, totals; without it the file is truncated

`zstd -d` skips head and end. A pipe reader learns a symbol's name from the block in which it first
appears, a seekable one all names and the index from the end. The byte layout of blocks is described
in tickeng/io/block_codec.hpp, that of the other frames in tickframes.py.
"""

import contextlib
import io
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

import numpy as np
import zstandard
from numpy.typing import NDArray

from tickeng import _codec
from tickeng.errors import DataError, OutputError, TruncatedError
from tickeng.files import OutputFile, output_errors
from tickeng.tickframes import (
    COLUMNS,
    FOOTER,
    FOOTER_MAGIC,
    HEAD,
    INDEX,
    MAGIC,
    SKIPPABLE,
    End,
    FrameReader,
    Trades,
    checked_names,
    end_frame,
    own_body,
    own_frame,
    parse_end,
)

if TYPE_CHECKING:
    from tickeng.sources import TradeBatch

BLOCK_ROWS = 65_536
ZSTD_LEVEL = 3


def is_tick_file(head: bytes) -> bool:
    """Whether `head`, at least the first 16 bytes of a file, opens a tick file."""
    return head[:4] == SKIPPABLE and head[8:16] == MAGIC


class TickFileWriter:
    """Writes trades to a tick file.

    `target` is a path or a binary file object, which is only written forward. `append` continues
    the file at a path, whose metadata stays as it is, or begins it; one whose writer was killed
    continues behind its last whole block, and `warnings` says so. `metadata` is any JSON-able
    mapping. OutputError when the file exists and neither `force` nor `append` is given.
    """

    def __init__(
        self,
        target: str | Path | IO[bytes],
        *,
        append: bool = False,
        metadata: Mapping[str, Any] | None = None,
        force: bool = False,
        block_rows: int = BLOCK_ROWS,
    ) -> None:
        self.rows = 0
        self.symbols: list[str] = []
        self._codes: dict[str, int] = {}
        self._named = 0
        self._block_rows = block_rows
        self._index: list[tuple[int, ...]] = []
        self._waiting: list[dict[str, NDArray[Any]]] = []
        self._waiting_rows = 0
        self._compressor = zstandard.ZstdCompressor(level=ZSTD_LEVEL, write_checksum=True)
        self._offset = 0  # where the last whole block ends
        self._appends, self._ended, self._unended = append, False, ""
        self.closed = False
        self._file: OutputFile | None = None
        self._stream: IO[bytes] | None = None
        if not isinstance(target, (str, Path)):
            self._stream = target
        elif append and os.path.exists(target):
            self._continue(Path(target))
            return
        else:
            self._file = OutputFile(Path(target), force=force)
        try:
            self._put(own_frame(HEAD, json.dumps(dict(metadata or {}), default=str).encode()))
        except BaseException:
            if self._file is not None:
                self._file.drop()
            raise

    def write(self, batch: Trades) -> None:
        """Appends the rows of the batch in order; every bit of price and qty is kept."""
        rows = len(batch.ts_ns)
        if rows == 0:
            return  # a name that comes with no row would be in no block
        columns = {
            name: np.ascontiguousarray(values, dtype)
            for name, dtype in COLUMNS.items()
            if (values := getattr(batch, name, None)) is not None
        }
        if batch.symbols:
            columns["symbol"] = self._own_codes(batch, rows)
        if self._waiting and self._waiting[0].keys() != columns.keys():
            self._write_block()
        done = 0
        while done < rows:
            take = min(rows - done, self._block_rows - self._waiting_rows)
            self._waiting.append({k: v[done : done + take] for k, v in columns.items()})
            self._waiting_rows += take
            done += take
            if self._waiting_rows == self._block_rows:
                self._write_block()

    def close(self) -> None:
        """Writes what waits and the end frame; without it the file counts as truncated."""
        try:
            if self._waiting:
                self._write_block()
            self._end()
            if self._file is not None:
                self._file.complete()
        except BaseException:
            self.discard()
            raise
        self.closed = True
        if self._file is not None:
            self._file.close()

    @property
    def replaces(self) -> bool:
        """Whether a file under the name stays until `close`."""
        return self._file is not None and self._file.aside

    @property
    def warnings(self) -> list[str]:
        """Sentences on what the file cannot promise, and on how it was found."""
        return [text for text in (self._unended, self._file and self._file.warning) if text]

    def discard(self) -> None:
        """Lets go of the file without completing it, after an error; a draft goes, and one that is
        appended to ends with the last whole block."""
        self.closed = True
        if self._file is None:
            return
        if self._file.aside:
            self._file.drop()
        elif self._appends and not self._ended and self._file.size == self._offset:
            with contextlib.suppress(OutputError):  # the next writer will find the block
                self._file.cut(self._offset)
                self._end()
                self._file.sync()
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def _own_codes(self, batch: Trades, rows: int) -> NDArray[np.uint32]:
        """The batch's symbols as codes of this file, which has one name table."""
        for name in checked_names(batch.symbols):
            if name not in self._codes:
                self._codes[name] = len(self.symbols)
                self.symbols.append(name)
        table = np.array([self._codes[name] for name in batch.symbols], np.uint32)
        return np.full(rows, table[0]) if batch.symbol is None else table[batch.symbol]

    def _write_block(self) -> None:
        columns = {
            name: np.concatenate([piece[name] for piece in self._waiting])
            for name in self._waiting[0]
        }
        names = self.symbols[self._named :]
        frame = self._compressor.compress(_codec.encode_trades(columns, self.rows, names))
        ts_ns = columns["ts_ns"]
        entry = (self._offset, len(frame), len(ts_ns), int(ts_ns.min()), int(ts_ns.max()))
        self._put(frame)
        self._index.append(entry)
        self.rows += len(ts_ns)
        self._named = len(self.symbols)
        self._waiting, self._waiting_rows = [], 0

    def _end(self) -> None:
        self._put(end_frame(End(self.rows, np.array(self._index, INDEX), self.symbols)))
        self._ended = True

    def _put(self, data: bytes) -> None:
        if self._file is not None:
            if self._file.size > self._offset:
                self._file.cut(self._offset)  # the end frame of a file that is continued
            self._file.append(data)
        elif self._stream is not None:
            self._stream.write(data)
        self._offset += len(data)

    def _continue(self, path: Path) -> None:
        """Takes over an existing file, whose end frame stays until the first block comes."""
        with output_errors(path):
            with open(path, "rb") as existing:
                TickFileReader(existing)  # another kind of file is refused before it is touched
            self._file = OutputFile(path, resume={})
            try:
                with open(path, "rb") as existing:
                    self._take_over(TickFileReader(existing), path)
            except BaseException:
                self._file.close()
                raise

    def _take_over(self, reader: "TickFileReader", path: Path) -> None:
        if reader.index is None:
            try:
                reader.rebuild_index()
            except DataError as error:
                raise DataError(f"{path}: {error}; converting it to another file keeps the ticks"
                                " before that") from error
            self._unended = (f"{path}: has no end frame, so its writer was stopped or a part of it"
                             f" is missing; continues behind its {reader.rows:,} whole rows")
        assert reader.index is not None and reader.rows is not None
        self._index = [tuple(entry) for entry in reader.index.tolist()]
        self.rows, self.symbols = reader.rows, reader.symbols
        self._codes = {name: code for code, name in enumerate(self.symbols)}
        self._named, self._offset = len(self.symbols), reader.end_offset


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

    def batches(self, start_row: int = 0) -> "Iterator[TradeBatch]":
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

    def _batch(self, block: bytes, skip: int) -> "TradeBatch":
        from tickeng.sources import TradeBatch

        rows, first_row, names = _codec.inspect_block(block)
        if first_row != self._done:
            raise DataError(f"a block begins at row {first_row}")
        if self.index is None:
            self.symbols.extend(checked_names(names))
        columns = _codec.decode_trades(block)
        symbol = columns.pop("symbol", None)
        largest = 0 if symbol is None else int(symbol.max())
        if symbol is not None and largest >= len(self.symbols):
            raise DataError(f"symbol {largest} has no name")
        if len(self.symbols) <= 1:
            symbol = None
        absent: dict[str, Any] = {"recv_ns": None, "id": None}
        return TradeBatch(
            **(absent | {name: values[skip:] for name, values in columns.items()}),
            symbol=None if symbol is None else symbol[skip:],
            symbols=self.symbols,
            row=np.arange(first_row + min(skip, rows) + 1, first_row + rows + 1),
            rejects=[],
            rejected={},
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
