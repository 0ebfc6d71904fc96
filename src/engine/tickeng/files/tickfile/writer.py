"""Writes a tick file, or continues one behind its last whole block."""

import contextlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Self

import numpy as np
import zstandard
from numpy.typing import NDArray

from tickeng.errors import ConfigError, DataError, OutputError
from tickeng.files.batch import EventBatch
from tickeng.files.disk import OutputFile, output_errors
from tickeng.files.tickfile.columns import KINDS, Rows, encoded, rows_of
from tickeng.files.tickfile.frames import (
    HEAD,
    INDEX,
    End,
    checked_names,
    end_frame,
    own_frame,
)
from tickeng.files.tickfile.reader import TickFileReader
from tickeng.files.tickfile.spans import Waiting, checked_order

BLOCK_ROWS = 65_536
ZSTD_LEVEL = 3
LARGEST_SEQ = 1 << 62


class TickFileWriter:
    """Writes events to a tick file.

    `target` is a path or a binary file object, which is only written forward. `append` continues
    the file at a path, whose metadata stays as it is, or begins it; one whose writer was killed
    continues behind its last whole block, and `warnings` says so. `metadata` is any JSON-able
    mapping. `kinds` are those the file may hold, if that is known: its head then says so.
    OutputError when the file exists and neither `force` nor `append` is given.
    """

    def __init__(
        self,
        target: str | Path | IO[bytes],
        *,
        append: bool = False,
        metadata: Mapping[str, Any] | None = None,
        force: bool = False,
        block_rows: int = BLOCK_ROWS,
        kinds: Sequence[str] | None = None,
    ) -> None:
        if strange := [kind for kind in kinds or () if kind not in KINDS]:
            raise ConfigError(f"kinds names {strange[0]!r}; a tick file holds {', '.join(KINDS)}")
        self.rows = 0
        self.symbols: list[str] = []
        self._codes: dict[str, int] = {}
        self._named = 0
        self._kinds = None if kinds is None else tuple(kinds)
        self._index: list[tuple[int, ...]] = []
        self._waiting = Waiting(block_rows)
        self._last_seq = -1
        self._compressor = zstandard.ZstdCompressor(level=ZSTD_LEVEL, write_checksum=True)
        self._offset = 0  # where the last whole span ends
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
            self._put(self._head(metadata or {}))
        except BaseException:
            if self._file is not None:
                self._file.drop()
            raise

    def write(self, *batches: EventBatch) -> None:
        """Appends the events of the batches; every bit of their values is kept.

        Without `seq` they arrived in the order of the calls, batches and rows. Batches that bring
        `seq` and overlap in it, one of each kind, go into one call. DataError when a `seq` is not
        above all those before, or a batch does not have the columns of its kind.
        """
        filled = [batch for batch in batches if len(batch)]  # a name without rows is in no block
        for batch in filled:
            if self._kinds is not None and batch.kind not in self._kinds:
                raise DataError(f"the file was begun for {', '.join(self._kinds)} and not for "
                                f"{batch.kind}: name it in kinds")
        brought = any(batch.seq is not None for batch in filled)
        numbers = self._brought(filled) if brought else self._next(filled)
        pieces = [rows_of(batch, self._own_codes(batch), seq)
                  for batch, seq in zip(filled, numbers, strict=True)]
        for together in [pieces] if brought else [[rows] for rows in pieces]:
            self._take(together)

    def close(self) -> None:
        """Writes what waits and the end frame; without it the file counts as truncated."""
        try:
            self._write_span()
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
        appended to ends with the last whole span."""
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

    def _head(self, metadata: Mapping[str, Any]) -> bytes:
        if self._kinds is None or self._kinds == ("trade",):
            return own_frame(HEAD, json.dumps(dict(metadata), default=str).encode())
        if "kinds" in metadata:
            raise ConfigError("metadata has kinds, which the head of the file gives its own sense")
        named = {**metadata, "kinds": self._kinds}
        return own_frame(HEAD, json.dumps(named, default=str).encode(), version=2)

    def _next(self, batches: list[EventBatch]) -> list[NDArray[np.int64]]:
        """Numbers for batches that follow one another."""
        ends = self._last_seq + 1 + np.cumsum([len(batch) for batch in batches])
        return [np.arange(end - len(batch), end) for end, batch in zip(ends, batches, strict=True)]

    def _brought(self, batches: list[EventBatch]) -> list[NDArray[np.int64]]:
        """The seq of each batch, one batch of each kind and all of them behind what is written."""
        numbers = [np.ascontiguousarray(batch.seq, np.int64) for batch in batches
                   if batch.seq is not None]
        if len(numbers) < len(batches) or len({batch.kind for batch in batches}) < len(batches):
            raise DataError("batches that are written in one call are of one kind each, and all of "
                            "them bring seq or none")
        if any(len(seq) != len(batch) for seq, batch in zip(numbers, batches, strict=True)):
            raise DataError("a batch has not as many seq as rows")
        checked_order(numbers)
        first, last = min(int(seq[0]) for seq in numbers), max(int(seq[-1]) for seq in numbers)
        if first < 0 or last > LARGEST_SEQ:
            raise DataError(f"seq goes from {first} to {last}; the least is 0, the greatest 2^62")
        if first <= self._last_seq:
            raise DataError(f"seq {first} comes after seq {self._last_seq}: batches that overlap "
                            "go into one call, as in write(trades, quotes)")
        return numbers

    def _own_codes(self, batch: EventBatch) -> NDArray[np.uint32] | None:
        """The batch's symbols as codes of this file, which has one name table."""
        if not batch.symbols:
            return None
        for name in checked_names(batch.symbols):
            if name not in self._codes:
                self._codes[name] = len(self.symbols)
                self.symbols.append(name)
        table = np.array([self._codes[name] for name in batch.symbols], np.uint32)
        if batch.symbol is None:
            return np.full(len(batch), table[0])
        if (largest := int(batch.symbol.max())) >= len(table):
            raise DataError(f"symbol {largest} is not among the {len(table)} names of its batch")
        return table[batch.symbol]

    def _take(self, pieces: list[Rows]) -> None:
        """Lets rows of one stretch wait; writes each span as it is full, cut at one seq."""
        if not pieces:
            return
        self._last_seq = max(int(rows.seq[-1]) for rows in pieces)
        while pieces:
            room = [self._waiting.room(rows) for rows in pieces]
            if not all(room) or not all(self._waiting.fits(rows) for rows in pieces):
                self._write_span()
                continue
            cut = min(int(rows.seq[fit - 1]) if fit < len(rows) else self._last_seq
                      for rows, fit in zip(pieces, room, strict=True))
            counts = [int(np.searchsorted(rows.seq, cut, side="right")) for rows in pieces]
            full = [self._waiting.add(rows.slice(0, count))
                    for rows, count in zip(pieces, counts, strict=True)]
            if any(full):
                self._write_span()
            pieces = [rows.slice(count, len(rows)) for rows, count
                      in zip(pieces, counts, strict=True) if count < len(rows)]

    def _write_span(self) -> None:
        """Writes all that waits at once: a block of each kind."""
        frames: list[bytes] = []
        entries, row, offset = [], self.rows, self._offset
        blocks = self._waiting.blocks()
        for left, rows in zip(range(len(blocks))[::-1], blocks, strict=True):
            names = self.symbols[self._named :] if not frames else []
            frame = self._compressor.compress(encoded(rows, row, names, more=left > 0))
            ts_ns, seq = rows.columns["ts_ns"], rows.seq
            entries.append((offset, len(frame), len(rows), int(ts_ns.min()), int(ts_ns.max()),
                            int(seq[0]), int(seq[-1]), KINDS.index(rows.kind), int(left > 0)))
            frames.append(frame)
            row, offset = row + len(rows), offset + len(frame)
        if frames:
            self._put(b"".join(frames))
            self._index += entries
            self.rows, self._named = row, len(self.symbols)
            self._waiting.clear()

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
                head = TickFileReader(existing)  # another file is refused before it is touched
                self._keep_to(head.declared)
            self._file = OutputFile(path, resume={})
            try:
                with open(path, "rb") as existing:
                    self._take_over(TickFileReader(existing), path)
            except BaseException:
                self._file.close()
                raise

    def _keep_to(self, declared: tuple[str, ...] | None) -> None:
        """Writes no kinds but those that the head of the file declares."""
        if declared is not None and (more := set(self._kinds or ()).difference(declared)):
            raise DataError(f"the file was begun for {', '.join(declared)} and not for "
                            f"{', '.join(sorted(more))}: begin another file for them")
        self._kinds = declared if self._kinds is None else self._kinds

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
        self._last_seq = int(reader.index["last_seq"].max(initial=-1))
        self.rows, self.symbols = reader.rows, reader.symbols
        self._codes = {name: code for code, name in enumerate(self.symbols)}
        self._named, self._offset = len(self.symbols), reader.end_offset
