"""Feeds the leader's ticks to the engine just ahead of the trades that may need them.

The engine queues leader ticks and applies each before the first trade with a later timestamp, so
they only have to be there in time. Trades are cut where the leader's batch ends, which keeps the
queue near one batch however long the leader file is.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .cursor import BEFORE_ALL, Cursor
from .rows import Rows

Ticks = tuple[NDArray[np.int64], NDArray[np.float64]]


class LeaderFeed:
    """The leader's source, read as far as the trades have come."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._newest_ns = max(BEFORE_ALL, cursor.place.newest_ns)
        self._ended = False

    def pair(self, rows: Rows) -> Iterator[tuple[Rows, Ticks | None]]:
        """Cut `rows` into stretches, each with the leader ticks to queue before it."""
        clock = np.maximum.accumulate(rows.ts_ns)
        start = 0
        while start < len(rows):
            end = len(rows)
            if not self._ended:
                end = int(np.searchsorted(clock, self._newest_ns, side="right"))
            if end > start:
                yield rows.take(slice(start, end)), None
                start = end
            elif ticks := self._next():
                end = int(np.searchsorted(clock, self._newest_ns, side="right"))
                yield rows.take(slice(start, max(end, start))), ticks
                start = max(end, start)

    def _next(self) -> Ticks | None:
        if not self._cursor.load():
            self._ended = True
            return None
        ticks = self._cursor.pop(len(self._cursor.pending))
        self._newest_ns = max(self._newest_ns, int(ticks.ts_ns.max()))
        self._cursor.advance(int(ticks.row[-1]), self._newest_ns)
        return ticks.ts_ns, ticks.price
