"""`tickeng.inspect`: what is in a file, and what an engine would make of its books."""

from __future__ import annotations

import os
from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._engine import audits as audits_
from ._engine import touches
from ._engine.audits import Audits
from ._engine.ordered import Part, run_ordered
from ._engine.touches import Touches
from .config import Config
from .engine import Engine, Status
from .errors import DataError
from .files.batch import EventBatch
from .files.sources import inspect_file as inspect_source

_TOUCH = ("touch_bid = book.bid; touch_bid_qty = book.bid_qty;"
          " touch_ask = book.ask; touch_ask_qty = book.ask_qty")
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
        an engine do, and its `audits` the snapshots, and the quotes at the number of a message,
        that agree with the book built until then and that differ. A file of several kinds has these
        for each in `kinds`.

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
    report = inspect_source(path, depth=Books(), **options)
    for facts in (report, report.get("kinds", {}).get("delta", {})):
        audits = facts.get("book", {}).get("audits", {})
        for name, sentence in (("snapshots", audits_.warning), ("quotes", touches.warning)):
            if audits and audits[name]["differing"]:
                report["warnings"].append(sentence(audits[name]))
    return report


class Books:
    """Messages of changes to books in an engine of default settings."""

    def __init__(self) -> None:
        self._engine = Engine(Config({"kernels": _TOUCH, "max_symbols": 1 << 24}))
        self._audits, self._touches = Audits(self._engine), Touches()

    def add(self, batch: EventBatch) -> None:
        """Feed the messages of a batch, and hold snapshots and numbered quotes against the books;
        other kinds are passed over."""
        if batch.kind not in ("quote", "delta") or not len(batch):
            return
        table = self._engine.intern(batch.symbols)
        codes = (np.full(len(batch), table[0], np.uint32) if batch.symbol is None
                 else table[batch.symbol])
        if batch.kind == "quote":
            if batch.id is not None:
                self._touches.add("quote", codes, batch.id, batch.values, batch.row)
            return
        places = [0, *filter(None, self._audits.cuts(batch.values, codes)), len(batch)]
        for begin, end in pairwise(places):
            self._feed(batch.take(slice(begin, end)), codes[begin:end])

    def _feed(self, batch: EventBatch, codes: NDArray[np.uint32]) -> None:
        book = self._audits.look(batch.values, codes)
        part = Part(batch.ts_ns, batch.values, codes, np.arange(len(batch)))
        (columns,), status, _ = run_ordered(self._engine, {"delta": part}, ("book",))
        taken = status["book"] == Status.OK
        self._audits.note(batch.values, codes, taken, book,
                          lambda message: {"row": int(batch.row[message])})
        touch = {name: column[taken]
                 for name, column in zip(self._engine.outputs.names, columns, strict=True)}
        self._touches.add("book", codes[taken], batch.values["last"][taken], {
            name: touch[f"touch_{name}"] for name in ("bid", "bid_qty", "ask", "ask_qty")},
            batch.row[taken])

    def report(self) -> dict[str, Any]:
        """Counts over all symbols; `audits`: of snapshots, and of quotes at the number of a
        message, how many agree with the book."""
        found: Counter[str] = Counter()
        for counts in self._engine.book_counters.values():
            found.update({name: counts.get(name, 0) for name in _COUNTS})  # no book, no gaps
        return {**{name: found[name] for name in _COUNTS},
                "audits": {"snapshots": self._audits.report(), "quotes": self._touches.report()}}
