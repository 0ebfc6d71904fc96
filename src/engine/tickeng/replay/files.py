"""Which files a replay reads, in which order, and what can be known before the first row is run.

A folder stands for its files. Files are ordered by their first timestamps within bounds. An empty
file among others is a warning; one that cannot be read is an error unless it may be skipped.
Trap: two files without a symbol column are one instrument, which two coins are not, so files of
one unnamed symbol whose first prices are far apart are refused.
"""

import os
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from ..errors import DataError, EmptyError
from ..files.batch import EventBatch
from ..files.sources import Source
from ..files.sources.options import DEFAULT_SYMBOL
from .timeline import BEFORE_ALL, Bounds

_SIDE_FILES = (".manifest.json", ".ckpt", ".checksum", ".md5", ".sha256", ".md", ".log")
_FAR = 2.0  # no instrument opens that far from where its file before began, but two coins do


class Asked(NamedTuple):
    """A file, and which of its events are read: None, as it says itself."""

    path: str
    kind: str | None = None

    @property
    def options(self) -> dict[str, str]:
        """Those of `open_source` that say so."""
        return {"kind": self.kind} if self.kind else {}


@dataclass(slots=True, eq=False, repr=False)
class First:
    """A source and its first row; `symbol` is None where the file has none, as is its price.
    `unnamed`: no column says the symbol, nor an option."""

    source: Source
    ts_ns: int = BEFORE_ALL
    price: float | None = None
    symbol: str | None = None

    @property
    def unnamed(self) -> bool:
        return self.symbol == DEFAULT_SYMBOL


def expand(paths: list[str]) -> list[str]:
    """The paths with the files of each folder in its place.

    Hidden files and files beside data (manifests, checksums, checkpoints) are left out.

    Raises:
        DataError: a folder has no files.
    """
    found = []
    for path in paths:
        if path == "-" or not os.path.isdir(path):
            found.append(path)
            continue
        inside = [
            os.path.join(path, name) for name in sorted(os.listdir(path))
            if not name.startswith(".") and not name.lower().endswith(_SIDE_FILES)
        ]
        files = [name for name in inside if os.path.isfile(name)]
        if not files:
            raise DataError(f"{path}: the folder has no files of trades")
        found += files
    return found


class Opening:
    """Opens the files of a replay; what is left out is in `warnings`."""

    def __init__(
        self, open_: Any, reading: Any, bounds: Bounds, *, skip_unreadable: bool
    ) -> None:
        self._open, self._reading, self._skip = open_, reading, skip_unreadable
        self._bounds = bounds
        self.warnings: list[str] = []
        self.skipped: list[str] = []

    def in_order(self, asked: list[Asked], options: dict[str, Any]) -> list[First]:
        """Sources by first timestamp; one source alone is not looked into.

        Raises:
            DataError: a file cannot be read, all are empty, or they are two instruments.
        """
        if len(asked) == 1:
            return [First(self._open(asked[0].path, options | asked[0].options))]
        found: list[First] = []
        failed: DataError | None = None
        for file in asked:
            path = file.path
            try:
                first = None if path == "-" else self._look(file)
                source = self._open(path, options | file.options)
                found.append(replace(first, source=source) if first else First(source))
            except EmptyError as error:
                failed = failed or error
                self.warnings.append(f"{error}: nothing to read in it")
            except DataError as error:
                failed = failed or error
                if not self._skip:
                    raise DataError(f"{error}; skip_unreadable=True leaves such files out"
                                    ) from error
                self.skipped.append(path)
                self.warnings.append(f"{error}: left out")
        if not found and failed:
            raise failed
        found.sort(key=lambda first: first.ts_ns)
        _refuse_two_instruments(found)
        _refuse_nameless(found)
        return found

    def _look(self, file: Asked) -> First:
        source = self._open(file.path, {"block_rows": 1_024, **file.options})
        try:
            with self._reading():
                for batch in source.batches():
                    possible = np.flatnonzero(self._bounds.cover(batch.ts_ns))
                    if len(possible):
                        break
                else:
                    return First(source)
            first = int(possible[0])
            code = 0 if batch.symbol is None else int(batch.symbol[first])
            return First(source, int(batch.ts_ns[first]), _price(batch, first), batch.symbols[code])
        finally:
            source.close()


def _price(batch: EventBatch, row: int) -> float | None:
    """That of a trade, or the best bid or ask."""
    for name in ("price",) if batch.kind == "trade" else ("bid", "ask"):
        if name in batch.values and batch.kind != "delta":
            price = float(batch.values[name][row] if batch.values[name].ndim == 1
                          else batch.values[name][row, 0])
            if np.isfinite(price):
                return price
    return None


def _refuse_two_instruments(found: list[First]) -> None:
    unnamed = [first for first in found if first.unnamed and first.price]
    for before, after in pairwise(unnamed):
        assert before.price and after.price
        if not 1 / _FAR <= after.price / before.price <= _FAR:
            raise DataError(
                f"{before.source.name} begins at a price of {before.price:g} and"
                f" {after.source.name} at {after.price:g}, and neither names its symbol: if they"
                ' are two instruments give symbol_from="file", if one give symbol_name="NAME"'
            )


def _refuse_nameless(found: list[First]) -> None:
    """Of several kinds all files must name their symbols, or none: a trade of BTCUSDT sees no quote
    of an instrument without a name."""
    if len({first.source.kind for first in found}) == 1:
        return
    nameless = next((first for first in found if first.unnamed), None)
    named = next((first for first in found if first.symbol and not first.unnamed), None)
    if nameless and named:
        raise DataError(
            f"{nameless.source.name} names no symbol, and {named.source.name} does"
            f" ({named.symbol}): if both are of one instrument give"
            f' symbol_name="{named.symbol}"'
        )


def refuse_two_sorts_of_books(sources: list[Source]) -> None:
    """Raises DataError where books come as snapshots and as changes: before the first row, for
    which of them meet in a stretch depends on where stretches end."""
    holds = {kind: source.name for source in sources for kind in source.kinds}
    if {"book", "delta"} <= set(holds):
        raise DataError(
            f"books come as snapshots in {holds['book']} and as changes in {holds['delta']}:"
            ' give one of them; of a file with both, convert picks kind="book" or kind="delta"')
