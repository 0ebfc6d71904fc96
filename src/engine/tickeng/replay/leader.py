"""Feeds the leaders' ticks to the engine just ahead of the trades that may need them.

The engine queues leader ticks and applies each before the first trade with a later timestamp, so
they only have to be there in time. Trades are cut where a leader's batch ends, which keeps the
queues near one batch however long the leader files are.
Trap: the queue of a symbol is emptied by its own trades; one that never trades keeps its ticks.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine import Engine
from .cursor import Cursor
from .rows import Rows
from .timeline import BEFORE_ALL, Bounds

EVERY = "*"


class LeaderFeed:
    """One leader's source, read as far as the trades have come; `leads` are symbols or `*`."""

    def __init__(self, name: str, cursor: Cursor, leads: list[str], bounds: Bounds) -> None:
        self.name, self.cursor, self.leads = name, cursor, leads
        self.newest_ns, self.bounds = cursor.place.newest_ns, bounds
        self.ended = False
        self.ticks = self.late = 0
        self.rejected: Counter[str] = Counter()
        self._inside_ns: int | None = None
        self._resumed = cursor.place.row > 0  # it may have shown some before

    def next_into(self, engine: Engine, tape_ns: int) -> None:
        """Queue the next batch; `tape_ns` is the first time of the tape."""
        if not self.cursor.load():
            self.ended = True
            return
        newest_ns, times = self.cursor.last_key, self.cursor.keys
        ticks = self.cursor.pop(len(self.cursor.pending))
        self.ticks += len(ticks)
        self.late += int(np.count_nonzero(ticks.ts_ns < times))
        inside = ticks.ts_ns[ticks.ts_ns >= tape_ns]
        if self._inside_ns is None and len(inside):
            self._inside_ns = int(inside.min())
        self.newest_ns = newest_ns
        self.cursor.advance(int(ticks.row[-1]))
        for symbol in self.leads:
            engine._queue_leader(ticks.ts_ns, ticks.price, None if symbol == EVERY else symbol)

    def outside(self, last_ns: int) -> bool:
        """Whether it has shown no tick from the tape's first row to its last."""
        if self._inside_ns is None:
            return not self._resumed
        return self._inside_ns > last_ns

    def report(self) -> dict[str, Any]:
        """JSON-able counters."""
        return {
            "leads": self.leads, "file": self.cursor.source.name, "ticks": self.ticks,
            "late": self.late, "rejected": dict(self.rejected),
        }


class Leaders:
    """All leaders of a replay, ahead of one stream of trades."""

    def __init__(self, feeds: list[LeaderFeed], engine: Engine) -> None:
        self._feeds, self._engine = feeds, engine
        self._first_ns: int | None = None
        paired = [symbol for feed in feeds for symbol in feed.leads if symbol != EVERY]
        engine.intern(paired)

    def pair(self, rows: Rows) -> Iterator[Rows]:
        """Cut `rows` into stretches; before each is given, the leaders have come as far."""
        # A stamp that cannot be needs no leader; one that may be a jump gets its leader, for the
        # engine may take it.
        possible = self._feeds[0].bounds.cover(rows.ts_ns)
        clock: NDArray[np.int64] = np.maximum.accumulate(
            np.where(possible, rows.ts_ns, BEFORE_ALL))
        if self._first_ns is None and len(rows):
            self._first_ns = int(rows.ts_ns.min())
        start = 0
        while start < len(rows):
            waited = min((feed for feed in self._feeds if not feed.ended), default=None,
                         key=lambda feed: feed.newest_ns)
            end = len(rows)
            if waited:
                end = int(np.searchsorted(clock, waited.newest_ns, side="right"))
            if end > start:
                yield rows.take(slice(start, end))
                start = end
            elif waited:
                waited.next_into(self._engine, self._first_ns or 0)
