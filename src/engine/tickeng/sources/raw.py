"""The bytes of a file or of stdin, hashed as they are read.

Formats read either in sequence (``read``) or at random (``random_access``); what cannot seek is
then spooled to a temporary file. The SHA-256 is of the raw bytes, before any decompression.
Trap: a named pipe has a path but must be opened once only, so it is handled as stdin is.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import sys
import tempfile
from typing import BinaryIO, cast

from tickeng.errors import ConfigError, DataError

HEAD_BYTES = 1 << 16
BLOCK_BYTES = 1 << 20


class RawInput:
    """``path`` is a file or "-" for stdin; ``size`` is None where it cannot be known.

    ``position``: raw bytes read in sequence so far.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.name = "stdin" if path == "-" else os.path.basename(path)
        self._hash = hashlib.sha256()
        self._random = False
        self.position = 0
        self.spools: list[BinaryIO] = []  # temporary files with its content; closed with it
        self.size: int | None = None
        self._file = self._open()
        self.head = self._read_fully(HEAD_BYTES)
        self._pending = self.head

    def _open(self) -> BinaryIO:
        if self.path == "-":
            return sys.stdin.buffer
        try:
            file = open(self.path, "rb", buffering=0)  # noqa: SIM115 (close() does)
        except OSError as error:
            raise ConfigError(f"{self.path}: cannot be read: {error.strerror}") from None
        mode = os.fstat(file.fileno())
        self.size = mode.st_size if stat.S_ISREG(mode.st_mode) else None
        return cast(BinaryIO, file)

    def _read_fully(self, size: int) -> bytes:
        parts, missing = [], size
        while missing and (part := self._next(missing)):
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def _next(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except OSError as error:
            raise DataError(f"{self.name}: cannot be read: {error.strerror}") from None

    def read(self, size: int = BLOCK_BYTES) -> bytes:
        """At most `size` next bytes, b"" at the end."""
        if self._pending:
            part, self._pending = self._pending[:size], self._pending[size:]
        else:
            part = self._next(size)
        self._hash.update(part)
        self.position += len(part)
        return part

    def random_access(self) -> BinaryIO:
        """A seekable file of all bytes; to be called before the first read()."""
        self._random = True
        self._hash = hashlib.sha256()  # of the whole file, by sha256()
        if self.size is None:
            spool = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 (close() does)
            spool.write(self.head)
            shutil.copyfileobj(self._file, spool, BLOCK_BYTES)
            self.size = spool.tell()
            self._file = spool
        self._file.seek(0)
        return self._file

    def fraction(self) -> float | None:
        """The share of the raw bytes read, or None where the size is unknown."""
        if not self.size:
            return None
        try:
            position = self._file.tell() if self._random else self.position
        except ValueError:  # closed
            return 1.0
        return min(position / self.size, 1.0)

    def fingerprint(self) -> dict[str, str | int | None]:
        head = hashlib.sha256(self.head).hexdigest()
        return {"name": self.name, "size": self.size, "head_sha256": head}

    def sha256(self) -> str:
        """Of all bytes; a file that was read at random is read once more."""
        if not self._random:
            return self._hash.hexdigest()
        self._file.seek(0)
        while part := self._file.read(BLOCK_BYTES):
            self._hash.update(part)
        self._random = False
        return self._hash.hexdigest()

    def close(self) -> None:
        """Also done when the object is dropped. Standard input stays open."""
        for spool in vars(self).get("spools", []):
            spool.close()
        if "_file" in vars(self) and self._file is not sys.stdin.buffer:
            self._file.close()

    __del__ = close
