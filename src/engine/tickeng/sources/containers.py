"""What wraps the content: nothing, gzip, zstd or zip, opened in blocks of at most 1 MiB.

Recognised by magic number. Members of gzip and frames of zstd are read as one text. An end before
the container's own end is a TruncatedError, raised behind the blocks that precede it. Before a
live input (see `raw`) makes its reader wait, an empty block says so.
Trap: a few KiB can hold GiB; no call here asks a library for more than a block of output.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from tempfile import TemporaryFile
from typing import BinaryIO, cast

from tickeng.errors import DataError, TruncatedError
from tickeng.sources.dialect import as_utf8
from tickeng.sources.live import row_end
from tickeng.sources.raw import BLOCK_BYTES, HEAD_BYTES, RawInput
from tickeng.sources.zstd_blocks import is_zstd, zstd_blocks

GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGIC = b"PK\x03\x04"
EMPTY_ZIP_MAGIC = b"PK\x05\x06"


BlockReader = Callable[[Iterator[bytes]], Iterator[bytes]]


class Content:
    """Decompressed content: ``container``, ``member`` (zip) and the first bytes in ``head``."""

    def __init__(self, raw: RawInput) -> None:
        self.raw = raw
        self.container = container_of(raw.head)
        self.member: str | None = None
        self._blocks = self._open()
        self.damage: DataError | None = None  # met in the head
        self.head = self._take_head()

    def _open(self) -> Iterator[bytes]:
        if self.container == "gzip":
            return gzip_blocks(self.raw)
        if self.container == "zstd":
            return zstd_blocks(self.raw.read, self.raw.would_block)
        if self.container == "zip":
            archive, info = open_zip(self.raw.random_access())
            self.member = info.filename
            return zip_blocks(archive, info)
        return plain_blocks(self.raw)

    def _take_head(self) -> bytes:
        head = b""
        try:
            while len(head) < HEAD_BYTES and (block := next(self._blocks, None)) is not None:
                head += block
                if self.raw.live and row_end(head) is not None:
                    break
        except DataError as error:  # raised by blocks() behind what precedes it
            self.damage = error
        return head

    def grow(self, lines: int, size: int) -> bool:
        """Have this many lines or bytes in the head if there are as many; true if it is all.

        What arrives over time is not waited for.
        """
        parts, have, newlines = [self.head], len(self.head), self.head.count(b"\n")
        ended = self.damage is not None
        try:
            while not ended and not self.raw.live and have < size and newlines < lines:
                block = next(self._blocks, None)
                ended = block is None
                if block is None:
                    break
                parts.append(block)
                have, newlines = have + len(block), newlines + block.count(b"\n")
        except DataError as error:
            self.damage = error
        self.head = b"".join(parts)
        return ended

    def transcode(self, encoding: str) -> None:
        """Have text of another encoding as UTF-8 from its beginning on."""
        damage, self.damage = self.damage, None
        before = chain([self.head], self._blocks)
        self._blocks = as_utf8(before if damage is None else _ending(before, damage), encoding)
        self.head = self._take_head()

    def blocks(self) -> Iterator[bytes]:
        """All content, the head as its first block; an empty one before a wait."""
        if self.head:
            yield self.head
        if self.damage:
            raise self.damage
        yield from self._blocks

    def read_by(self, reader: BlockReader) -> None:
        """Let `reader` do what is left of reading and decompressing."""
        self._blocks = reader(self._blocks)

    def random_access(self) -> BinaryIO:
        """All content as a seekable file."""
        if self.container == "plain":
            return self.raw.random_access()
        spool = cast(BinaryIO, TemporaryFile())  # noqa: SIM115 (the caller reads it)
        for block in self.blocks():
            spool.write(block)
        spool.seek(0)
        return spool


def _ending(blocks: Iterator[bytes], damage: DataError) -> Iterator[bytes]:
    yield from blocks
    raise damage


def container_of(head: bytes) -> str:
    if head.startswith(GZIP_MAGIC):
        return "gzip"
    if head.startswith((ZIP_MAGIC, EMPTY_ZIP_MAGIC)):
        return "zip"
    return "zstd" if is_zstd(head) else "plain"


def plain_blocks(raw: RawInput) -> Iterator[bytes]:
    while True:
        if raw.would_block():
            yield b""
        if not (block := raw.read()):
            return
        yield block


def gzip_blocks(raw: RawInput) -> Iterator[bytes]:
    member, data = None, b""
    while True:
        if not data and raw.would_block():
            yield b""
        if not data and not (data := raw.read()):
            break
        if member is None:
            data = data.lstrip(b"\0")  # padding between members and behind the last
            if not data:
                continue
            member = zlib.decompressobj(wbits=31)
        try:
            block = member.decompress(data, BLOCK_BYTES)
        except zlib.error as error:
            raise DataError(f"gzip stream is damaged ({error}): fetch the file again") from None
        data = member.unused_data if member.eof else member.unconsumed_tail
        if member.eof:
            member = None
        if block:
            yield block
    if member is not None:
        # What zlib still holds back fits a block: its input is used up.
        if rest := member.flush(BLOCK_BYTES):
            yield rest
        raise TruncatedError("gzip stream is truncated (ends too early): fetch the file again")


def open_zip(file: BinaryIO) -> tuple[zipfile.ZipFile, zipfile.ZipInfo]:
    """The archive and its only data member; nothing is ever written under a member's name."""
    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile:
        raise TruncatedError("zip archive is truncated (no directory at its end): "
                             "fetch it again") from None
    except (NotImplementedError, ValueError, OSError) as error:
        raise DataError(f"zip archive cannot be read ({error})") from None
    members = [m for m in archive.infolist()
               if not m.is_dir() and not m.filename.startswith("__MACOSX/")]
    if len(members) != 1:
        names = ", ".join(m.filename for m in members[:5]) or "none"
        raise DataError(f"zip archive holds {len(members)} files ({names}), expected one: "
                        "unpack it and give the files one by one")
    return archive, members[0]


def zip_blocks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with archive.open(info) as member:
            while block := member.read(BLOCK_BYTES):
                yield block
    except EOFError:
        raise TruncatedError(f"zip member {info.filename} is truncated: fetch it again") from None
    except RuntimeError:
        raise DataError(f"zip member {info.filename} is encrypted: unpack it first") from None
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError) as error:
        raise DataError(f"zip member {info.filename} is damaged ({error}): "
                        "fetch the file again") from None
