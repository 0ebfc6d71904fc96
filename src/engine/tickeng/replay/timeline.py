"""How far a stream of rows has come in time, whatever stray stamps stand in it.

Files are merged, held back and paired with a leader by time. A single stamp of the year 2099 must
not decide that: stamps out of bounds, and those more than `max_jump` ahead, do not move the time,
unless the next row continues from there. The engine judges rows by itself and symbol by symbol;
here only the order of streams is decided, so nothing is rejected.
"""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..config import DAY_NS
from ..engine import Engine

BEFORE_ALL, NEVER = int(np.iinfo(np.int64).min), int(np.iinfo(np.int64).max)
Stamps = NDArray[np.int64]


@dataclass(slots=True, eq=False, repr=False)
class Bounds:
    """The stamps that can be, all by default. `moves`: max_ns is a day after the wall clock, when
    last looked."""

    min_ns: int = BEFORE_ALL
    max_ns: int = NEVER
    max_jump_ns: int = NEVER
    moves: bool = False

    @classmethod
    def of(cls, engine: Engine) -> "Bounds":
        """Those an engine was made with."""
        least, most, moves, jump, _ = engine.config.times(engine.max_time_ns)
        return cls(least, most, jump, moves)

    def cover(self, ts_ns: Stamps) -> NDArray[np.bool_]:
        """Which stamps can be."""
        if self.moves and len(ts_ns) and int(ts_ns.max()) > self.max_ns:
            self.max_ns = max(self.max_ns, time.time_ns() + DAY_NS)
        covered: NDArray[np.bool_] = (ts_ns >= self.min_ns) & (ts_ns <= self.max_ns)
        return covered


class Timeline:
    """The time of one stream: the newest stamp that it has come to, and the stray one that its
    last row had, if any."""

    def __init__(
        self, bounds: Bounds, newest_ns: int = BEFORE_ALL, stray_ns: int | None = None
    ) -> None:
        self._bounds, self.newest_ns, self.stray_ns = bounds, newest_ns, stray_ns

    def follow(self, ts_ns: Stamps) -> Stamps:
        """The time after each row; it never falls."""
        if not len(ts_ns):
            return ts_ns
        before, bounds = self.newest_ns, self._bounds
        if ts_ns[0] >= before and bool((ts_ns[1:] >= ts_ns[:-1]).all()):
            times, covered = ts_ns, bool(bounds.cover(ts_ns[[0, -1]]).all())
        else:
            good = bounds.cover(ts_ns)
            times = np.maximum.accumulate(np.where(good, ts_ns, before))
            times, covered = np.maximum(times, before), bool(good.all())
        first = times[0] if before == BEFORE_ALL else before
        if not covered or bool((np.diff(times, prepend=first) > bounds.max_jump_ns).any()):
            times = self._row_by_row(ts_ns, bounds.cover(ts_ns))
        else:
            self.stray_ns = None
        self.newest_ns = int(times[-1])
        return times

    def _row_by_row(self, ts_ns: Stamps, covered: NDArray[np.bool_]) -> Stamps:
        newest, stray, jump = self.newest_ns, self.stray_ns, self._bounds.max_jump_ns
        times = np.empty_like(ts_ns)
        for i, (stamp, possible) in enumerate(zip(ts_ns.tolist(), covered.tolist(), strict=True)):
            near = newest == BEFORE_ALL or stamp - newest <= jump
            confirmed = stray is not None and 0 <= stamp - stray <= jump
            if possible and (near or confirmed):
                newest, stray = max(newest, stamp), None
            else:
                stray = stamp if possible else None
            times[i] = newest
        self.stray_ns = stray
        return times
