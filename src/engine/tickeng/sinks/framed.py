"""Outputs made of frames that are cut at absolute row indices: Arrow streams and everything .zst.

A frame holds `frame_rows` rows and depends on no other, so the bytes of the output do not depend on
how the rows arrived. `flush` writes the rows that do not yet fill a frame as a shorter last frame
(and Arrow's end-of-stream mark); going on, also after a resume, replaces it by the full one.
`show` makes a frame of the rows that wait, for a reader that keeps up with the writer; from then
on nothing that it may have read is replaced, so the end mark comes at the very end.

Layout: head frame (CSV header, Arrow schema), frames of `frame_rows` rows, a last shorter frame,
the end mark (Arrow). In a .zst output each of them is one zstd frame with checksum.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import zstandard

from tickeng._codec import TextFormatter
from tickeng.errors import StateError
from tickeng.sinks.files import OutputFile, write_manifest
from tickeng.sinks.sink import Column, Columns, Position, Sink

FRAME_ROWS = 65_536
ZSTD_LEVEL = 3


class Frames(ABC):
    """Turns columns into the raw bytes of a frame, and a frame back into its first rows."""

    end: ClassVar[bytes] = b""

    @abstractmethod
    def head(self) -> bytes:
        """What precedes the rows."""

    @abstractmethod
    def piece(self, columns: list[Column]) -> Any:
        """Rows that wait for their frame."""

    @abstractmethod
    def frame(self, pieces: list[Any]) -> bytes | memoryview:
        """The raw frame of all waiting rows."""

    @abstractmethod
    def first_rows(self, raw: bytes, rows: int, size: int) -> Any:
        """The first `rows` rows of a raw frame; `size` is how many raw bytes they took alone."""


class TextFrames(Frames):
    """Frames of CSV or JSONL lines."""

    def __init__(self, form: str, columns: Columns) -> None:
        self._formatter = TextFormatter(form, [name for name, _ in columns])

    def head(self) -> bytes:
        return self._formatter.header()

    def piece(self, columns: list[Column]) -> bytes:
        return self._formatter.rows(columns)

    def frame(self, pieces: list[bytes]) -> bytes:
        return b"".join(pieces)

    def first_rows(self, raw: bytes, rows: int, size: int) -> bytes:
        if len(raw) < size:
            raise ValueError("too short")
        return raw[:size]


class ArrowFrames(Frames):
    """Frames of one Arrow record batch message each."""

    end = b"\xff\xff\xff\xff\0\0\0\0"

    def __init__(self, columns: Columns) -> None:
        from tickeng.sinks import tables  # pyarrow is loaded when it is needed

        self._tables = tables
        self._schema = tables.arrow_schema(columns)

    def head(self) -> bytes:
        return bytes(self._schema.serialize())

    def piece(self, columns: list[Column]) -> Any:
        return self._tables.record_batch(self._schema, columns)

    def frame(self, pieces: list[Any]) -> memoryview:
        batch = self._tables.one_batch(self._schema, pieces)
        return memoryview(batch.serialize()).cast("B")  # not copied

    def first_rows(self, raw: bytes, rows: int, size: int) -> Any:
        return self._tables.read_batch(self._schema, raw, rows)


class FramedSink(Sink):
    """A file of frames."""

    def __init__(
        self,
        path: Path,
        form: str,
        columns: Columns,
        frames: Frames,
        *,
        force: bool,
        resume: Position | None,
        frame_rows: int,
    ) -> None:
        super().__init__(form, columns, resume)
        self._frames = frames
        self._frame_rows = frame_rows
        self._zstd = form.endswith(".zst")
        self._compressor = zstandard.ZstdCompressor(level=ZSTD_LEVEL, write_checksum=True)
        self._waiting: list[Any] = []
        self._waiting_rows = 0
        self._shown = False
        self._file = OutputFile(path, force=force, resume=resume is not None)
        if resume is None:
            self._file.append(self._packed(frames.head()))
            self._frame_start = self._file.size
        else:
            self._frame_start = int(resume["offset"])
            self._resume(resume)

    def _packed(self, raw: bytes | memoryview) -> bytes | memoryview:
        return self._compressor.compress(raw) if self._zstd else raw

    def _write(self, columns: list[Column], rows: int) -> None:
        done = 0
        while done < rows:
            take = min(rows - done, self._frame_rows - self._waiting_rows)
            self._waiting.append(self._frames.piece(sliced(columns, done, done + take)))
            self._waiting_rows += take
            done += take
            if self._waiting_rows == self._frame_rows:
                self._end_frame()

    def _end_frame(self) -> None:
        self._set_tail(self._packed(self._frames.frame(self._waiting)))
        self._frame_start = self._file.size
        self._waiting, self._waiting_rows = [], 0

    def show(self) -> None:
        """Of compressed rows none, since a frame of few rows compresses badly."""
        if self._waiting_rows and not self._zstd:
            self._end_frame()
            self._shown = True

    def _set_tail(self, tail: bytes | memoryview) -> None:
        """Makes `tail` what follows the last full frame."""
        if self._file.size == self._frame_start:
            self._file.append(tail)
        elif self._file.read(self._frame_start, len(tail) + 1) != tail:
            self._file.replace(self._frame_start, tail)

    def _flush(self) -> Position:
        raw = self._frames.frame(self._waiting) if self._waiting else b""
        tail = self._packed(raw) if raw else b""
        if self._frames.end and not self._shown:
            tail = b"".join((tail, self._packed(self._frames.end)))
        self._set_tail(tail)
        self._file.sync()
        return {
            "offset": self._frame_start,
            "frame_rows": self._frame_rows,
            "tail_rows": self._waiting_rows,
            "tail_bytes": len(raw),
        }

    def _resume(self, resume: Position) -> None:
        if resume["frame_rows"] != self._frame_rows:
            raise StateError(f"{self._file.path}: was written in frames of {resume['frame_rows']}")
        if self._file.size < self._frame_start:
            self._file.cut(self._frame_start)  # says what is missing
        rows = int(resume["tail_rows"])
        if rows:
            try:
                raw = self._read_frame()
                piece = self._frames.first_rows(raw, rows, int(resume["tail_bytes"]))
            except (ValueError, OSError, zstandard.ZstdError) as error:
                raise StateError(
                    f"{self._file.path}: the frame at byte {self._frame_start} does not hold "
                    f"the {rows} rows the checkpoint says ({error})"
                ) from error
            self._waiting, self._waiting_rows = [piece], rows
        self._flush()

    def _read_frame(self) -> bytes:
        """The raw bytes from the last frame's start: one zstd frame, or all there is."""
        packed = self._file.read(self._frame_start, self._file.size - self._frame_start)
        if not self._zstd:
            return packed
        frame = zstandard.ZstdDecompressor().decompressobj()
        raw = frame.decompress(packed)
        if not frame.eof:
            raise ValueError("the frame is cut")
        return raw

    def _finish(self, manifest: Mapping[str, Any] | None) -> None:
        self._shown = False
        if manifest is not None:
            self._flush()
            write_manifest(self._file.path, manifest)

    def _release(self) -> None:
        self._file.close()


def sliced(columns: list[Column], first: int, last: int) -> list[Column]:
    """Rows first..last-1 of each column, without copying."""
    return [
        (c[0][first:last], c[1]) if isinstance(c, tuple) else c[first:last] for c in columns
    ]
