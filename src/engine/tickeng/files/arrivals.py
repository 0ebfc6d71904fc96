"""The rows of a file, counted per symbol where they come in, for the law of counters."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from .._base.conservation import UNKNOWN, check
from .batch import EventBatch


def by_symbol(batch: EventBatch) -> dict[str, int]:
    """Events of a batch per symbol."""
    if batch.symbol is None:
        return {batch.symbols[0]: len(batch)} if len(batch) else {}
    counts = np.bincount(batch.symbol, minlength=1).tolist()
    return {batch.symbols[code]: count for code, count in enumerate(counts) if count}


class Arrivals:
    """Rows that came from a file, per symbol, those that could not be read among them."""

    def __init__(self) -> None:
        self.came_in: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()

    def through(self, batches: Iterable[EventBatch]) -> Iterator[EventBatch]:
        """The batches, counted."""
        for batch in batches:
            self._add(batch)
            yield batch

    def _add(self, batch: EventBatch) -> None:
        self.came_in.update(by_symbol(batch))
        told: Counter[str] = Counter(reject.symbol or UNKNOWN for reject in batch.rejects)
        told[UNKNOWN] += sum(batch.rejected.values()) - told.total()
        self.came_in.update(+told)
        self.rejected.update(+told)

    def check(self, processed: Mapping[str, int]) -> None:
        """Hold the rows that came against those that were made use of, per symbol.

        Raises:
            ConservationError: they are not the same.
        """
        symbols = processed.keys() | self.rejected.keys()
        check(self.came_in, {symbol: {"processed": processed.get(symbol, 0),
                                      "rejected": self.rejected[symbol]} for symbol in symbols})
