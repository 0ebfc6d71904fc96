"""The page headers of a Parquet file's columns, read before pyarrow unpacks the pages.

A page states its unpacked size, and the footer's sums are claims of their own; a few kilobytes can
hold gigabytes. Headers are Thrift structs:
PageHeader 1 type, 2 unpacked size, 3 packed size, 5 data page, 7 dictionary page, 8 data page v2;
in each of the last three 1 is the number of values.
Trap: what cannot be parsed is left to pyarrow, which says what is wrong with it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from tickeng.errors import DataError
from tickeng.files.limits import CELL_BYTES, Limits, enough, mib
from tickeng.files.sources.parquet_footer import Chunk, RowGroup
from tickeng.files.sources.thrift import Thrift

_HEADER_BYTES, _LONGEST_HEADER = 1 << 9, 1 << 24
_DICTIONARY_PAGE = 2
_FIXED_BYTES = 32  # the widest number: a decimal of 256 bits
_SLACK_BYTES = 1 << 16


def _header(file: BinaryIO, at: int, size: int) -> tuple[dict[int, Any], int] | None:
    """The header of the page at `at` and its length."""
    while size <= _LONGEST_HEADER:
        file.seek(at)
        data = file.read(size)
        source = Thrift(data)
        try:
            return source.struct(), source.at
        except IndexError:
            if len(data) < size:
                return None
            size *= 16
        except (struct.error, RecursionError):
            return None
    return None


def pages(file: BinaryIO, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """(unpacked bytes, values, whether it is a dictionary) of each page of a column chunk."""
    at = start
    while at < end:
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
        yield unpacked, count, header.get(1) == _DICTIONARY_PAGE
        at += length + packed


def check_pages(file: BinaryIO, groups: Iterable[RowGroup], wanted: set[str],
                limits: Limits) -> int:
    """The largest page of the wanted columns in these row groups.

    Raises DataError where one is above the limits, or where they hold more values than the footer
    says: pyarrow would leave out the rest.

    A page whose values are longer than any value can be is refused as well: rows share a value
    of a dictionary, and so a long one would be held once a row.
    """
    largest = 0
    for group in groups:
        for chunk in group.chunks:
            if chunk.column not in wanted:
                continue
            if chunk.start < 0 or chunk.values < 0:
                continue  # pyarrow refuses it
            held = 0
            for size, values, dictionary in pages(file, chunk.start, chunk.end):
                largest = max(largest, size)
                _check_page(chunk, size, values, limits)
                held += 0 if dictionary else values
            if held > chunk.values:
                raise DataError(f"column {chunk.column!r} holds {held} values where the footer "
                                f"says {chunk.values}: the file is damaged, fetch it again")
    return largest


def _check_page(chunk: Chunk, size: int, values: int, limits: Limits) -> None:
    if size > limits.page_bytes:
        raise DataError(
            f"a page of column {chunk.column!r} would take {mib(size)}, more than the "
            f"{mib(limits.page_bytes)} that a page may take: raise it with "
            f'max_memory="{enough(size * (limits.memory // limits.page_bytes))}"')
    widest = 4 * CELL_BYTES if chunk.text else _FIXED_BYTES
    if size > _SLACK_BYTES + values * widest:
        raise DataError(f"column {chunk.column!r} has values of about "
                        f"{size // max(1, values)} bytes, and no value has more than "
                        f"{CELL_BYTES}: leave such rows or the column out")
