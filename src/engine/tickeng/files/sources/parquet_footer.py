"""The row groups and column chunks of a Parquet file, as its footer states them.

Trap: pyarrow's `metadata.row_group(i).column(j)` ends the process where a chunk's statistics are
damaged (a C++ exception that its binding does not catch), and so the footer is read here; what
pyarrow reads by it raises.

FileMetaData 4 row groups; RowGroup 1 column chunks, 3 rows; ColumnChunk 3 metadata;
ColumnMetaData 1 type, 2 encodings, 3 path, 5 values, 7 packed bytes, 9 first data page,
11 dictionary page.
Source: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, BinaryIO

from tickeng.errors import DataError
from tickeng.files.sources.thrift import Thrift

_END = struct.Struct("<I4s")
_BYTE_ARRAY = 6
_DICTIONARIES, _DELTA_BYTE_ARRAY = {2, 8}, 7


@dataclass(frozen=True, slots=True)
class Chunk:
    """One column of one row group: its bytes in the file and how they are encoded."""

    path: str
    text: bool
    encodings: frozenset[int]
    values: int
    start: int
    end: int

    @property
    def column(self) -> str:
        """The column of the table; a nested one has a longer path."""
        return self.path.split(".")[0]

    @property
    def has_dictionary(self) -> bool:
        return not self.encodings.isdisjoint(_DICTIONARIES)

    @property
    def has_shared_prefixes(self) -> bool:
        return _DELTA_BYTE_ARRAY in self.encodings


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Rows that lie together."""

    rows: int
    chunks: tuple[Chunk, ...]


def row_groups(file: BinaryIO) -> list[RowGroup]:
    """The row groups of an open file. Raises DataError where the footer is damaged."""
    try:
        file.seek(-_END.size, 2)
        end = file.tell()
        size, _ = _END.unpack(file.read(_END.size))
        file.seek(end - size)
        return [_group(found) for found in Thrift(file.read(size)).struct().get(4, [])]
    except (IndexError, KeyError, TypeError, ValueError, AttributeError, struct.error,
            OSError) as error:
        raise DataError(f"the Parquet footer is damaged ({type(error).__name__}): fetch the file "
                        "again") from None


def _group(found: dict[int, Any]) -> RowGroup:
    return RowGroup(int(found[3]), tuple(_chunk(chunk[3]) for chunk in found[1]))


def _chunk(found: dict[int, Any]) -> Chunk:
    start, dictionary = int(found[9]), int(found.get(11, 0))
    if 0 < dictionary < start:
        start = dictionary
    return Chunk(b".".join(found[3]).decode("utf-8", "replace"), found[1] == _BYTE_ARRAY,
                 frozenset(found[2]), int(found[5]), start, start + int(found[7]))
