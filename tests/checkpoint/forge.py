"""Checkpoints that nobody damaged: their digest is right, and they are not what they say."""

import hashlib
import struct

import zstandard

from tickeng.checkpoint.layout import HEAD, HEADER_BYTES


def forged(data: bytes, offset: int = 0, value: bytes = b"", frame: bytes | None = None) -> bytes:
    """Changed bytes, or another frame, with a digest that is right again."""
    head = bytearray(data[: HEAD.size])
    head[offset : offset + len(value)] = value
    frame = data[HEADER_BYTES:] if frame is None else frame
    return bytes(head) + hashlib.sha256(bytes(head) + frame).digest() + frame


def packed(*parts: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(b"".join(parts))


def described(data: bytes, text: bytes, state: bytes) -> bytes:
    """The header of `data` before another description and state."""
    frame = packed(struct.pack("<Q", len(text)), text, state)
    return forged(data, 24, struct.pack("<QQ", len(frame), 8 + len(text) + len(state)), frame)
