"""Zstandard frames from a stream of bytes: bounded output, and an end that is checked.

zstandard's stream_reader ends in silence where a frame is cut short, and its decompressobj answers
4 bytes of input with up to 128 KiB of output. So the frame structure (RFC 8878) is followed here:
the decompressor gets a few whole blocks at a time, and the input must end with a
frame.

offset  size  of a frame
0       4     magic FD2FB528, or 184D2A5? of a skippable frame, followed by its u32 length
4       1     descriptor: bits 7-6 content size field, 5 single segment, 2 checksum, 1-0 dictionary
5       0-13  window descriptor, dictionary id, content size
        3     each block: bit 0 last, bits 2-1 type (0 raw, 1 run, 2 compressed), 21 bits of size
        4     checksum, if announced
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import zstandard

from tickeng.errors import DataError, TruncatedError

FRAME_MAGIC = 0xFD2FB528
SKIPPABLE_MAGIC = 0x184D2A50
MAX_WINDOW_BYTES = 128 << 20
MAX_BLOCK_BYTES = 128 << 10
BLOCKS_AT_ONCE = 8  # at most 1 MiB of output
READ_BYTES = 1 << 18


def is_zstd(head: bytes) -> bool:
    magic = int.from_bytes(head[:4], "little")
    return len(head) >= 4 and (magic == FRAME_MAGIC or magic & ~0xF == SKIPPABLE_MAGIC)


class _Input:
    """Bytes of the raw stream, taken in exact pieces."""

    def __init__(self, read: Callable[[int], bytes], would_block: Callable[[], bool]) -> None:
        self._read = read
        self._would_block = would_block
        self._data = b""
        self._at = 0

    def waits_for(self, size: int) -> bool:
        """Whether taking `size` bytes makes the reader wait."""
        return len(self._data) - self._at < size and self._would_block()

    def waits_for_block(self, behind: int) -> bool:
        """Whether a whole block, and `behind` bytes if it is the last, makes the reader wait."""
        if len(self._data) - self._at < 3:
            return self._would_block()
        word = int.from_bytes(self._data[self._at:self._at + 3], "little")
        size = 1 if word >> 1 & 3 == 1 else word >> 3
        return self.waits_for(3 + size + (behind if word & 1 else 0))

    def at_end(self) -> bool:
        return self._at == len(self._data) and not self._fill(1)

    def _fill(self, size: int) -> bool:
        while len(self._data) - self._at < size:
            more = self._read(READ_BYTES)
            if not more:
                return False
            self._data = self._data[self._at:] + more
            self._at = 0
        return True

    def take(self, size: int) -> bytes:
        if not self._fill(size):
            raise TruncatedError("zstd stream is truncated (ends too early): fetch the file again")
        piece = self._data[self._at:self._at + size]
        self._at += size
        return piece

    def skip(self, size: int) -> None:
        while size:
            size -= len(self.take(min(size, READ_BYTES)))


def zstd_blocks(read: Callable[[int], bytes],
                would_block: Callable[[], bool]) -> Iterator[bytes]:
    """Decompressed content of all frames, b"" before a wait. Raises TruncatedError, DataError."""
    source = _Input(read, would_block)
    decompressor = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW_BYTES)
    while True:
        if source.waits_for(1):
            yield b""
        if source.at_end():
            return
        magic_bytes = source.take(4)
        magic = int.from_bytes(magic_bytes, "little")
        if magic & ~0xF == SKIPPABLE_MAGIC:
            source.skip(int.from_bytes(source.take(4), "little"))
        elif magic == FRAME_MAGIC:
            try:
                yield from _frame(source, magic_bytes, decompressor)
            except zstandard.ZstdError as error:
                raise DataError(f"zstd frame is damaged ({error}): fetch the file again") from None
        else:
            raise DataError("zstd frame is followed by something else: fetch the file again")


def _frame(source: _Input, magic: bytes,
           decompressor: zstandard.ZstdDecompressor) -> Iterator[bytes]:
    header, checksum = _frame_header(source)
    frame = decompressor.decompressobj()
    piece, blocks, last = magic + header, 0, False
    while not last:
        if source.waits_for_block(4 * checksum):  # give what is there before the wait
            yield frame.decompress(piece) if piece else b""
            yield b""
            piece, blocks = b"", 0
        try:
            head = source.take(3)
            value = int.from_bytes(head, "little")
            last, kind, size = bool(value & 1), value >> 1 & 3, value >> 3
            if kind == 3 or size > MAX_BLOCK_BYTES:
                raise DataError("zstd block is damaged: fetch the file again")
            piece += head + source.take(1 if kind == 1 else size)
            piece += source.take(4) if last and checksum else b""
        except TruncatedError:
            if out := frame.decompress(piece):
                yield out  # the whole blocks before the cut
            raise
        blocks += 1
        if last or blocks == BLOCKS_AT_ONCE:
            if out := frame.decompress(piece):
                yield out
            piece, blocks = b"", 0


def _frame_header(source: _Input) -> tuple[bytes, bool]:
    """Header bytes behind the magic number, and whether a checksum ends the frame."""
    descriptor = source.take(1)
    flags = descriptor[0]
    single_segment = bool(flags & 0x20)
    dictionary = (0, 1, 2, 4)[flags & 3]
    content = (1 if single_segment else 0, 2, 4, 8)[flags >> 6]
    window = b"" if single_segment else source.take(1)
    rest = source.take(dictionary + content)
    if single_segment:
        size = int.from_bytes(rest[dictionary:], "little") + (256 if content == 2 else 0)
    else:
        base = 1 << (10 + (window[0] >> 3))
        size = base + (base >> 3) * (window[0] & 7)
    if size > MAX_WINDOW_BYTES:
        raise DataError(f"zstd frame wants a window of {size >> 20} MiB, more than "
                        f"{MAX_WINDOW_BYTES >> 20}: recompress it without --long or --ultra")
    return descriptor + window + rest, bool(flags & 4)
