"""Writes a tick file, or continues one behind its last whole block."""

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Self

import numpy as np
import zstandard
from numpy.typing import NDArray

from tickeng._native import codec
from tickeng.errors import DataError, OutputError
from tickeng.files.batch import EventBatch
from tickeng.files.disk import OutputFile, output_errors
from tickeng.files.tickfile.frames import (
    COLUMNS,
    HEAD,
    INDEX,
    End,
    checked_names,
    end_frame,
    own_frame,
)
from tickeng.files.tickfile.reader import TickFileReader

BLOCK_ROWS = 65_536
ZSTD_LEVEL = 3


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

    def write(self, batch: EventBatch) -> None:
        """Appends the rows of the batch in order; every bit of price and qty is kept."""
        rows = len(batch.ts_ns)
        if rows == 0:
            return  # a name that comes with no row would be in no block
        given = batch.columns
        columns = {
            name: np.ascontiguousarray(values, dtype)
            for name, dtype in COLUMNS.items()
            if (values := given.get(name)) is not None
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

    def _own_codes(self, batch: EventBatch, rows: int) -> NDArray[np.uint32]:
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
        frame = self._compressor.compress(codec.encode_block(0, columns, self.rows, names))
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

    def _take_over(self, reader: TickFileReader, path: Path) -> None:
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
