"""Feeds the leader's ticks to the engine just ahead of the trades that may need them.

The engine queues leader ticks and applies each before the first trade with a later timestamp, so
they only have to be there in time. Trades are cut where the leader's batch ends, which keeps the
queue near one batch however long the leader file is.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .cursor import Cursor
from .rows import Rows
from .timeline import BEFORE_ALL, Bounds

Ticks = tuple[NDArray[np.int64], NDArray[np.float64]]


class LeaderFeed:
    """The leader's source, read as far as the trades have come."""

    def __init__(self, cursor: Cursor, bounds: Bounds) -> None:
        self._cursor, self._bounds = cursor, bounds
        self._newest_ns = cursor.place.newest_ns
        self._ended = False

    def pair(self, rows: Rows) -> Iterator[tuple[Rows, Ticks | None]]:
        """Cut `rows` into stretches, each with the leader ticks to queue before it."""
        # A stamp that cannot be needs no leader; one that may be a jump gets its leader, for the
        # engine may take it.
        possible = self._bounds.cover(rows.ts_ns)
        clock = np.maximum.accumulate(np.where(possible, rows.ts_ns, BEFORE_ALL))
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
        self._newest_ns = self._cursor.last_key
        ticks = self._cursor.pop(len(self._cursor.pending))
        self._cursor.advance(int(ticks.row[-1]))
        return ticks.ts_ns, ticks.price
