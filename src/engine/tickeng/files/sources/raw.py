"""The bytes of a file, a growing file or stdin, hashed as they are read.

Formats read either in sequence (``read``) or at random (``random_access``); what cannot seek is
then spooled to a temporary file. The SHA-256 is of the raw bytes, before any decompression.
A live input (a pipe, a terminal, a socket, a file that is followed) is never read past what has
arrived: its head ends where the first row does, and ``would_block`` says that a read would wait.
Trap: a named pipe has a path but must be opened once only, so it is handled as stdin is.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import select
import stat
import sys
import tempfile
from typing import BinaryIO, cast

from tickeng.errors import ConfigError, DataError
from tickeng.files.sources.growing import Follow, GrowingFile
from tickeng.files.sources.live import BINARY_HEAD_BYTES, is_known_binary, row_end

HEAD_BYTES = 1 << 16
BLOCK_BYTES = 1 << 20
_PIPE_BYTES = 1 << 20
_FAULTS = (errno.EIO, errno.ESTALE)  # of the disk, where others are of the name
_GRACE_MS = 5  # after the first row, for the sample: what a fast writer is about to send


class RawInput:
    """``path`` is a file or "-" for stdin; ``size`` is None where it cannot be known.

    ``position``: raw bytes read in sequence so far.
    """

    def __init__(self, path: str, follow: Follow | None = None) -> None:
        self.path = path
        self.name = "stdin" if path == "-" else os.path.basename(path)
        self._hash, self._is_hashed = hashlib.sha256(), True
        self._random = False
        self.position = 0
        self.spools: list[BinaryIO] = []  # temporary files with its content; closed with it
        self.size: int | None = None
        self._growing: GrowingFile | None = None
        self._start = b""  # of a pipe, up to HEAD_BYTES, to know it again
        self._file = self._open()
        self.live = self._prepare(follow)
        try:
            self.head = self._arrived() if self.live else self._read_fully(HEAD_BYTES)
        except DataError as error:
            self.close()
            raise DataError(f"{self.name}: {error}") from None
        self._pending = self.head

    def _open(self) -> BinaryIO:
        if self.path == "-":
            if sys.stdin is None:
                raise ConfigError("stdin (-) is closed: give it a pipe or a file")
            return sys.stdin.buffer
        try:
            file = open(self.path, "rb", buffering=0)  # noqa: SIM115 (close() does)
        except OSError as error:
            kind = DataError if error.errno in _FAULTS else ConfigError
            raise kind(f"{self.path}: {unreadable(error)}") from None
        return cast(BinaryIO, file)

    def _prepare(self, follow: Follow | None) -> bool:
        """Whether the input is live; sets what a read needs to know."""
        try:
            mode = os.fstat(self._file.fileno())
        except OSError:  # stdin that is no file, as in a notebook
            return False
        regular = stat.S_ISREG(mode.st_mode)
        if follow is not None:
            if not regular or self.path == "-":
                raise ConfigError(f"{self.path}: only a file can be followed; a pipe is read as "
                                  "it comes without it")
            self._growing = GrowingFile(self._file, self.path, follow)
            return True
        if regular:
            self.size = mode.st_size if self.path != "-" else None
            return False
        self._poll = select.poll()
        self._poll.register(self._file.fileno(), select.POLLIN)
        if stat.S_ISFIFO(mode.st_mode):
            with contextlib.suppress(OSError, AttributeError):  # fewer, larger reads
                fcntl.fcntl(self._file.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        return True

    def _arrived(self) -> bytes:
        """What is there once the first row is complete."""
        head = b""
        while len(head) < HEAD_BYTES and not _holds_a_row(head):
            part = self._next(HEAD_BYTES - len(head))
            if not part:
                break
            head += part
        self._first_row = None if is_known_binary(head) else row_end(head)
        while 0 < len(head) < HEAD_BYTES and self._ready(_GRACE_MS):
            part = self._next(HEAD_BYTES - len(head))
            if not part:
                break
            head += part
        return head

    def _read_fully(self, size: int) -> bytes:
        parts, missing = [], size
        while missing and (part := self._next(missing)):
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def _next(self, size: int) -> bytes:
        """The next bytes; of a live input those that are there, after a wait for the first."""
        try:
            if self._growing:
                return self._growing.read(size)
            if not self.live:
                return self._file.read(size)
            part = os.read(self._file.fileno(), size)
        except OSError as error:
            raise DataError(unreadable(error)) from None
        if len(self._start) < HEAD_BYTES:
            self._start += part[:HEAD_BYTES - len(self._start)]
        return part

    def _ready(self, timeout_ms: int) -> bool:
        """Whether a read returns at once: with bytes, or because the end has come."""
        if self._growing:
            return self._growing.ready()
        return bool(self._poll.poll(timeout_ms))

    def would_block(self) -> bool:
        """Whether the next read waits for somebody to write."""
        return self.live and not self._pending and not self._ready(0)

    @property
    def may_grow(self) -> bool:
        """Whether a last line without a newline is one that somebody still writes."""
        return self._growing is not None

    def read(self, size: int = BLOCK_BYTES) -> bytes:
        """At most `size` next bytes, b"" at the end."""
        if self._pending:
            part, self._pending = self._pending[:size], self._pending[size:]
        else:
            part = self._next(size)
        if self._is_hashed:
            self._hash.update(part)
        self.position += len(part)
        return part

    def random_access(self) -> BinaryIO:
        """A seekable file of all bytes; to be called before the first read()."""
        if self._growing:
            raise DataError("this format cannot be followed: text, JSON lines and tickeng's own "
                            "files can; leave follow out to read what there is")
        self._random = True
        self._hash = hashlib.sha256()  # of the whole file, by sha256()
        if self.size is None:
            spool = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 (close() does)
            spool.write(self.head)
            while part := self._next(BLOCK_BYTES):
                spool.write(part)
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

    def fingerprint(self, head_bytes: int | None = None) -> dict[str, str | int | None]:
        """Name, size and the hash of the head, by which the input is known again.

        A pipe's head is its first row or, where it is binary, what has come of the first 64 KiB;
        `head_bytes` is the length that it had when it is compared. A followed file's is what the
        file was when it was opened.
        """
        head, size = self.head, self.size
        if self._growing:
            size = max(len(head), self._growing.first_size)
        elif self.live:
            head = self._start[:self._first_row] if head_bytes is None else self._first(head_bytes)
        found = {"name": self.name, "size": size, "head_sha256": hashlib.sha256(head).hexdigest()}
        return {**found, "head_bytes": len(head)} if self.live and not self._growing else found

    def _first(self, size: int) -> bytes:
        """The first `size` bytes of a pipe, waited for where they have not come."""
        while len(self._start) < size and (part := self._next(size - len(self._start))):
            self._pending += part
        return self._start[:size]

    def leave_hash(self) -> None:
        """Nobody asks for the hash, which costs as much as reading some formats."""
        self._is_hashed = False

    def sha256(self) -> str | None:
        """Of all bytes, None where it was left; a file that was read at random is read once more.
        """
        if not self._is_hashed:
            return None
        if not self._random:
            return self._hash.hexdigest()
        self._file.seek(0)
        while part := self._file.read(BLOCK_BYTES):
            self._hash.update(part)
        self._random = False
        return self._hash.hexdigest()

    def close(self) -> None:
        """Also done when the object is dropped. Standard input stays open."""
        files = list(vars(self).get("spools", []))
        if "_file" in vars(self) and self._file is not sys.stdin.buffer:
            files.append(self._file)
        for file in files:
            with contextlib.suppress(OSError):  # what was read is there
                file.close()

    __del__ = close


def unreadable(error: OSError) -> str:
    """What is said of an input that the system cannot read."""
    return f"cannot be read: {error.strerror or error}"


def _holds_a_row(head: bytes) -> bool:
    if is_known_binary(head):
        return len(head) >= BINARY_HEAD_BYTES
    return row_end(head) is not None
