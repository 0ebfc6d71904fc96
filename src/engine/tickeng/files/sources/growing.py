"""A file that somebody still writes to: reads wait for what comes.

The end of such a file is a matter of time: after `idle_ns` without a byte the reader sees an end,
never before. The file must stay the one it was: another file under its name, or fewer bytes than
were read, is an error and never read as if it went on.
Trap: the size is asked of the open file and the identity of the name; a writer that replaces the
file by renaming leaves the open one as it was.
"""

from __future__ import annotations

import os
import time
from typing import BinaryIO, NamedTuple

from tickeng.errors import DataError

_WAIT_S = 0.005


class Follow(NamedTuple):
    """How long a followed file may stay as it is before that counts as its end; None: for ever."""

    idle_ns: int | None = None


class GrowingFile:
    """An open file and its name."""

    def __init__(self, file: BinaryIO, path: str, follow: Follow) -> None:
        self._file, self._path, self._follow = file, path, follow
        self._position = 0
        self.first_size = os.fstat(file.fileno()).st_size

    def ready(self) -> bool:
        """Whether there is something to read, or an error to report."""
        size = os.fstat(self._file.fileno()).st_size
        return size > self._position or size < self._position

    def read(self, size: int) -> bytes:
        """At most `size` next bytes, waited for; b"" once it was idle for long enough."""
        idle_ns, since = self._follow.idle_ns, time.monotonic_ns()
        while True:
            self._check()
            if part := os.read(self._file.fileno(), size):
                self._position += len(part)
                return part
            if idle_ns is not None and time.monotonic_ns() - since >= idle_ns:
                return b""
            time.sleep(_WAIT_S)

    def _check(self) -> None:
        mine = os.fstat(self._file.fileno())
        if mine.st_size < self._position:
            raise DataError(f"was cut from {self._position} to {mine.st_size} bytes while it was "
                            "followed: follow it anew")
        if mine.st_size > self._position:
            return  # what is there is read first, also of a file that was replaced
        try:
            same = os.path.samestat(os.stat(self._path), mine)
        except FileNotFoundError:
            same = False
        if not same:
            raise DataError("was replaced or removed while it was followed: follow it anew")
