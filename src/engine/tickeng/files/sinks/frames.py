"""What a frame is made of: the formats of which an output is cut into frames.

A frame holds the rows between two fixed row indices and depends on no other.
"""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from tickeng._native.codec import TextFormatter
from tickeng.files.disk import OutputFile
from tickeng.files.sinks.sink import Column, Columns


class Frames(ABC):
    """Turns columns into the raw bytes of a frame, and a frame back into its first rows.

    `followable` says that a reader can use frames before the end is written.
    """

    followable: ClassVar[bool] = False

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

    def end(self, start: int, tail: bytes | memoryview) -> bytes:
        """What follows the last frame, `tail` at byte `start` or, where it is empty, none there."""
        return b""

    def completed(self, start: int, frame: bytes | memoryview) -> None:  # noqa: B027
        """A full frame is at byte `start` for good."""

    def find(self, file: OutputFile, end: int) -> None:  # noqa: B027
        """The full frames of a file that is continued lie before byte `end`."""


class TextFrames(Frames):
    """Frames of CSV or JSONL lines."""

    followable = True

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
