"""What wraps the content: nothing, gzip, zstd, bzip2, xz or zip, opened in blocks of at most 1 MiB.

Recognised by magic number; a file packed twice (a zip of one .gz) is opened twice. Members of gzip
and frames of zstd are read as one text. An end before the container's own end is a TruncatedError,
raised behind the blocks that precede it. Before a live input (see `raw`) makes its reader wait, an
empty block says so.
Trap: a few KiB can hold GiB; no call here asks a library for more than a block of output, and what
unpacks far beyond any tape is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from tempfile import TemporaryFile
from typing import BinaryIO, cast

from tickeng.errors import DataError
from tickeng.files.limits import Limits, enough, mib
from tickeng.files.sources.dialect import as_utf8
from tickeng.files.sources.live import BINARY_HEAD_BYTES, row_end
from tickeng.files.sources.packed import BZIP2_MAGIC, GZIP_MAGIC, XZ_MAGIC, bzip2, gzip, xz
from tickeng.files.sources.raw import HEAD_BYTES, RawInput
from tickeng.files.sources.zip_member import is_zip, open_zip, zip_blocks
from tickeng.files.sources.zstd_blocks import is_zstd, zstd_blocks

MOST_LAYERS = 2
_MOST_RATIO = 250  # trades, whose times differ, are far from it
_BZIP2_BLOCK, _BZIP2_END = b"\x31\x41\x59\x26\x53\x59", b"\x17\x72\x45\x38\x50\x90"

BlockReader = Callable[[Iterator[bytes]], Iterator[bytes]]
Blocks = Iterator[bytes]
_STREAMS: dict[str, Callable[[Callable[[int], bytes], Callable[[], bool]], Blocks]] = {
    "gzip": gzip, "bzip2": bzip2, "xz": xz, "zstd": zstd_blocks,
}


class Content:
    """Decompressed content: ``container``, ``member`` (zip) and the first bytes in ``head``."""

    def __init__(self, raw: RawInput, limits: Limits) -> None:
        self.raw = raw
        self._limits = limits
        self.member: str | None = None
        self.damage: DataError | None = None  # met in the head
        self.begun = False  # whether a reader has taken some
        self.ends_open = False  # whether it had line ends and ended without one
        kind = container_of(raw.head)
        self.layers = [] if kind == "plain" else [kind]
        if kind == "zip":
            self._blocks = self._zip(raw.random_access())
        elif kind == "plain":
            self._blocks = plain_blocks(raw)
        else:
            self._blocks = _STREAMS[kind](raw.read, raw.would_block)
        self.head = self._take_head()
        while self.layers and (kind := container_of(self.head)) != "plain":
            self._open_inner(kind)
        if self.layers:
            self._blocks = self._metered(self._blocks, len(self.head))

    @property
    def container(self) -> str:
        """plain, gzip, zstd, bzip2, xz, zip; the outer one first where there are two."""
        return " of ".join(self.layers) or "plain"

    def _open_inner(self, kind: str) -> None:
        if len(self.layers) == MOST_LAYERS:
            raise DataError(f"is packed more than {MOST_LAYERS} times ({self.container} of {kind}):"
                            " unpack it first")
        packed = _all_blocks(self.head, self.damage, self._blocks)
        self.damage = None
        if kind == "zip":
            self._blocks = self._zip(self._spool(packed))
        else:
            inner = _Pulled(packed)
            self._blocks = _STREAMS[kind](inner.read, inner.would_block)
        self.layers.append(kind)
        self.head = self._take_head()

    def _zip(self, file: BinaryIO) -> Blocks:
        archive, info = open_zip(file, self.raw.name)
        self.member = info.filename
        return zip_blocks(archive, info)

    def _take_head(self) -> bytes:
        head = b""
        try:
            while len(head) < HEAD_BYTES and (block := next(self._blocks, None)) is not None:
                head += block
                if self.raw.live and _is_enough(head):
                    break
        except DataError as error:  # raised by blocks() behind what precedes it
            self.damage = error
        return head

    def _metered(self, blocks: Blocks, size: int) -> Blocks:
        """Raises DataError where what is unpacked is out of all proportion to the file.

        `size`: bytes that were unpacked before.
        """
        for block in blocks:
            size += len(block)
            self._require(size, "what it unpacks to")
            yield block

    def _require(self, size: int, what: str) -> None:
        if size > max(self._limits.memory, _MOST_RATIO * (self.raw.size or self.raw.position)):
            raise DataError(f"{what} is over {mib(size - 1)} and {_MOST_RATIO} times the file: "
                            f'read it whole with max_memory="{enough(2 * size)}"')

    def grow(self, lines: int | None, size: int, wait: bool = False) -> bool:
        """Have this many lines or bytes in the head if there are as many; true if it is all.

        What arrives over time is not waited for, unless `wait` says so.
        """
        parts, have, newlines = [self.head], len(self.head), self.head.count(b"\n")
        ended = self.damage is not None
        try:
            while (not ended and (wait or not self.raw.live) and have < size
                   and (lines is None or newlines < lines)):
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

    def blocks(self) -> Blocks:
        """All content, the head as its first block; an empty one before a wait."""
        self.begun = True
        newline, last = False, b"\n"
        for block in self._all():
            newline = newline or b"\n" in block
            last = block[-1:] or last
            yield block
        self.ends_open = newline and last not in b"\r\n"

    def _all(self) -> Blocks:
        if self.head:
            yield self.head
        if self.damage:
            raise self.damage
        yield from self._blocks  # by now they may be another reader's

    def read_by(self, reader: BlockReader) -> None:
        """Let `reader` do what is left of reading and decompressing."""
        self._blocks = reader(self._blocks)

    def random_access(self) -> BinaryIO:
        """All content as a seekable file."""
        return self._spool(self.blocks()) if self.layers else self.raw.random_access()

    def _spool(self, blocks: Blocks) -> BinaryIO:
        spool = cast(BinaryIO, TemporaryFile())  # noqa: SIM115 (raw closes it)
        self.raw.spools.append(spool)
        for block in blocks:
            spool.write(block)
            self._require(spool.tell(), "what it unpacks to")
        spool.seek(0)
        return spool


class _Pulled:
    """Blocks as an input that is read from, for the container inside another one."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self._held = b""

    def would_block(self) -> bool:
        """Whether the container around it says that a wait comes."""
        if not self._held:
            block = next(self._blocks, None)
            if block == b"":
                return True
            self._held = block or b""
        return False

    def read(self, _size: int) -> bytes:
        """The next block, whatever its size; b"" at the end."""
        block, self._held = self._held, b""
        return block or next(filter(None, self._blocks), b"")


def _is_enough(head: bytes) -> bool:
    """Of a live input: whether the head holds a row, or shows that it is binary."""
    binary = container_of(head) != "plain" or head.startswith(b"DBN")
    return (binary and len(head) >= BINARY_HEAD_BYTES) or row_end(head) is not None


def _ending(blocks: Blocks, damage: DataError) -> Blocks:
    yield from blocks
    raise damage


def _all_blocks(head: bytes, damage: DataError | None, blocks: Blocks) -> Blocks:
    if head:
        yield head
    if damage:
        raise damage
    yield from blocks


def container_of(head: bytes) -> str:
    if head.startswith(GZIP_MAGIC):
        return "gzip"
    if is_zip(head):
        return "zip"
    if head.startswith(XZ_MAGIC):
        return "xz"
    if head.startswith(BZIP2_MAGIC) and head[4:10] in (_BZIP2_BLOCK, _BZIP2_END):
        return "bzip2"
    return "zstd" if is_zstd(head) else "plain"


def plain_blocks(raw: RawInput) -> Blocks:
    while True:
        if raw.would_block():
            yield b""
        if not (block := raw.read()):
            return
        yield block
