"""Counts rows where they come in, so that the engine's counters can be held against something.

`in = processed + duplicate + late + rejected + dropped + held`, per symbol: the left side is
counted here, the right side where rows end. Rows behind --from, --to, --symbol and --limit never
come in; they are only counted as filtered. Rejects without a readable symbol belong to `?`.
"""

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._base.conservation import UNKNOWN
from ..engine import Engine
from ..files.sinks.rejects import RejectList
from .cursor import Names, Rejected
from .rows import Rows
from .summary import tally


class Ledger:
    """The left side of the conservation law, and where rejected rows are told of."""

    def __init__(
        self, engine: Engine, names: Names, saved: dict[str, int], rejects: RejectList | None
    ) -> None:
        self._engine, self._names, self._list = engine, names, rejects
        self._came_in: Counter[str] = Counter(saved)
        self.filtered = 0
        self.rejected: Counter[str] = Counter()

    def come_in(self, name: NDArray[np.uint32]) -> None:
        """Rows, by the index of their symbol's name, that passed the filters."""
        for index, count in enumerate(tally(name).tolist()):
            if count:
                self._came_in[self._names.all[index]] += count

    def reject(self, rejected: Rejected) -> None:
        """Rows of a trade source that could not be read."""
        whose = rejected.cursor.sole_symbol or UNKNOWN
        for reject in rejected.listed:
            self._reject(reject.symbol or whose, reject.reason, 1)
        for reason, count in rejected.counted.items():
            self._reject(whose, reason, count)
        self._tell(rejected)

    def reject_leader(self, counts: Counter[str], rejected: Rejected) -> None:
        """Rows of a leader that could not be read: listed, but no part of the trades' law."""
        counts.update(reject.reason for reject in rejected.listed)
        counts.update(rejected.counted)
        self._tell(rejected)

    def list_refused(self, rows: Rows, labels: list[str]) -> None:
        """Rows the engine itself rejected and counted: only listed here."""
        if self._list:
            for source, row in zip(rows.source.tolist(), rows.row.tolist(), strict=True):
                self._list.add(labels[source], row, "rejected", "")

    def _reject(self, symbol: str, reason: str, count: int) -> None:
        self._engine.count_rejected(symbol, reason, count)
        self._came_in[symbol] += count
        self.rejected[reason] += count

    def _tell(self, rejected: Rejected) -> None:
        if self._list:
            self._list.add_all(rejected.cursor.source.name, rejected.listed)

    def came_in(self) -> dict[str, int]:
        """Rows that came in, per symbol, since the engine was fresh."""
        return dict(self._came_in)

    def counters(self, held: list[Rows]) -> dict[str, dict[str, Any]]:
        """The engine's counters with the rows held outside it."""
        counters = {symbol: dict(counts) for symbol, counts in self._engine.counters.items()}
        for rows in held:
            for index, count in enumerate(tally(rows.name).tolist()):
                if count:
                    counts = counters.setdefault(self._names.all[index], {})
                    counts["held"] = counts.get("held", 0) + count
                    counts["in"] = counts.get("in", 0) + count
        return counters
