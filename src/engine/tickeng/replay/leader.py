"""Feeds the leaders' ticks to the engine just ahead of the trades that may need them.

The engine queues leader ticks and applies each before the first trade with a later timestamp, so
they only have to be there in time. Trades are cut where a leader's batch ends, which keeps the
queues near one batch however long the leader files are.

A queue is emptied by the trades of its symbols. Where these do not come, MOST_WAITING ticks and a
batch stay; older ones, if trades of other symbols have left them behind, are released: only the
last two count for a trade that is later than all of them. One that is not is refused, since it
would see a leader that it could not have seen.
Trap: a stray stamp has the leader read up to it, and those ticks wait until trades come there.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..engine import Engine
from ..errors import DataError
from ..files.batch import SEVERAL
from .cursor import Cursor, Names
from .rows import KINDS, Rows
from .timeline import BEFORE_ALL, Bounds

EVERY = "*"
MOST_WAITING = 1 << 20  # 16 bytes each
_NO_MID = "no_mid"  # a quote or book of a leader with an empty side, or whose sides meet


class Queue(NamedTuple):
    """A queue of the engine: that of a symbol, of all that have none of their own (`*`), or of the
    kernels that name the leader."""

    symbol: str
    leader: str = ""

    @property
    def keywords(self) -> dict[str, str | None]:
        """As the engine is told."""
        return {"symbol": None if self.symbol == EVERY else self.symbol,
                "leader": self.leader or None}


def _prices(ticks: Rows) -> NDArray[np.float64]:
    """Those of trades, or between the best prices of quotes and books: NaN where a side is empty or
    bid and ask meet, which is no market."""
    if not len(ticks) or ticks.kinds == ["trade"]:
        return ticks.values["trade"]["price"] if len(ticks) else np.empty(0)
    bid, ask = (ticks.values[ticks.kinds[0]][side] for side in ("bid", "ask"))
    if bid.ndim > 1:
        bid, ask = bid[:, 0], ask[:, 0]
    return np.where(bid < ask, (bid + ask) / 2, np.nan)


class LeaderFeed:
    """One leader's source, read as far as the trades have come; `leads` are symbols or `*`,
    `named` says that kernels name it."""

    def __init__(self, name: str, cursor: Cursor, leads: list[str], bounds: Bounds,
                 named: bool = False) -> None:
        self.name, self.cursor, self.leads, self.named = name, cursor, leads, named
        self.queues = [*map(Queue, leads), *([Queue(EVERY, name)] if named else [])]
        self.newest_ns, self.bounds = cursor.place.newest_ns, bounds
        self.ended = False
        self.ticks = self.late = self.released = 0
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
        self.cursor.advance(int(ticks.row[-1]))
        if self.cursor.kind == SEVERAL:
            mine = ticks.is_of(next(kind for kind in KINDS if kind in self.cursor.source.kinds))
            ticks, times = ticks.take(mine), times[mine]
        self.ticks += len(ticks)
        self.late += int(np.count_nonzero(ticks.ts_ns < times))
        inside = ticks.ts_ns[ticks.ts_ns >= tape_ns]
        if self._inside_ns is None and len(inside):
            self._inside_ns = int(inside.min())
        self.newest_ns, prices = newest_ns, _prices(ticks)
        if without := int(np.count_nonzero(np.isnan(prices))):
            self.rejected[_NO_MID] += without
            ticks, prices = ticks.take(~np.isnan(prices)), prices[~np.isnan(prices)]
        for queue in self.queues:
            self.released += engine._release_leader(MOST_WAITING, **queue.keywords)
            engine._queue_leader(ticks.ts_ns, prices, **queue.keywords)

    def outside(self, last_ns: int) -> bool:
        """Whether it has shown no tick from the tape's first row to its last."""
        if self._inside_ns is None:
            return not self._resumed
        return self._inside_ns > last_ns

    def report(self) -> dict[str, Any]:
        """JSON-able counters."""
        return {
            "leads": self.leads, "named": self.named, "file": self.cursor.source.name,
            "ticks": self.ticks, "late": self.late, "rejected": dict(self.rejected),
            "released": self.released,
        }


class Leaders:
    """All leaders of a replay, ahead of one stream of trades; `labels` names its sources."""

    def __init__(
        self, feeds: list[LeaderFeed], engine: Engine, names: Names, labels: Sequence[str]
    ) -> None:
        self._feeds, self._engine = feeds, engine
        self._first_ns: int | None = None
        self._paired = [symbol for feed in feeds for symbol in feed.leads if symbol != EVERY]
        engine.intern(self._paired)
        self._released = Released(feeds, engine, names, labels)

    def pair(self, rows: Rows) -> Iterator[Rows]:
        """Cut `rows` into stretches; before each is given, the leaders have come as far.

        Raises:
            DataError: a row is older than ticks of its leader that could not wait for it.
        """
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
                stretch = self._released.before(rows.take(slice(start, end)))
                yield stretch
                start += len(stretch)
            elif waited:
                before = waited.released
                waited.next_into(self._engine, self._first_ns or 0)
                if waited.released > before:
                    self._released.note([waited])


class Released:
    """The queues that gave ticks away which no trade of theirs has passed yet."""

    def __init__(
        self, feeds: list[LeaderFeed], engine: Engine, names: Names, labels: Sequence[str]
    ) -> None:
        self._engine, self._names, self._labels = engine, names, labels
        self._bounds = feeds[0].bounds
        self._paired = {symbol for feed in feeds for symbol in feed.leads if symbol != EVERY}
        self._named = [queue for feed in feeds for queue in feed.queues if queue.leader]
        self._latency_ns = round(float(engine.config["leader_latency"]) * 1e9)
        self._upto: dict[Queue, tuple[int, str]] = {}  # trades up to here, leader
        self.note(feeds)

    def note(self, feeds: list[LeaderFeed]) -> None:
        """What these leaders have released, now or before a checkpoint."""
        last = self._last_trades()
        for feed in feeds:
            for queue in feed.queues:
                seen_ns = self._engine._leader_ns(**queue.keywords)
                if seen_ns is None:
                    continue
                if last.get(queue, BEFORE_ALL) <= seen_ns + self._latency_ns:
                    self._upto[queue] = seen_ns + self._latency_ns, feed.name

    def before(self, rows: Rows) -> Rows:
        """The rows ahead of the first that is too old for its leader; all, as a rule.

        Raises:
            DataError: it is the first one, and the engine would take it.
        """
        last = self._last_trades() if self._upto else {}
        for queue, (upto_ns, leader) in list(self._upto.items()):
            if last.get(queue, BEFORE_ALL) > upto_ns:
                del self._upto[queue]
                continue
            old = self._served(rows, queue) & (rows.ts_ns <= upto_ns)
            old &= self._bounds.cover(rows.ts_ns)
            if old.any():
                rows = rows.take(slice(int(np.argmax(old)) or 1))
                if old[0]:
                    self._refuse_accepted(rows, leader)
        return rows

    def _last_trades(self) -> dict[Queue, int]:
        """The time of the last accepted trade that each queue has served."""
        last: dict[Queue, int] = {}
        for symbol, (_, last_ns) in self._engine.progress.items():
            if last_ns is None:
                continue
            for queue in (Queue(symbol if symbol in self._paired else EVERY), *self._named):
                last[queue] = max(last_ns, last.get(queue, BEFORE_ALL))
        return last

    def _served(self, rows: Rows, queue: Queue) -> NDArray[np.bool_]:
        if queue.leader:
            return np.ones(len(rows), bool)
        led = self._paired if queue.symbol == EVERY else {queue.symbol}
        mine: NDArray[np.bool_] = np.isin(rows.name, [self._names.find(symbol) for symbol in led])
        return ~mine if queue.symbol == EVERY else mine

    def _refuse_accepted(self, row: Rows, leader: str) -> None:
        symbol = self._names.all[int(row.name[0])]
        _, last_ns = self._engine.progress.get(symbol, (0, None))
        if last_ns is not None and row.ts_ns[0] < last_ns:
            return  # late in its symbol: it meets no leader
        raise DataError(
            f"{self._labels[row.source[0]]}, row {row.row[0]}: {symbol} is older than ticks of the"
            f" leader {leader} that were released, since {MOST_WAITING:,} wait at most for a"
            f' symbol that does not trade; symbols=["{symbol}"] replays it without the others'
        )
