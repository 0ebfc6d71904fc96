"""The few fields of FlatBuffers that Arrow's messages and footers are read for.

    u32 offset of the root table; a table begins with the i32 distance back to its list of fields
    list of fields: u16 its bytes, u16 the table's bytes, u16 offset of each field (0: absent)
    a table or vector as a field: u32 distance forward; a vector: u32 count, then its elements
"""

from __future__ import annotations

import struct


class Table:
    """A FlatBuffers table; absent fields are None. IndexError, struct.error where it is damaged."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at
        self._fields = at - number(data, at, "<i")
        self._count = (number(data, self._fields, "<H") - 4) // 2

    @classmethod
    def root(cls, data: bytes) -> Table:
        """The table that the buffer holds."""
        return cls(data, number(data, 0, "<I"))

    def field(self, index: int) -> int | None:
        """Where in the buffer a field lies."""
        if index >= self._count:
            return None
        offset = number(self._data, self._fields + 4 + 2 * index, "<H")
        return self._at + offset if offset else None

    def number(self, index: int, form: str) -> int:
        """A number; 0 where it is absent."""
        at = self.field(index)
        return 0 if at is None else number(self._data, at, form)

    def table(self, index: int) -> Table | None:
        """A table inside this one."""
        at = self.field(index)
        return None if at is None else Table(self._data, at + number(self._data, at, "<I"))

    def structs(self, index: int, form: struct.Struct) -> list[tuple[int, ...]]:
        """A vector of structs."""
        at = self.field(index)
        if at is None:
            return []
        at += number(self._data, at, "<I")
        count = number(self._data, at, "<I")
        end = at + 4 + count * form.size
        if at < 0 or end > len(self._data):
            raise IndexError(end)
        return list(form.iter_unpack(self._data[at + 4:end]))


def number(data: bytes, at: int, form: str) -> int:
    """The number at byte `at`."""
    if at < 0:
        raise IndexError(at)
    return int(struct.unpack_from(form, data, at)[0])
