"""`tickeng.inspect`: what is in a file, and what an engine would make of its books."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import numpy as np

from ._engine.ordered import Part, run_ordered
from .config import Config
from .engine import Engine
from .errors import DataError
from .files.batch import EventBatch
from .files.sources import inspect_file as inspect_source

_COUNTS = ("processed", "duplicate", "late", "rejected", "crossed", "gaps", "waited", "lost",
           "beyond", "behind", "left_out")


def inspect(path: str | os.PathLike[str], **options: Any) -> dict[str, Any]:
    """How a file of events is read, what is in it, and what is odd about it.

    Parameters
    ----------
    path : the file; "-" is stdin.
    options : those of `open_source`.

    Returns
    -------
    dict : the report that `tickeng inspect --json` prints; `reading` has the options that say how
        the file was read, `feed` counts what is odd, `warnings` are sentences. Of quotes and books
        `market` counts those with one side, none, or bid and ask that meet, `spread_bps` is the
        median; of changes of books `book` counts what becomes of the messages, as the counters of
        an engine do. A file of several kinds has these for each in `kinds`.

    Raises
    ------
    DataError : the file is empty, unrecognised or truncated, or no row of it can be read.

    Examples
    --------
    >>> tickeng.inspect("trades.csv")["feed"]["id_gaps"]  # doctest: +SKIP
    """
    report = inspect_file(os.fspath(path), **options)
    if report["error"]:
        raise DataError(report["error"])
    return report


def inspect_file(path: str, **options: Any) -> dict[str, Any]:
    """As `tickeng.files.sources.inspect_file`, with what becomes of books from messages."""
    return inspect_source(path, depth=Books(), **options)


class Books:
    """Messages of changes to books in an engine of default settings."""

    def __init__(self) -> None:
        self._engine = Engine(Config({"kernels": "depth_imbalance", "max_symbols": 1 << 24}))

    def add(self, batch: EventBatch) -> None:
        """Feed the messages of a batch; other kinds are passed over."""
        if batch.kind != "delta" or not len(batch):
            return
        table = self._engine.intern(batch.symbols)
        codes = (np.full(len(batch), table[0], np.uint32) if batch.symbol is None
                 else table[batch.symbol])
        part = Part(batch.ts_ns, batch.values, codes, np.arange(len(batch)))
        run_ordered(self._engine, {"delta": part}, ("book",))

    def report(self) -> dict[str, int]:
        """Counts over all symbols."""
        found: Counter[str] = Counter()
        for counts in self._engine.book_counters.values():
            found.update({name: counts[name] for name in _COUNTS})
        return {name: found[name] for name in _COUNTS}
