"""When the beginning of a live input holds its first row.

A row is a line with a field that begins as a number does, or JSON; headers, comments and titles
have none. Binary content is recognised by its first bytes and has no lines.
Trap: a pipe gives any number of bytes, down to one, so nothing here may need the rest of a line.
"""

from __future__ import annotations

import re

BINARY_HEAD_BYTES = 32  # enough for every magic number
_BINARY = (b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06", b"\x28\xb5\x2f\xfd", b"PAR1", b"ARROW1",
           b"\xff\xff\xff\xff", b"\xff\xfe", b"\xfe\xff", b"BZh", b"\xfd7zXZ", b"DBN")
_SKIPPABLE = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")  # a zstd frame to pass over
_ROW = re.compile(rb'\s*(?:[{\[]|"?[-+.]?\d)|[^#\n]*?[,;|\t][ ]*"?[-+.]?\d')
_MOST_LINES = 20  # of a text in which no line looks like a row


def is_known_binary(head: bytes) -> bool:
    """Whether the first bytes are a container's or a binary format's, or the start of one."""
    return head.startswith(_BINARY) or bool(_SKIPPABLE.match(head))


def row_end(head: bytes) -> int | None:
    """The offset behind the first complete line that may be a row, None while there is none."""
    at = 3 if head.startswith(b"\xef\xbb\xbf") else 0
    for _ in range(_MOST_LINES):
        newline = head.find(b"\n", at)
        if newline < 0:
            return None
        if _ROW.match(head, at, newline):
            return newline + 1
        at = newline + 1
    return at
