"""The page headers of a Parquet file's columns, read before pyarrow unpacks the pages.

A page states its unpacked size, and the footer's sums are claims of their own; a few kilobytes can
hold gigabytes. Headers are Thrift structs:
PageHeader 1 type, 2 unpacked size, 3 packed size, 5 data page, 7 dictionary page, 8 data page v2;
in each of the last three 1 is the number of values.
Trap: pyarrow parses some headers that are not read here; so what is not read is refused.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, NamedTuple

from tickeng.errors import DataError
from tickeng.files.limits import CELL_BYTES, Limits, enough, mib
from tickeng.files.sources.parquet_footer import Chunk, RowGroup
from tickeng.files.sources.thrift import Thrift

_HEADER_BYTES, _LONGEST_HEADER = 1 << 9, 1 << 24
_DICTIONARY_PAGE = 2
_VALUE_BYTES = 16  # of an element in memory: a text of a few digits, or a number
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


class Page(NamedTuple):
    """What the header of a page says."""

    packed: int
    unpacked: int
    values: int
    is_dictionary: bool
    end: int  # offset in the file

    @property
    def largest(self) -> int:
        """Bytes that pyarrow takes at once for it."""
        return max(self.packed, self.unpacked)


def pages(file: BinaryIO, start: int, end: int) -> Iterator[Page]:
    """The pages of a column chunk."""
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
        at += length + packed
        yield Page(packed, unpacked, count, header.get(1) == _DICTIONARY_PAGE, at)


def check_pages(file: BinaryIO, groups: Iterable[RowGroup], wanted: set[str],
                limits: Limits) -> int:
    """The largest page of the wanted columns in these row groups.

    Raises DataError where one is above the limits or ends behind the file, before pyarrow takes
    memory for it, or where they do not hold as many values as the footer says: of more pyarrow
    would leave out the rest, and where they seem to be fewer it may see pages that were not seen
    here.

    A page whose values are longer than any value can be is refused as well: rows share a value
    of a dictionary, and so a long one would be held once a row.
    """
    largest, length = 0, file.seek(0, os.SEEK_END)
    for group in groups:
        for chunk in group.chunks:
            if chunk.column not in wanted:
                continue
            if chunk.start < 0 or chunk.values < 0:
                continue  # pyarrow refuses it
            held = 0
            for page in pages(file, chunk.start, chunk.end):
                largest = max(largest, page.largest)
                if page.end > length:
                    raise DataError(f"a page of column {chunk.column!r} ends behind the file's "
                                    "end: the file is damaged or not complete, fetch it again")
                _check_page(chunk, page.largest, page.values, limits)
                held += 0 if page.is_dictionary else page.values
            if held != chunk.values:
                raise DataError(f"column {chunk.column!r} holds {held} values where the footer "
                                f"says {chunk.values}: the file is damaged, fetch it again")
    return largest


def check_levels(groups: Iterable[RowGroup], wanted: set[str], limits: Limits) -> None:
    """Raises DataError where the lists of a row group would take more than the limits.

    How they are spread over its rows is not known before they are read, so all may come at once.
    """
    for group in groups:
        for chunk in group.chunks:
            if chunk.column in wanted and chunk.path != chunk.column:
                limits.require(chunk.values * _VALUE_BYTES,
                               f"the lists of column {chunk.column!r} in one row group")


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
