"""The events of files, counted by kind and symbol where they come in, for the law of counters."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from .._base.conservation import UNKNOWN, check
from .batch import EventBatch

Counts = Mapping[str, Mapping[str, int]]  # by kind and symbol


def by_symbol(batch: EventBatch) -> dict[str, int]:
    """Events of a batch per symbol."""
    if batch.symbol is None:
        return {batch.symbols[0]: len(batch)} if len(batch) else {}
    counts = np.bincount(batch.symbol, minlength=1).tolist()
    return {batch.symbols[code]: count for code, count in enumerate(counts) if count}


class Arrivals:
    """Events that came from files, by kind and symbol, and among them those that could not be
    read."""

    def __init__(self) -> None:
        self.came_in: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.rejected: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def through(self, batches: Iterable[EventBatch]) -> Iterator[EventBatch]:
        """The batches, counted."""
        for batch in batches:
            self._add(batch)
            yield batch

    def _add(self, batch: EventBatch) -> None:
        self.came_in[batch.kind].update(by_symbol(batch))
        told = Counter((reject.kind or batch.kind, reject.symbol or UNKNOWN)
                       for reject in batch.rejects)
        told[batch.kind, UNKNOWN] += sum(batch.rejected.values()) - told.total()
        for (kind, symbol), count in (+told).items():
            self.came_in[kind][symbol] += count
            self.rejected[kind][symbol] += count

    def check(self, processed: Counts, dropped: Counts | None = None) -> None:
        """Hold the events that came against those that were made use of or left out.

        Raises:
            ConservationError: they are not the same.
        """
        for kind in self.came_in.keys() | processed.keys():
            ends = {"processed": processed.get(kind, {}), "rejected": self.rejected[kind],
                    "dropped": (dropped or {}).get(kind, {})}
            symbols = {symbol for counts in ends.values() for symbol in counts}
            check(self.came_in[kind], {symbol: {end: counts.get(symbol, 0)
                                                for end, counts in ends.items()}
                                       for symbol in symbols})
