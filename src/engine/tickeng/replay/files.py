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
    """A source and its first row; `symbol` is None where the file tells it."""

    source: Source
    ts_ns: int = BEFORE_ALL
    price: float | None = None
    symbol: str | None = None


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
            unnamed = batch.symbol is None and batch.symbols[0] == DEFAULT_SYMBOL
            first = possible[0]
            price = batch.values["price"][first] if batch.kind == "trade" else None
            return First(source, int(batch.ts_ns[first]), None if price is None else float(price),
                         DEFAULT_SYMBOL if unnamed else None)
        finally:
            source.close()


def _refuse_two_instruments(found: list[First]) -> None:
    unnamed = [first for first in found if first.symbol and first.price]
    for before, after in pairwise(unnamed):
        assert before.price and after.price
        if not 1 / _FAR <= after.price / before.price <= _FAR:
            raise DataError(
                f"{before.source.name} begins at a price of {before.price:g} and"
                f" {after.source.name} at {after.price:g}, and neither names its symbol: if they"
                ' are two instruments give symbol_from="file", if one give symbol_name="NAME"'
            )
