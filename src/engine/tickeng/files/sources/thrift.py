"""Structs in Thrift's compact protocol, in which Parquet keeps its footer and page headers.

Source: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

import struct
from typing import Any

_DEEPEST = 16
_LONGEST_VARINT = 70  # bits


class Thrift:
    """Values one after the other; IndexError where the bytes end, struct.error where they are none.

    A struct is a dict of field number -> value, text is bytes, a double is None.
    """

    def __init__(self, data: bytes) -> None:
        self._data, self.at = data, 0

    def _byte(self) -> int:
        value = self._data[self.at]
        self.at += 1
        return value

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80 or shift > _LONGEST_VARINT:
                return value

    def _bytes(self, size: int) -> bytes:
        begin, self.at = self.at, self.at + size
        if self.at > len(self._data):
            raise IndexError(self.at)
        return self._data[begin:self.at]

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (1, 2):
            return kind == 1
        if kind == 3:
            return self._byte()
        if kind in (4, 5, 6):
            value = self._varint()
            return (value >> 1) ^ -(value & 1)
        if kind == 7:
            self._bytes(8)
            return None
        if kind == 8:
            return self._bytes(self._varint())
        if kind in (9, 10):
            return self._list(depth + 1)
        if kind == 12:
            return self.struct(depth + 1)
        raise struct.error(kind)

    def _list(self, depth: int) -> list[Any]:
        if depth > _DEEPEST:
            raise struct.error(depth)
        head = self._byte()
        count = head >> 4 if head >> 4 < 15 else self._varint()
        kind = 3 if head & 15 in (1, 2) else head & 15
        if count > len(self._data) - self.at:  # each takes a byte at least
            raise IndexError(count)
        return [self._value(kind, depth) for _ in range(count)]

    def struct(self, depth: int = 0) -> dict[int, Any]:
        """Field -> value."""
        if depth > _DEEPEST:
            raise struct.error(depth)
        found: dict[int, Any] = {}
        field = 0
        while head := self._byte():
            if head >> 4:
                field += head >> 4
            else:
                number = self._varint()
                field = (number >> 1) ^ -(number & 1)
            found[field] = self._value(head & 15, depth)
        return found
