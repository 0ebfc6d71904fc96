"""Outputs made of frames that are cut at absolute row indices: Arrow and everything .zst.

A frame holds `frame_rows` rows and depends on no other, so the bytes of the output do not depend on
how the rows arrived. `flush` writes the rows that do not yet fill a frame as a shorter last frame
(and Arrow's end mark and footer); continuing, also after a resume, replaces it by the full one.
`show` makes a frame of the rows that wait, for a reader that keeps up with the writer; from then
on nothing that it may have read is replaced, so the end mark comes at the very end.

Layout: head frame (CSV header, Arrow schema), frames of `frame_rows` rows, a last shorter frame,
the end (Arrow). In a .zst output each of them is one zstd frame with checksum.
"""

from pathlib import Path
from typing import Any

import zstandard

from tickeng.errors import StateError
from tickeng.files.disk import OutputFile
from tickeng.files.sinks.frames import Frames
from tickeng.files.sinks.sink import Column, Columns, FileSink, Position

FRAME_ROWS = 65_536
ZSTD_LEVEL = 3


class FramedSink(FileSink):
    """A file of frames. `marks` are entries of its position that say which layout it has."""

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
        marks: Position,
    ) -> None:
        super().__init__(form, columns, resume)
        self._frames, self._marks = frames, marks
        self._frame_rows = frame_rows
        self._zstd = form.endswith(".zst")
        self._compressor = zstandard.ZstdCompressor(level=ZSTD_LEVEL, write_checksum=True)
        self._waiting: list[Any] = []
        self._waiting_rows = 0
        self._shown = False
        self._file = OutputFile(path, force=force, resume=resume)
        with self._opening():
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
        frame = self._packed(self._frames.frame(self._waiting))
        self._set_tail(frame)
        self._frames.completed(self._frame_start, frame)
        self._frame_start = self._file.size
        self._waiting, self._waiting_rows = [], 0

    def show(self) -> None:
        """Of compressed rows none, since a frame of few rows compresses badly."""
        if self._waiting_rows and self._frames.followable and not self._zstd:
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
        if not self._shown and (end := self._frames.end(self._frame_start, raw)):
            tail = b"".join((tail, self._packed(end)))
        self._set_tail(tail)
        self._file.sync()
        return {
            "offset": self._frame_start,
            "frame_rows": self._frame_rows,
            "tail_rows": self._waiting_rows,
            "tail_bytes": len(raw),
            **self._marks,
            **self._file.place(),
        }

    def _finish_rows(self) -> None:
        self._shown = False
        super()._finish_rows()

    def _resume(self, resume: Position) -> None:
        if resume["frame_rows"] != self._frame_rows:
            raise StateError(f"{self._file.path}: was written in frames of {resume['frame_rows']}")
        self._file.redo(self._frame_start)
        self._file.require(self._frame_start)
        self._frames.find(self._file, self._frame_start)
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


def sliced(columns: list[Column], first: int, last: int) -> list[Column]:
    """Rows first..last-1 of each column, without copying."""
    return [
        (c[0][first:last], c[1]) if isinstance(c, tuple) else c[first:last] for c in columns
    ]
