"""Holds rows back until lateness up to `hold_ns` can no longer change their order.

A row is released once a row with a timestamp at least `hold_ns` above its own has arrived; what is
released by one arrival leaves in the order (timestamp, arrival). The rule looks at each row, so the
result is the same for every way of cutting the stream into batches. A row that comes later than
the hold is released by its own arrival, and is late for the engine.
"""

import numpy as np
from numpy.typing import NDArray

from . import rows as rows_
from .rows import Rows
from .timeline import Bounds, Timeline


class Reorder:
    """The rows held back, in order of arrival, and the time they have come to."""

    def __init__(self, hold_ns: int, bounds: Bounds, *, ids: bool = False) -> None:
        self._hold_ns = hold_ns
        self.held = rows_.empty(ids=ids)
        self.time = Timeline(bounds)

    def push(self, rows: Rows, keep: NDArray[np.bool_] | None = None) -> Rows:
        """Take rows in and give back those now in order.

        Rows outside the mask `keep` move the clock and are not held.
        """
        if not len(rows):
            return rows
        clock = self.time.follow(rows.ts_ns)
        arrival = np.arange(len(rows))
        if keep is not None:
            rows, arrival = rows.take(keep), arrival[keep]
        before = np.full(len(self.held), -1)
        waiting = rows_.concat([self.held, rows]) if len(before) else rows
        arrival = np.concatenate((before, arrival))
        # The arrival that releases a row; clock.size means that it has not come yet.
        release = np.maximum(np.searchsorted(clock, waiting.ts_ns + self._hold_ns), arrival)
        stays = release >= len(clock)
        self.held = waiting.take(stays)
        leaving, release = waiting.take(~stays), release[~stays]
        return leaving.take(np.lexsort((leaving.ts_ns, release)))

    def flush(self) -> Rows:
        """Everything still held, in order, at the end of the input."""
        rest = self.held.take(np.argsort(self.held.ts_ns, kind="stable"))
        self.held = self.held.take(slice(0, 0))
        return rest
