"""Messages of changes whose rows do not stand together, found by messages that come again.

A snapshot in two pieces would be half a book, and of a numbered message in two pieces the second
one would be left out as old. So a message whose symbol, times and numbers have just been those of
another one, or of two snapshots at one time, is an error unless it says the same once more.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tickeng.errors import DataError
from tickeng.files.batch import NO_ID, NUMBERS, EventBatch
from tickeng.files.values import is_refused


class RowError(DataError):
    """What is wrong with a row; the file's name is added by what knows it."""

    def __init__(self, row: int, text: str) -> None:
        super().__init__(text)
        self.row = row

    def __reduce__(self) -> tuple[type[RowError], tuple[int, str]]:
        return RowError, (self.row, str(self))


_SYMBOLS = 1 << 12  # of so many the last message is remembered


class Repeats:
    """Remembers the last message of each symbol that is a snapshot or has a number."""

    def __init__(self) -> None:
        self._last: dict[int, tuple[Any, ...]] = {}

    def check(self, batch: EventBatch) -> None:
        """Raises RowError where a message of the batch is a piece of one before it."""
        values = batch.values
        told = (values["snapshot"] != 0) | (values["last"] != NO_ID)
        which = np.flatnonzero(told & ~is_refused(values))
        if not len(which):
            return
        symbol = (np.zeros(len(batch), np.uint32) if batch.symbol is None
                  else batch.symbol)[which]
        which = which[np.argsort(symbol, kind="stable")]
        symbol = np.sort(symbol)
        times = [batch.ts_ns[which], *([] if batch.recv_ns is None else [batch.recv_ns[which]])]
        same = np.append(False, symbol[1:] == symbol[:-1])
        for column in times:
            same[1:] &= column[1:] == column[:-1]
        ends = np.flatnonzero(symbol != np.append(symbol[1:], symbol[-1] + 1))
        begins = np.append(0, ends[:-1] + 1)
        stops = np.cumsum(values["bids"].astype(np.int64) + values["asks"])
        for n in np.flatnonzero(same):
            self._compare(*(_message(batch, int(which[i]), stops) for i in (n - 1, n)))
        for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
            code, first = int(symbol[begin]), _message(batch, int(which[begin]), stops)
            before = self._last.pop(code, None)
            if before is not None and before[1] == first[1]:
                self._compare(before, first)
            self._last[code] = _message(batch, int(which[end]), stops)
            if len(self._last) > _SYMBOLS:
                del self._last[next(iter(self._last))]

    def _compare(self, one: tuple[Any, ...], other: tuple[Any, ...]) -> None:
        (_, _, numbers, levels), (row, _, again, others) = one, other
        snapshots = numbers[0] and again[0]
        if levels == others or (numbers != again and not snapshots):
            return
        if numbers != again:
            raise RowError(row, "ends the second of two snapshots of one time: if they are one, "
                                'whose rows have numbers of their own, leave these out with '
                                'map="first=none,last=none"')
        raise RowError(row, "ends a message whose rows do not stand together: sort the file so that"
                            " they do")


def _message(batch: EventBatch, at: int, stops: NDArray[np.int64]) -> tuple[Any, ...]:
    """Row, times, what kind and which numbers, and the bits of the levels of a message; `stops`:
    where the levels of each end."""
    values, levels = batch.values, slice(int(stops[at - 1]) if at else 0, int(stops[at]))
    times = int(batch.ts_ns[at]), None if batch.recv_ns is None else int(batch.recv_ns[at])
    numbers = tuple(int(values[name][at]) for name in ("snapshot", *NUMBERS))
    return (int(batch.row[at]), times, numbers,
            hash((values["bids"][at].item(), values["price"][levels].tobytes(),
                  values["qty"][levels].tobytes())))
