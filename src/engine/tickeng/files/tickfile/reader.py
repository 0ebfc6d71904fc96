"""Reads a tick file, from its end where it can be sought and block by block where it cannot."""

import contextlib
import io
import json
from collections.abc import Callable, Iterator
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from tickeng._native import codec
from tickeng.errors import DataError, TruncatedError
from tickeng.files.batch import EventBatch
from tickeng.files.tickfile.columns import KINDS, batch_of
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
from tickeng.files.tickfile.spans import behind, checked_order, seq_of


def is_tick_file(head: bytes) -> bool:
    """Whether `head`, at least the first 16 bytes of a file, opens a tick file."""
    return head[:4] == SKIPPABLE and head[8:16] == MAGIC


class TickFileReader:
    """Reads a tick file from a binary file object, seekable or not.

    metadata    the mapping given to the writer
    symbols     names by symbol code; complete from the start when the file is seekable
    rows        rows in the file, None while unknown (not seekable or without an end frame)
    index       structured array, a record per block: offset, bytes, rows, first_ts_ns, last_ts_ns
                (the least and the greatest time in it), first_seq, last_seq, kind, more (whether
                the next block belongs to the same span); None where `rows` is None
    kinds       kinds of events in the file; before its index is known those declared
    declared    the kinds that its head says it may have, None where it does not say
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
        self._number = 0  # of the next block
        self._inside = False  # a span whose last block is still to come
        self.declared: tuple[str, ...] | None = None
        self._seekable = file.seekable()
        self._start = file.tell() if self._seekable else 0
        self.metadata = self._read_head()
        if self._seekable:
            self._body = file.tell()
            self._find_end()
            file.seek(self._body)

    @property
    def kinds(self) -> tuple[str, ...] | None:
        if self.index is None or not len(self.index):
            return self.declared
        found = np.unique(self.index["kind"]).tolist()
        return tuple(KINDS[kind] if kind < len(KINDS) else f"kind {kind}" for kind in found)

    def batches(self, start_row: int = 0) -> Iterator[EventBatch]:
        """The events from row `start_row` on, a batch per block, of one kind each.

        TruncatedError when the file stops before its end frame, DataError when it is damaged, each
        after the batches before the damage and with the number of ticks so far.
        """
        with self._blamed(lambda: self._done):
            self._seek_block(start_row)
            while (block := self._next_block()) is not None:
                skip = max(0, start_row - self._done)
                batch = self._batch(block)
                self._done = batch.rows_end
                if skip < len(batch):
                    yield batch.take(slice(skip, None)) if skip else batch

    def merged(self, start: int = 0) -> Iterator[list[EventBatch]]:
        """The events of all kinds, span by span: at most one batch of each kind, with `seq`.

        Every event of a span arrived before those of the next, and `order_of` gives the order
        within it. The first `start` events in this order are left out. Errors are those of
        `batches`, after the last whole span.
        """
        whole, last = 0, -1
        span: list[EventBatch] = []
        with self._blamed(lambda: whole):
            self._seek_block(start, span=True)
            whole = self._done
            while (block := self._next_block()) is not None:
                batch = self._batch(block)
                batch.seq = seq_of(batch)
                self._done = batch.rows_end
                if batch.kind in [other.kind for other in span]:
                    raise DataError(f"a span has two blocks of kind {batch.kind}")
                span.append(batch)
                if self._inside:
                    continue
                numbers = [part.seq for part in span if part.seq is not None]
                checked_order(numbers)
                if (first := min(int(seq[0]) for seq in numbers)) <= last:
                    raise DataError(f"seq {first} comes after seq {last}")
                last = max(int(seq[-1]) for seq in numbers)
                skip, whole = max(0, start - whole), self._done
                if skip == 0 or (span := behind(span, skip)):
                    yield span
                span = []

    def rebuild_index(self) -> None:
        """Makes the index of a file that stops before its end frame from its whole spans."""
        self._seek_block(0)
        entries: list[tuple[int, ...]] = []
        whole, rows, names, end = 0, 0, 0, self._body
        try:
            while True:
                offset = self._file.tell()
                if (block := self._next_block()) is None:
                    raise DataError("its end frame cannot be found from its end")
                batch = self._batch(block)
                seq, ts_ns = seq_of(batch), batch.ts_ns
                size = self._file.tell() - offset
                entries.append((offset - self._start, size, len(batch), ts_ns.min(), ts_ns.max(),
                                seq[0], seq[-1], KINDS.index(batch.kind), self._inside))
                self._done = batch.rows_end
                if not self._inside:
                    whole, rows, names = len(entries), self._done, len(self.symbols)
                    end = self._file.tell()
        except TruncatedError:
            self.end_offset = end - self._start
        except DataError as error:
            raise DataError(f"after {self._done} ticks: {error}") from error
        self.index, self.rows = np.array(entries[:whole], INDEX), rows
        del self.symbols[names:]

    @contextlib.contextmanager
    def _blamed(self, counted: Callable[[], int]) -> Iterator[None]:
        """Errors with the number of ticks that came before them."""
        try:
            yield
        except DataError as error:
            truncated = isinstance(error, TruncatedError)
            if truncated and self._growing:
                return
            kept = "" if self._inside and counted() == self._done else ", or appending to it,"
            remedy = f"; converting it to another file{kept} keeps these ticks"
            raise type(error)(f"tick file, after {counted()} ticks: {error}"
                              f"{remedy if truncated else ''}") from error

    def _read_head(self) -> dict[str, Any]:
        try:
            _, payload = self._frames.next()
            if not payload.startswith(MAGIC):
                raise DataError("it does not begin with a TICKENG frame")
            version, body = own_body(payload, HEAD)
            metadata = json.loads(body)
        except (ValueError, RecursionError) as error:
            kind = type(error) if isinstance(error, DataError) else DataError
            raise kind(f"not a readable tick file, 0 ticks: {error}") from error
        if not isinstance(metadata, dict):
            raise DataError("not a readable tick file, 0 ticks: its metadata is not a mapping")
        if version == 2:
            kinds = metadata.pop("kinds", None)
            if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
                raise DataError("not a readable tick file, 0 ticks: its head declares no kinds")
            self.declared = tuple(kinds)
        return metadata

    def _next_block(self) -> bytes | None:
        """The next block, None at a sound end."""
        while True:
            is_block, data = self._frames.next()
            if is_block:
                return data
            if data.startswith(MAGIC):
                break  # another skippable frame is somebody else's
        if self._inside:
            raise DataError("the last span lacks a block")
        end = parse_end(data)
        if end.rows != self._done or end.symbols != self.symbols:
            raise DataError(f"the end frame says {end.rows} rows of {len(end.symbols)} symbols")
        if not self._growing and not self._frames.at_end():
            raise DataError("there is data after the end frame")
        self.rows, self.index = end.rows, end.index
        return None

    def _batch(self, block: bytes) -> EventBatch:
        kind, _, first_row, names, self._inside = codec.inspect_block(block)
        if first_row != self._done:
            raise DataError(f"a block begins at row {first_row}")
        if self.declared is not None and KINDS[kind] not in self.declared:
            raise DataError(f"a block of kind {KINDS[kind]}, which its head does not declare")
        if self.index is None:
            self.symbols.extend(checked_names(names))
        batch = batch_of(block, kind, first_row, self.symbols)
        if self.index is not None:
            self._check_index(kind, batch)
        self._number += 1
        return batch

    def _check_index(self, kind: int, batch: EventBatch) -> None:
        """A reader may have come to this block by the index, and a writer goes by its numbers."""
        assert self.index is not None
        found = (len(batch), kind, self._inside, *seq_of(batch)[[0, -1]].tolist())
        record = self.index[self._number : self._number + 1]
        told = record[["rows", "kind", "more", "first_seq", "last_seq"]].tolist()
        if told != [found]:
            raise DataError("the index contradicts the block")

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

    def _seek_block(self, start_row: int, span: bool = False) -> None:
        """Moves to the block that holds `start_row`, or to the first one of its span; without an
        index to the first one of all."""
        if not self._seekable:
            return
        self._done, self._number, self._inside = 0, 0, False
        if self.index is None or not self.end_offset:
            self.symbols.clear()
            self.index = None
            self._file.seek(self._body)
            return
        ends = np.cumsum(self.index["rows"], dtype=np.int64)
        block = int(np.searchsorted(ends, start_row, side="right"))
        while span and block and self.index["more"][block - 1]:
            block -= 1
        self._done, self._number = int(ends[block - 1]) if block else 0, block
        offset = int(self.index["offset"][block]) if block < len(ends) else self.end_offset
        if offset > self.end_offset:
            raise DataError(f"the index points to byte {offset}")
        self._file.seek(self._start + offset)
