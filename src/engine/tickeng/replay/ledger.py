"""Counts rows where they come in, so that the engine's counters can be held against something.

`in = processed + duplicate + late + rejected + dropped + held`, per kind and symbol: the left side
is counted here, the right side where rows end. Rows behind --from, --to, --symbol and --limit never
come in; they are only counted as filtered. Rejects without a readable symbol belong to `?`.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, TypeVar

from .._base.conservation import UNKNOWN
from ..engine import Engine
from ..files.sinks.rejects import RejectList
from .cursor import Names, Rejected
from .rows import Rows
from .summary import tally

# Kind of a row -> as which the engine counts it.
ENGINE_KINDS = {"trade": "trade", "quote": "quote", "book": "book", "delta": "book"}
_COUNTERS = {"trade": "counters", "quote": "quote_counters", "book": "book_counters"}

BySymbol = dict[str, dict[str, Any]]
T = TypeVar("T")


class Ledger:
    """The left side of the conservation law, and where rejected rows are told of. `saved`: what had
    come in, by kind and symbol."""

    def __init__(
        self, engine: Engine, names: Names, saved: dict[str, dict[str, int]],
        rejects: RejectList | None,
    ) -> None:
        self._engine, self._names, self._list = engine, names, rejects
        self._came_in = {kind: Counter(saved.get(kind, {})) for kind in _COUNTERS}
        self.filtered = 0
        self.rejected: Counter[str] = Counter()

    def come_in(self, rows: Rows) -> None:
        """Rows that passed the filters."""
        kinds = rows.kinds
        for kind in kinds:
            name = rows.name if len(kinds) == 1 else rows.name[rows.is_of(kind)]
            for index, count in enumerate(tally(name).tolist()):
                if count:
                    self._came_in[ENGINE_KINDS[kind]][self._names.all[index]] += count

    def reject(self, rejected: Rejected) -> None:
        """Rows of a source that could not be read."""
        # Of several kinds a row that does not say its own counts among the trades.
        kind = ENGINE_KINDS.get(rejected.cursor.kind, "trade")
        whose = rejected.cursor.sole_symbol or UNKNOWN
        for reject in rejected.listed:
            if reject.fed:  # the engine counts it where it stands among the events
                self.rejected[reject.reason] += 1
            else:
                self._reject(reject.symbol or whose, reject.reason, 1,
                             ENGINE_KINDS.get(reject.kind, kind))
        for reason, count in rejected.counted.items():
            self._reject(whose, reason, count, kind)
        self._tell(rejected)

    def reject_leader(self, counts: Counter[str], rejected: Rejected) -> None:
        """Rows of a leader that could not be read: listed, but no part of the law."""
        counts.update(reject.reason for reject in rejected.listed)
        counts.update(rejected.counted)
        self._tell(rejected)

    def list_refused(self, rows: Rows, labels: list[str]) -> None:
        """Rows the engine itself rejected and counted: only listed here, but for those that their
        source has told of."""
        if self._list:
            rows = rows.take(~rows.are_refused())
            for source, row in zip(rows.source.tolist(), rows.row.tolist(), strict=True):
                self._list.add(labels[source], row, "rejected", "")

    def _reject(self, symbol: str, reason: str, count: int, kind: str) -> None:
        self._engine.count_rejected(symbol, reason, count, kind)
        self._came_in[kind][symbol] += count
        self.rejected[reason] += count

    def _tell(self, rejected: Rejected) -> None:
        if self._list:
            self._list.add_all(rejected.cursor.source.name, rejected.listed)

    def came_in(self) -> dict[str, dict[str, int]]:
        """Rows that came in, by kind and symbol, since the engine was fresh."""
        return {kind: dict(counts) for kind, counts in self._came_in.items()}

    def symbols(self) -> set[str]:
        """Those of which a row came in."""
        return {symbol for counts in self._came_in.values() for symbol in counts}

    def counters(self, held: list[Rows]) -> dict[str, BySymbol]:
        """The engine's counters by kind, with the rows held outside it."""
        found: dict[str, BySymbol] = engine_counters(self._engine)
        for rows in held:
            for kind in rows.kinds:
                names = tally(rows.name[rows.is_of(kind)]).tolist()
                for index, count in enumerate(names):
                    if count:
                        symbol = self._names.all[index]
                        counts = found[ENGINE_KINDS[kind]].setdefault(symbol, {})
                        counts["held"] = counts.get("held", 0) + count
                        counts["in"] = counts.get("in", 0) + count
        return found


def engine_counters(engine: Engine) -> dict[str, BySymbol]:
    """A copy of an engine's counters, by kind."""
    return {kind: {symbol: dict(counts) for symbol, counts in getattr(engine, name).items()}
            for kind, name in _COUNTERS.items()}


def most_events(engine: Engine) -> dict[str, int]:
    """Events of the busiest symbol that kernels can have moved on, by clock. Not of books: a
    message that changes none of the levels shown moves nothing, and nobody counts those."""
    quotes = engine.quote_counters
    found = {"trade": max((counts["processed"] for counts in engine.counters.values()), default=0)}
    if quotes or not engine.book_counters:  # else books may give quotes
        found["quote"] = max((counts["processed"] - counts["crossed"]
                              for counts in quotes.values()), default=0)
    return found


def together(by_kind: Mapping[str, Mapping[str, T]]) -> dict[str, T]:
    """What is counted by kind and symbol, all kinds in one."""
    return {symbol if kind == "trade" else f"{symbol}, {kind}s": counts
            for kind, symbols in by_kind.items() for symbol, counts in symbols.items()}
