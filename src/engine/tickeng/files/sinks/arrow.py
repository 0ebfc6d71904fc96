"""Arrow outputs: the stream of messages (.arrows) and the file with a footer (.arrow, .feather).

A file is a stream between two magics, and its footer lists where the record batches lie. pyarrow
makes the footer of a file without any; the list of batches is put behind it, so that an output can
be continued: its footer is cut off and written anew.

    MAGIC 00 00, schema, record batches, end mark, footer, i32 length of the footer, MAGIC

Buffers in a file are compressed (zstd), those of a stream are not. This module and `parquet` alone
load pyarrow.
"""

import struct
from typing import Any, ClassVar

import pyarrow as pa

from tickeng.errors import StateError
from tickeng.files.disk import OutputFile
from tickeng.files.flatbuffer import Table
from tickeng.files.sinks import tables
from tickeng.files.sinks.frames import Frames
from tickeng.files.sinks.sink import Column, Columns

MAGIC = b"ARROW1"
END = b"\xff\xff\xff\xff\0\0\0\0"
_PREFIX = struct.Struct("<iI")  # FFFFFFFF, length of the metadata
_BLOCK = struct.Struct("<qi4xq")  # offset, bytes of prefix and metadata, bytes of the body
_COUNT, _LENGTH = struct.Struct("<I"), struct.Struct("<i")
_BODY_LENGTH, _RECORD_BATCHES = 3, 3  # fields of a message and of a footer


class ArrowStreamFrames(Frames):
    """Frames of one record batch message each."""

    followable: ClassVar[bool] = True

    def __init__(self, columns: Columns) -> None:
        self._schema = tables.arrow_schema(columns)

    def head(self) -> bytes:
        return bytes(self._schema.serialize())

    def piece(self, columns: list[Column]) -> Any:
        return tables.record_batch(self._schema, columns)

    def frame(self, pieces: list[Any]) -> memoryview:
        batch = tables.one_batch(self._schema, pieces)
        return memoryview(batch.serialize()).cast("B")  # not copied

    def first_rows(self, raw: bytes, rows: int, size: int) -> Any:
        return tables.read_batch(self._schema, raw, rows)

    def end(self, start: int, tail: bytes | memoryview) -> bytes:
        return END


class ArrowFileFrames(ArrowStreamFrames):
    """The same with compressed buffers, and a footer behind the last one."""

    followable = False  # nobody can read a file without its footer

    def __init__(self, columns: Columns) -> None:
        super().__init__(columns)
        sink = pa.BufferOutputStream()
        pa.ipc.new_file(sink, self._schema).close()
        empty = sink.getvalue().to_pybytes()
        (length,) = _LENGTH.unpack_from(empty, len(empty) - len(MAGIC) - _LENGTH.size)
        footer_end = len(empty) - len(MAGIC) - _LENGTH.size
        self._head = empty[:footer_end - length - len(END)]
        self._footer = empty[footer_end - length:footer_end]
        self._options = pa.ipc.IpcWriteOptions(compression="zstd")
        self._blocks: list[tuple[int, int, int]] = []

    def head(self) -> bytes:
        return bytes(self._head)

    def frame(self, pieces: list[Any]) -> memoryview:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, self._schema, options=self._options) as stream:
            stream.write_batch(tables.one_batch(self._schema, pieces))
        written = memoryview(sink.getvalue()).cast("B")
        _, schema_bytes = _PREFIX.unpack_from(written)
        return written[_PREFIX.size + schema_bytes:-len(END)]

    def end(self, start: int, tail: bytes | memoryview) -> bytes:
        blocks = [*self._blocks, _block(start, tail)] if tail else self._blocks
        footer = bytearray(self._footer)
        footer += bytes(-(len(footer) + _COUNT.size) % 8)  # the blocks lie at multiples of eight
        field = Table.root(self._footer).field(_RECORD_BATCHES)
        if field is None:
            raise ValueError("the footer has no list of record batches")
        _COUNT.pack_into(footer, field, len(footer) - field)
        footer += _COUNT.pack(len(blocks)) + b"".join(_BLOCK.pack(*block) for block in blocks)
        return b"".join((END, footer, _LENGTH.pack(len(footer)), MAGIC))

    def completed(self, start: int, frame: bytes | memoryview) -> None:
        self._blocks.append(_block(start, frame))

    def find(self, file: OutputFile, end: int) -> None:
        at = len(self._head)
        while at < end:
            try:
                _, metadata_bytes = _PREFIX.unpack(file.read(at, _PREFIX.size))
                metadata = file.read(at + _PREFIX.size, min(metadata_bytes, end - at))
                body = Table.root(metadata).number(_BODY_LENGTH, "<q")
                if body < 0:
                    raise IndexError(body)
            except (struct.error, IndexError):
                break
            self._blocks.append((at, _PREFIX.size + metadata_bytes, body))
            at += _PREFIX.size + metadata_bytes + body
        if at != end:
            raise StateError(f"{file.path}: no record batch ends at byte {end}, where the"
                             " checkpoint continues: it is not the output that it was")


def _block(start: int, message: bytes | memoryview) -> tuple[int, int, int]:
    _, metadata_bytes = _PREFIX.unpack_from(message)
    head = _PREFIX.size + metadata_bytes
    return start, head, len(message) - head
