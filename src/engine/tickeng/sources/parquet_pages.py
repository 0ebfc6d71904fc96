"""The page headers of a Parquet file's columns, read before pyarrow unpacks the pages.

A page states its unpacked size, and the footer's sums are claims of their own; a few kilobytes can
hold gigabytes. Headers are Thrift structs (compact protocol):
PageHeader 1 type, 2 unpacked size, 3 packed size, 5 data page, 7 dictionary page, 8 data page v2;
in each of the last three 1 is the number of values.
Trap: what cannot be parsed is left to pyarrow, which says what is wrong with it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, BinaryIO

from tickeng.errors import DataError
from tickeng.limits import CELL_BYTES, Limits, enough, mib

_HEADER_BYTES, _LONGEST_HEADER = 1 << 9, 1 << 24
_DICTIONARY_PAGE = 2
_FIXED_BYTES = 32  # the widest number: a decimal of 256 bits
_SLACK_BYTES = 1 << 16
_DEEPEST = 16


class _Thrift:
    """Values of the compact protocol, one after the other; IndexError where the bytes end."""

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
            if byte < 0x80 or shift > 70:
                return value

    def _skip(self, size: int) -> None:
        self.at += size
        if self.at > len(self._data):
            raise IndexError(self.at)

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (1, 2):
            return kind == 1
        if kind == 3:
            return self._byte()
        if kind in (4, 5, 6):
            value = self._varint()
            return (value >> 1) ^ -(value & 1)
        if kind == 7:
            return self._skip(8)
        if kind == 8:
            return self._skip(self._varint())
        if kind in (9, 10):
            return self._list(depth)
        if kind == 12:
            return self.struct(depth + 1)
        raise struct.error(kind)

    def _list(self, depth: int) -> None:
        head = self._byte()
        count = head >> 4 if head >> 4 < 15 else self._varint()
        for _ in range(min(count, len(self._data))):
            self._value(3 if head & 15 in (1, 2) else head & 15, depth)

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


def _header(file: BinaryIO, at: int, size: int) -> tuple[dict[int, Any], int] | None:
    """The header of the page at `at` and its length."""
    while size <= _LONGEST_HEADER:
        file.seek(at)
        data = file.read(size)
        source = _Thrift(data)
        try:
            return source.struct(), source.at
        except IndexError:
            if len(data) < size:
                return None
            size *= 16
        except (struct.error, RecursionError):
            return None
    return None


def pages(file: BinaryIO, start: int, end: int, values: int) -> Iterator[tuple[int, int, bool]]:
    """(unpacked bytes, values, whether it is a dictionary) of each page of a column chunk."""
    at, seen = start, 0
    while at < end and seen < values:
        found = _header(file, at, _HEADER_BYTES)
        if found is None:
            return
        header, length = found
        unpacked, packed = header.get(2), header.get(3)
        kind = header.get(7) or header.get(5) or header.get(8)
        count = kind.get(1) if isinstance(kind, dict) else 0
        if not isinstance(unpacked, int) or not isinstance(packed, int) or packed < 0:
            return
        count = count if isinstance(count, int) and count > 0 else 0
        dictionary = header.get(1) == _DICTIONARY_PAGE
        yield unpacked, count, dictionary
        seen += 0 if dictionary else count
        at += length + packed


def check_pages(file: BinaryIO, metadata: Any, wanted: set[str], limits: Limits,
                groups: int | None = None) -> int:
    """The largest page of the wanted columns in the first row groups (None: in all).

    Raises DataError where one is above the limits.

    A page whose values are longer than any value can be is refused as well: rows share a value
    of a dictionary, and so a long one would be held once a row.
    """
    largest = 0
    for group in range(metadata.num_row_groups if groups is None else groups):
        for index in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(index)
            name = chunk.path_in_schema.split(".")[0]
            if name not in wanted:
                continue
            start = chunk.data_page_offset
            if chunk.has_dictionary_page and chunk.dictionary_page_offset:
                start = min(start, chunk.dictionary_page_offset)
            if start < 0 or chunk.num_values < 0:
                continue  # pyarrow refuses it
            text = chunk.physical_type == "BYTE_ARRAY"
            widest = 4 * CELL_BYTES if text else _FIXED_BYTES
            end = start + chunk.total_compressed_size
            for size, values, _ in pages(file, start, end, chunk.num_values):
                largest = max(largest, size)
                if size > limits.page_bytes:
                    raise DataError(
                        f"a page of column {name!r} would take {mib(size)}, more than the "
                        f"{mib(limits.page_bytes)} that a page may take: raise it with "
                        f'max_memory="{enough(size * (limits.memory // limits.page_bytes))}"')
                if size > _SLACK_BYTES + values * widest:
                    raise DataError(f"column {name!r} has values of about {size // max(1, values)} "
                                    f"bytes, and no value has more than {CELL_BYTES}: "
                                    "leave such rows or the column out")
    return largest
