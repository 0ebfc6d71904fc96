"""Rows of a run in blocks of fixed length, and their digests.

Where a run is cut into pieces must not show, so blocks are counted in rows from the first one. A
digest of a column is sum(w[i] * (x[i] ^ x[i] >> 32)) mod 2^64 over its 64-bit words, with fixed odd
random weights: one changed cell always shows, more than one cancel with a chance below 2^-31.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError

BLOCK = 50_000
NOT_COMPARED = ("source",)  # says which file a row is of; a resumed run numbers files anew
_WEIGHTS = np.random.PCG64(20240607).random_raw(BLOCK) | np.uint64(1)

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a run; `first` is the number of the first one, from 0."""

    first: int
    columns: Columns

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def compared(self) -> Columns:
        """The columns whose bits must agree."""
        return {name: c for name, c in self.columns.items() if name not in NOT_COMPARED}


def in_blocks(pieces: Iterator[Columns]) -> Iterator[Block]:
    """The rows of all pieces in blocks of BLOCK rows; the last one may be shorter.

    Raises:
        DataError: of the pieces, behind the rows before it.
    """
    waiting: list[Columns] = []
    rows = first = 0
    failed: DataError | None = None
    while (piece := _next(pieces)) is not None:
        if isinstance(piece, DataError):
            failed = piece
            break
        waiting.append(piece)
        rows += len(next(iter(piece.values())))
        while rows >= BLOCK:
            joined = _joined(waiting)
            yield Block(first, {name: column[:BLOCK] for name, column in joined.items()})
            waiting = [{name: column[BLOCK:] for name, column in joined.items()}]
            first, rows = first + BLOCK, rows - BLOCK
    if rows:
        yield Block(first, _joined(waiting))
    if failed:
        raise failed


def _next(pieces: Iterator[Columns]) -> Columns | DataError | None:
    try:
        return next(pieces, None)
    except DataError as error:
        return error


def _joined(pieces: list[Columns]) -> Columns:
    if len(pieces) == 1:
        return pieces[0]
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}


def words(column: NDArray[Any]) -> NDArray[np.uint64]:
    """The bytes of a column as 64-bit words, with zeros behind the last one."""
    data = np.ascontiguousarray(column).view(np.uint8)
    if len(data) % 8:
        data = np.append(data, np.zeros(-len(data) % 8, np.uint8))
    return data.view(np.uint64)


def digest(column: NDArray[Any]) -> int:
    """The digest of one column of a block."""
    values = words(column)
    folded = values ^ (values >> np.uint64(32))
    return int(np.dot(folded, _WEIGHTS[: len(values)]))


@dataclass(slots=True)
class Digests:
    """What is kept of a run: for each block its rows and the digest of each column."""

    names: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    values: list[list[int]] = field(default_factory=list)

    def add(self, block: Block) -> None:
        """Keep the digests of the block that follows."""
        columns = block.compared()
        self.names = list(columns)
        self.rows.append(len(block))
        self.values.append([digest(column) for column in columns.values()])

    @property
    def total(self) -> int:
        """Rows in all blocks."""
        return sum(self.rows)

    def hex(self) -> str:
        """One digest of all: SHA-256 over column names, rows and digests."""
        return hashlib.sha256(repr((self.names, self.rows, self.values)).encode()).hexdigest()

    def head(self, blocks: int) -> "Digests":
        """Those of the first blocks."""
        return Digests(self.names, self.rows[:blocks], self.values[:blocks])

    def first_unequal(self, other: "Digests") -> int | None:
        """The number of the first block in which two runs differ; None if there is none."""
        if self.names != other.names and self.names and other.names:
            return 0
        mine, theirs = (list(zip(d.rows, d.values, strict=True)) for d in (self, other))
        for number, (one, two) in enumerate(zip(mine, theirs, strict=False)):
            if one != two:
                return number
        return None if len(mine) == len(theirs) else min(len(mine), len(theirs))

    def unequal_columns(self, other: "Digests", number: int) -> list[str]:
        """The columns whose digests of one block differ."""
        if number >= min(len(self.values), len(other.values)):
            return []
        pairs = zip(self.names, self.values[number], other.values[number], strict=True)
        return [name for name, one, two in pairs if one != two]
