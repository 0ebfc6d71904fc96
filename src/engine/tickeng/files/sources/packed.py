"""gzip, bzip2 and xz from a stream of bytes, in blocks of at most 1 MiB, to an end that is checked.

Files may hold several streams one after the other, with zeros between and behind them. Before a
read makes its reader wait, an empty block says so.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from tickeng.errors import DataError, TruncatedError
from tickeng.files.sources.raw import BLOCK_BYTES

GZIP_MAGIC = b"\x1f\x8b"
BZIP2_MAGIC = b"BZh"
XZ_MAGIC = b"\xfd7zXZ\0"
_XZ_MEMORY = 1 << 28  # xz -9 takes 65 MiB

Read = Callable[[int], bytes]
WouldBlock = Callable[[], bool]


def gzip(read: Read, would_block: WouldBlock) -> Iterator[bytes]:
    """Raises DataError, TruncatedError."""
    member, data = None, b""
    while True:
        if not data and would_block():
            yield b""
        if not data and not (data := read(BLOCK_BYTES)):
            break
        if member is None:
            data = data.lstrip(b"\0")  # padding between members and behind the last
            if not data:
                continue
            member = zlib.decompressobj(wbits=31)
        try:
            block = member.decompress(data, BLOCK_BYTES)
        except zlib.error as error:
            raise _damaged("gzip", error) from None
        data = member.unused_data if member.eof else member.unconsumed_tail
        if member.eof:
            member = None
        if block:
            yield block
    if member is not None:
        # What zlib still holds back fits a block: its input is used up.
        if rest := member.flush(BLOCK_BYTES):
            yield rest
        raise _truncated("gzip")


def bzip2(read: Read, would_block: WouldBlock) -> Iterator[bytes]:
    """Raises DataError, TruncatedError."""
    return _streams("bzip2", read, would_block, bz2.BZ2Decompressor)


def xz(read: Read, would_block: WouldBlock) -> Iterator[bytes]:
    """Raises DataError, TruncatedError."""
    return _streams("xz", read, would_block,
                    lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY))


def _streams(name: str, read: Read, would_block: WouldBlock,
             decompressor: Callable[[], Any]) -> Iterator[bytes]:
    stream, data = None, b""
    while True:
        if not data and would_block():
            yield b""
        if not data and not (data := read(BLOCK_BYTES)):
            break
        if stream is None:
            data = data.lstrip(b"\0")
            if not data:
                continue
            stream = decompressor()
        try:
            block = stream.decompress(data, BLOCK_BYTES)
            while block:
                yield block
                block = b"" if stream.eof or stream.needs_input else stream.decompress(
                    b"", BLOCK_BYTES)
        except (OSError, lzma.LZMAError, EOFError) as error:
            raise _damaged(name, error) from None
        data = stream.unused_data if stream.eof else b""
        if stream.eof:
            stream = None
    if stream is not None:
        raise _truncated(name)


def _damaged(name: str, error: Exception) -> DataError:
    return DataError(f"{name} stream is damaged ({error}): fetch the file again")


def _truncated(name: str) -> TruncatedError:
    return TruncatedError(f"{name} stream is truncated (ends too early): fetch the file again")
