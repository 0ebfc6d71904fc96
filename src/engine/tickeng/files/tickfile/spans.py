"""Spans: the blocks of several kinds that hold what arrived in one stretch of the stream.

A span has at most one block of a kind, and every row of it arrived before every row of the next.
So a reader puts the kinds back into the recorded order with one span in memory, from a pipe too,
and a file that was cut behind a span holds a prefix of the stream.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tickeng.errors import DataError
from tickeng.files.batch import EventBatch
from tickeng.files.tickfile.columns import Rows, joined

BLOCK_LEVELS = 1 << 20  # values of a column of levels, of which a block takes 2^21


@dataclass(slots=True)
class _Block:
    """What waits of one kind."""

    pieces: list[Rows] = field(default_factory=list)
    rows: int = 0
    levels: int = 0


class Waiting:
    """Rows that wait for the span to be full: when one kind's block is, all kinds are written."""

    def __init__(self, block_rows: int) -> None:
        self._block_rows = block_rows
        self._blocks: dict[str, _Block] = {}

    def blocks(self) -> list[Rows]:
        """All that waits, a block of each kind, in the order of their first rows."""
        blocks = [joined(block.pieces) for block in self._blocks.values()]
        return sorted(blocks, key=lambda rows: int(rows.seq[0]))

    def clear(self) -> None:
        self._blocks = {}

    def fits(self, rows: Rows) -> bool:
        """Whether one block can hold these rows and those that wait."""
        block = self._blocks.get(rows.kind)
        return block is None or block.pieces[0].shape == rows.shape

    def room(self, rows: Rows) -> int:
        """How many of the rows fit; at least one if none of the kind waits."""
        block = self._blocks.get(rows.kind) or _Block()
        count = min(len(rows), self._block_rows - block.rows)
        if rows.ends is not None:
            levels = BLOCK_LEVELS - block.levels
            count = min(count, int(np.searchsorted(rows.ends, levels, side="right")))
        return count if block.rows else max(count, 1)

    def add(self, rows: Rows) -> bool:
        """Whether the block of the kind is full with these rows."""
        if not len(rows):
            return False
        block = self._blocks.setdefault(rows.kind, _Block())
        block.pieces.append(rows)
        block.rows += len(rows)
        block.levels += rows.levels
        return block.rows >= self._block_rows or block.levels >= BLOCK_LEVELS


def order_of(batches: Sequence[EventBatch]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The recorded order of the events of a span: the batch of each, and its index in the batch.

    >>> import numpy as np
    >>> from tickeng.files.batch import EventBatch
    >>> def trades(*seq):
    ...     n = np.zeros(len(seq))
    ...     batch = EventBatch.of("trade", dict(ts_ns=n, price=n, qty=n, side=n), [])
    ...     batch.seq = np.array(seq)
    ...     return batch
    >>> which, index = order_of([trades(4, 9), trades(5, 6)])
    >>> which.tolist(), index.tolist()
    ([0, 1, 1, 0], [0, 0, 1, 1])

    Raises DataError when two events have one number.
    """
    order = checked_order([seq_of(batch) for batch in batches])
    which = np.repeat(np.arange(len(batches)), [len(batch) for batch in batches])
    index = np.concatenate([np.arange(len(batch)) for batch in batches] or [np.arange(0)])
    return which[order], index[order]


def behind(span: Sequence[EventBatch], count: int) -> list[EventBatch]:
    """The span without its first events, in the recorded order."""
    which, index = order_of(span)
    kept = [np.sort(index[count:][which[count:] == number]) for number in range(len(span))]
    return [batch.take(rows) for batch, rows in zip(span, kept, strict=True) if len(rows)]


def seq_of(batch: EventBatch) -> NDArray[np.int64]:
    """The arrival numbers of a batch of a tick file, which are the rows where it has no others."""
    return batch.row - 1 if batch.seq is None else batch.seq


def checked_order(numbers: Sequence[NDArray[np.int64]]) -> NDArray[np.intp]:
    """What sorts all the numbers; DataError when a list does not increase or two are equal."""
    if any((seq[1:] <= seq[:-1]).any() for seq in numbers):
        raise DataError("the seq of a batch does not increase")
    every: NDArray[Any] = np.concatenate([*numbers, np.zeros(0, np.int64)])
    order = np.argsort(every, kind="stable")
    twice = np.flatnonzero(np.diff(every[order]) == 0)
    if len(twice):
        raise DataError(f"two events have the seq {every[order[twice[0]]]}")
    return order
