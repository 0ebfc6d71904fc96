"""Batches of events as columns of blocks, and back.

The codec knows the columns of each kind; what is absent from a whole block is not in it: symbols
where there is one or none, ids, receive times, and the seq of rows that is their number in the
file.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tickeng._native import codec
from tickeng.errors import DataError
from tickeng.files.batch import NO_ID, VALUES, EventBatch

KINDS = ("trade", "quote", "book", "delta")  # by their numbers in a block
_NOT_VALUES = ("ts_ns", "recv_ns", "symbol", "id", "seq")


@cache
def _rules(kind: str) -> dict[str, tuple[np.dtype[Any], bool, bool]]:
    """Type, whether it may be absent, whether it has a value a level, by name of column."""
    return {name: (dtype, optional, per_level)
            for name, dtype, optional, per_level in codec.block_columns(KINDS.index(kind))}


@dataclass(slots=True)
class Rows:
    """Rows of one kind as columns of a block. `ends` says behind which of the values of a column
    of levels each row's end; None where rows have no levels."""

    kind: str
    columns: dict[str, NDArray[Any]]
    ends: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.columns["ts_ns"])

    @property
    def seq(self) -> NDArray[np.int64]:
        return self.columns["seq"]

    @property
    def levels(self) -> int:
        """Values of a column of levels."""
        return int(self.ends[-1]) if self.ends is not None and len(self.ends) else 0

    @property
    def shape(self) -> tuple[Any, ...]:
        """What rows of one block have in common: their columns, and a book's levels."""
        depth = self.levels // len(self) if self.kind == "book" else 0
        return (self.kind, depth, *self.columns)

    def slice(self, first: int, last: int) -> Rows:
        """Rows first..last-1, without a copy."""
        start = int(self.ends[first - 1]) if self.ends is not None and first else 0
        stop = int(self.ends[last - 1]) if self.ends is not None and last else 0
        rules = _rules(self.kind)
        columns = {name: column[start:stop] if rules[name][2] else column[first:last]
                   for name, column in self.columns.items()}
        ends = None if self.ends is None else self.ends[first:last] - start
        return Rows(self.kind, columns, ends)


def joined(pieces: list[Rows]) -> Rows:
    """The rows of pieces of one shape, one piece behind the other."""
    columns = {name: np.concatenate([piece.columns[name] for piece in pieces])
               for name in pieces[0].columns}
    ends, done = [], 0
    for piece in pieces:
        if piece.ends is not None:
            ends.append(piece.ends + done)
            done += piece.levels
    return Rows(pieces[0].kind, columns, np.concatenate(ends) if ends else None)


def rows_of(batch: EventBatch, symbol: NDArray[np.uint32] | None,
            seq: NDArray[np.int64]) -> Rows:
    """The batch as columns, with codes of the file's symbols and the arrival numbers of its rows.

    DataError when its columns are not those of its kind, or not as long as they must be.
    """
    if batch.kind not in KINDS:
        raise DataError(f"a tick file holds no events of kind {batch.kind!r}, but "
                        f"{', '.join(KINDS)}")
    given = {**batch.columns, "symbol": symbol, "seq": seq}
    columns = {}
    for name, (dtype, optional, per_level) in _rules(batch.kind).items():
        column = given.get(name)
        if column is None and not optional:
            raise DataError(f"a batch of kind {batch.kind} has no column {name}")
        if column is None or (name in batch.values and optional and (column == NO_ID).all()):
            continue
        if not per_level and np.shape(column) != (len(batch),):
            raise DataError(f"column {name} of a {batch.kind} batch of {len(batch)} rows has the "
                            f"shape {np.shape(column)}")
        columns[name] = _as_type(name, np.asarray(column), dtype)
    return Rows(batch.kind, columns, _level_ends(batch.kind, columns))


def _as_type(name: str, column: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """The column in the type of the file; DataError where that would change a value."""
    if column.dtype == dtype:
        return np.ascontiguousarray(column)
    with np.errstate(invalid="ignore"):
        changed = np.ascontiguousarray(column, dtype)
        back = changed.astype(column.dtype)
    if not np.array_equal(back, column, equal_nan=column.dtype.kind == "f"):
        raise DataError(f"column {name} of type {column.dtype} has values that {dtype} does not")
    return changed


def _level_ends(kind: str, columns: dict[str, NDArray[Any]]) -> NDArray[np.int64] | None:
    """Where the levels of each row end; the columns of levels become flat."""
    names = [name for name, rule in _rules(kind).items() if rule[2]]
    rows = len(columns["ts_ns"])
    if not names:
        return None
    shapes = {columns[name].shape for name in names}
    if kind == "book":
        depth = columns[names[0]].shape[-1]
        if shapes != {(rows, depth)} or depth == 0:
            raise DataError(f"the levels of {rows} book rows have the shapes {sorted(shapes)}; "
                            "each side has prices and quantities of the shape (rows, levels)")
        columns.update({name: columns[name].reshape(-1) for name in names})
        return np.arange(depth, depth * rows + 1, depth)
    ends: NDArray[np.int64] = np.cumsum(columns["bids"].astype(np.int64) + columns["asks"])
    count = int(ends[-1]) if rows else 0
    if shapes != {(count,)}:
        raise DataError(f"delta messages that count {count} levels have prices and quantities of "
                        f"the shapes {sorted(shapes)}")
    return ends


def encoded(rows: Rows, first_row: int, names: list[str], more: bool) -> bytes:
    """The rows as one block; a seq that is the row's number in the file is left out."""
    columns = rows.columns
    if np.array_equal(rows.seq, np.arange(first_row, first_row + len(rows))):
        columns = {name: column for name, column in columns.items() if name != "seq"}
    levels = rows.levels // (len(rows) if rows.kind == "book" else 1)
    return codec.encode_block(KINDS.index(rows.kind), columns, first_row, names, levels, more)


def batch_of(block: bytes, kind: int, first_row: int, symbols: list[str]) -> EventBatch:
    """The events of a block; DataError when it is damaged or a symbol has no name."""
    columns = codec.decode_block(block)
    ts_ns, symbol = columns["ts_ns"], columns.get("symbol")
    rows, name = len(ts_ns), KINDS[kind]
    if symbol is not None and int(symbol.max()) >= len(symbols):
        raise DataError(f"symbol {int(symbol.max())} has no name")
    values = {key: columns[key] if key in columns else np.full(rows, NO_ID)
              for key in _rules(name) if key not in _NOT_VALUES}
    if name == "book":
        values = {key: column.reshape(rows, -1) for key, column in values.items()}
    return EventBatch(
        name,
        ts_ns,
        {key: values[key] for key in VALUES[name]},
        symbol if len(symbols) > 1 else None,
        symbols,
        np.arange(first_row + 1, first_row + rows + 1),
        columns.get("recv_ns"),
        columns.get("id"),
        rows_end=first_row + rows,
        seq=columns.get("seq"),
    )
