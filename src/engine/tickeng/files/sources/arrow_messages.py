"""What an Arrow message says it holds, read before pyarrow takes memory for it.

A stream is a row of messages: FFFFFFFF, u32 length of the metadata, metadata, body. A file is a
stream between two magics with a footer that lists its messages. Metadata are FlatBuffers, of which
the few fields that state sizes are read here: a compressed buffer begins with its unpacked length,
which is a claim like any other.
Trap: what cannot be parsed is passed on, for pyarrow verifies the metadata and says what is wrong.

    Message      1 header type  2 header  3 body length
    RecordBatch  0 rows  2 buffers (offset i64, length i64)  3 compression
    Dictionary   1 record batch
    Footer       2 dictionaries  3 record batches (offset i64, metadata i32 + 4, body i64)
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, BinaryIO

from tickeng.files.flatbuffer import Table, number
from tickeng.files.limits import Limits

_DICTIONARY, _BATCH = 2, 3
_PREFIX = struct.Struct("<iI")
_BUFFER = struct.Struct("<qq")
_BLOCK = struct.Struct("<qi4xq")
_TAIL = struct.Struct("<i6s")
_HEAD_BYTES = 8
MAGIC = b"ARROW1"


class Watch:
    """Adds up what the messages of one input would take. Raises DataError above the limits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._dictionaries = 0

    def stream(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        """The same bytes; each message is looked at before it is given on."""
        source = _Pieces(blocks)
        while prefix := source.take(_PREFIX.size):
            if len(prefix) < _PREFIX.size:
                yield prefix
                break
            mark, length = _PREFIX.unpack(prefix)
            if mark != -1 or not length:
                yield prefix  # the end mark; what else it may be is pyarrow's to say
                break
            self._limits.require(length, "the metadata of an Arrow message")
            metadata = source.take(length)
            body_bytes, compressed = self._body(metadata)
            self._limits.require(body_bytes, "an Arrow record batch")
            body = source.take(body_bytes) if compressed else b""
            self.message(metadata, lambda offset, body=body: body[offset:offset + 8])
            yield prefix + metadata
            if compressed:
                yield body
            else:
                yield from source.pass_on(body_bytes)
        yield from source.rest()

    def _body(self, metadata: bytes) -> tuple[int, bool]:
        try:
            message = Table.root(metadata)
            batch = _batch_of(message)
            return (max(0, message.number(3, "<q")),
                    batch is not None and batch.table(3) is not None)
        except (struct.error, IndexError):
            return 0, False

    def message(self, metadata: bytes, length_at: Any) -> None:
        """`length_at(offset)` gives eight bytes of the body."""
        try:
            message = Table.root(metadata)
            batch = _batch_of(message)
            if batch is None:
                return
            rows, size = batch.number(0, "<q"), max(0, message.number(3, "<q"))
            if batch.table(3) is not None:
                for offset, length in batch.structs(2, _BUFFER):
                    if length >= 8:
                        size += max(length, number(length_at(offset), 0, "<q"))
            is_dictionary = message.number(1, "<B") == _DICTIONARY
        except (struct.error, IndexError):
            return
        what = "the dictionaries of the Arrow data" if is_dictionary else "an Arrow record batch"
        if is_dictionary:
            self._dictionaries += size
        elif rows > self._limits.rows:
            size = max(size, rows * (self._limits.memory // self._limits.rows))
        self._limits.require(self._dictionaries if is_dictionary else size, what)

    def file(self, file: BinaryIO) -> None:
        """All messages that the footer of an Arrow file lists."""
        end = file.seek(0, 2)
        file.seek(max(0, end - _TAIL.size))
        tail = file.read(_TAIL.size)
        try:
            length, magic = _TAIL.unpack(tail)
            if magic != MAGIC or not 0 < length < end:
                return
            file.seek(end - _TAIL.size - length)
            footer = Table.root(file.read(length))
            blocks = footer.structs(2, _BLOCK) + footer.structs(3, _BLOCK)
        except (struct.error, IndexError):
            return
        for offset, metadata_bytes, body_bytes in blocks:
            if offset < 0 or metadata_bytes <= _HEAD_BYTES or offset + metadata_bytes > end:
                continue
            self._limits.require(body_bytes, "an Arrow record batch")
            file.seek(offset)
            metadata = file.read(metadata_bytes)
            # Files of the oldest writers have no mark before the length.
            skip = _HEAD_BYTES if metadata.startswith(b"\xff\xff\xff\xff") else 4
            body = offset + metadata_bytes

            def length_at(at: int, body: int = body) -> bytes:
                file.seek(max(0, body + at))
                return file.read(8)

            self.message(metadata[skip:], length_at)


def _batch_of(message: Table) -> Table | None:
    kind, header = message.number(1, "<B"), message.table(2)
    if header is None or kind not in (_DICTIONARY, _BATCH):
        return None
    return header.table(1) if kind == _DICTIONARY else header


class _Pieces:
    """Blocks of bytes taken in pieces; fewer bytes at the end."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = filter(None, blocks)  # an empty one only announces a wait
        self._data = b""

    def take(self, size: int) -> bytes:
        return b"".join(self.pass_on(size))

    def pass_on(self, size: int) -> Iterator[bytes]:
        while size:
            if not self._data and not (block := next(self._blocks, b"")):
                return
            self._data = self._data or block
            piece, self._data = self._data[:size], self._data[size:]
            size -= len(piece)
            yield piece

    def rest(self) -> Iterator[bytes]:
        if self._data:
            yield self._data
        yield from self._blocks
