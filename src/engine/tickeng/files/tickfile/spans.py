"""Spans: the blocks of several kinds that hold what arrived in one stretch of the stream.

A span has at most one block of a kind, and every row of it arrived before every row of the next.
So a reader puts the kinds back into the recorded order with one span in memory, from a pipe too,
and a file that was cut behind a span holds a prefix of the stream.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tickeng.errors import DataError
from tickeng.files.batch import EventBatch
from tickeng.files.tickfile.columns import Rows, joined

BLOCK_LEVELS = 1 << 20  # values of a column of levels, of which a block takes 2^21


class Waiting:
    """Rows that wait for the span to be full: when one kind's block is, all kinds are written."""

    def __init__(self, block_rows: int) -> None:
        self._block_rows = block_rows
        self._pieces: dict[str, list[Rows]] = {}

    def __bool__(self) -> bool:
        return bool(self._pieces)

    def take(self) -> list[Rows]:
        """All that waits, a block of each kind, in the order of their first rows."""
        blocks = [joined(pieces) for pieces in self._pieces.values()]
        self._pieces = {}
        return sorted(blocks, key=lambda rows: int(rows.seq[0]))

    def fits(self, rows: Rows) -> bool:
        """Whether a block takes these rows beside those that wait."""
        waiting = self._pieces.get(rows.kind)
        return not waiting or waiting[0].shape == rows.shape

    def room(self, rows: Rows) -> int:
        """How many of the rows fit; at least one if none of the kind waits."""
        waiting = self._pieces.get(rows.kind, [])
        count = min(len(rows), self._block_rows - sum(len(piece) for piece in waiting))
        if rows.ends is not None:
            levels = BLOCK_LEVELS - sum(piece.levels for piece in waiting)
            count = min(count, int(np.searchsorted(rows.ends, levels, side="right")))
        return count if waiting else max(count, 1)

    def full(self, kind: str) -> bool:
        waiting = self._pieces.get(kind, [])
        return (sum(len(piece) for piece in waiting) >= self._block_rows
                or sum(piece.levels for piece in waiting) >= BLOCK_LEVELS)

    def add(self, rows: Rows) -> None:
        if len(rows):
            self._pieces.setdefault(rows.kind, []).append(rows)


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
