"""Blocks of bytes as a file that reads forward."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any


class StreamFile(io.RawIOBase):
    """`last_bytes` are the last eight that were read; damage in the blocks is raised by read().

    With `short` a read gives what one block has; without it, reads are short at the end alone.
    """

    def __init__(self, blocks: Iterator[bytes], *, short: bool = False) -> None:
        self._blocks = blocks
        self._short = short
        self._block = memoryview(b"")
        self.last_bytes = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fills the buffer, since pyarrow takes a short read for the end, or gives a block."""
        target = memoryview(buffer).cast("B")
        done = 0
        while done < len(target) and not (done and self._short) and self._more():
            size = min(len(target) - done, len(self._block))
            target[done:done + size] = self._block[:size]
            self._block = self._block[size:]
            done += size
        self.last_bytes = (self.last_bytes + bytes(target[max(0, done - 8):done]))[-8:]
        return done

    def _more(self) -> bool:
        while not self._block:
            block = next(self._blocks, None)
            if block is None:
                return False
            self._block = memoryview(block)  # an empty one only announces a wait
        return True
