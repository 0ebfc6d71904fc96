"""Raw bytes of a file or of stdin: a head to look at, a place, a hash; and containers opened in
bounded blocks.

Trap: zstandard and zlib end silently where their input ends; every reader here asks whether the
last frame or member was complete and raises TruncatedError if not.
"""

from __future__ import annotations

import hashlib
import io
import os
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, cast

import zstandard

from tickeng.errors import ConfigError, DataError, TruncatedError

HEAD_BYTES = 65_536
BLOCK_BYTES = 1 << 20
_ZSTD_PIECE = 2048  # a frame may unfold 32,000-fold: small pieces keep one call's output bounded
_ZSTD_WINDOW = 1 << 27


class Raw(io.RawIOBase):
    """A file or stdin: `head` without moving, then reads that count and hash what passes."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.file = self._open(path)
        self.size = os.fstat(self.file.fileno()).st_size if path != "-" else None
        self.head = self._fill(HEAD_BYTES)
        self._ahead = self.head
        self._hash = hashlib.sha256()
        self._passed = 0
        self._ended = False

    @staticmethod
    def _open(path: str) -> BinaryIO:
        if path == "-":
            return cast(BinaryIO, sys.stdin.buffer)
        try:
            return open(path, "rb")
        except IsADirectoryError:
            raise ConfigError(f"{path}: is a folder; name the files in it") from None
        except OSError as error:
            raise ConfigError(f"{path}: {error.strerror}") from None

    def _fill(self, size: int) -> bytes:
        parts, left = [], size
        while left and (part := self.file.read(left)):
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            raise io.UnsupportedOperation("read everything")
        if self._ahead:
            data, self._ahead = self._ahead[:size], self._ahead[size:]
        else:
            data = self.file.read(size)
        self._hash.update(data)
        self._passed += len(data)
        self._ended |= not data and size > 0
        return data

    def fraction(self) -> float | None:
        """Share of the raw bytes consumed, None where the size is unknown."""
        return min(1.0, self._passed / self.size) if self.size else None

    def advance(self, passed: int) -> None:
        """For readers that seek in the file itself: how far they are."""
        self._passed = passed

    def fingerprint(self) -> dict[str, object]:
        """Name, size and the hash of the head."""
        return {"name": os.path.basename(self.path), "size": self.size,
                "head_sha256": hashlib.sha256(self.head).hexdigest()}

    def sha256(self) -> str | None:
        """Hash of all bytes; of a stream only once it was read to its end."""
        if self.path != "-":
            try:
                with open(self.path, "rb") as file:
                    return hashlib.file_digest(file, "sha256").hexdigest()
            except OSError:
                return None
        return self._hash.hexdigest() if self._ended else None

    def seekable_file(self) -> BinaryIO:
        """The file itself; a stream is first written to a temporary file."""
        if self.path != "-":
            self.file.seek(0)
            return self.file
        spool = tempfile.TemporaryFile()  # noqa: SIM115 - given to the caller
        while data := self.read(BLOCK_BYTES):
            spool.write(data)
        spool.seek(0)
        return cast(BinaryIO, spool)

    def close(self) -> None:
        if self.path != "-":
            self.file.close()
        super().close()


def container_of(head: bytes) -> str:
    """gzip, zstd, zip or plain, by the first bytes."""
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith(b"\x28\xb5\x2f\xfd") or (
            len(head) > 4 and head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F):
        return "zstd"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    return "plain"


def plain_blocks(raw: Raw) -> Iterator[bytes]:
    """The bytes themselves."""
    while data := raw.read(BLOCK_BYTES):
        yield data


def gzip_blocks(raw: Raw) -> Iterator[bytes]:
    """All members of a gzip file, one after the other."""
    data = raw.read(BLOCK_BYTES)
    while data:
        member = zlib.decompressobj(wbits=31)
        try:
            while not member.eof:
                if not data and not (data := raw.read(BLOCK_BYTES)):
                    if block := member.flush():
                        yield block
                    raise TruncatedError("truncated: the gzip data ends too early; fetch it again")
                block = member.decompress(data, BLOCK_BYTES)
                data = member.unconsumed_tail
                if block:
                    yield block
        except zlib.error as error:
            raise DataError(f"damaged gzip data: {error}") from None
        data = (member.unused_data or raw.read(BLOCK_BYTES)).lstrip(b"\0")


def zstd_blocks(raw: Raw) -> Iterator[bytes]:
    """All frames of a zstd file; skippable ones are passed over."""
    factory = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    frame = factory.decompressobj()
    fed = False
    parts: list[bytes] = []
    size = 0
    while chunk := raw.read(BLOCK_BYTES):
        at = 0
        while at < len(chunk):
            piece = chunk[at: at + _ZSTD_PIECE]
            at += len(piece)
            while piece:
                try:
                    part = frame.decompress(piece)
                except zstandard.ZstdError as error:
                    raise DataError(f"damaged zstd data: {error}") from None
                fed = True
                if part:
                    parts.append(part)
                    size += len(part)
                piece = b""
                if frame.eof:
                    piece, frame, fed = frame.unused_data, factory.decompressobj(), False
            if size >= BLOCK_BYTES:
                yield b"".join(parts)
                parts, size = [], 0
    if size:
        yield b"".join(parts)
    if fed:
        raise TruncatedError("truncated: the zstd data ends too early; fetch the file again")


def zip_member(raw: Raw) -> tuple[str, Iterator[bytes]]:
    """Name and blocks of the one file in a zip archive."""
    try:
        archive = zipfile.ZipFile(raw.seekable_file())
    except zipfile.BadZipFile as error:
        raise TruncatedError(f"damaged or truncated zip archive: {error}") from None
    members = [m for m in archive.infolist() if not m.is_dir()]
    if len(members) != 1:
        names = ", ".join(m.filename for m in members[:5]) or "nothing"
        raise DataError(f"the zip archive holds {len(members)} files ({names}); "
                        "unpack it and name the files to read")
    if members[0].flag_bits & 1:
        raise DataError("the zip archive is encrypted")

    def blocks() -> Iterator[bytes]:
        try:
            with archive.open(members[0]) as file:
                while data := file.read(BLOCK_BYTES):
                    raw.advance(archive.fp.tell() if archive.fp else 0)
                    yield data
        except (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError) as error:
            raise TruncatedError(f"damaged or truncated zip archive: {error}") from None

    return members[0].filename, blocks()
