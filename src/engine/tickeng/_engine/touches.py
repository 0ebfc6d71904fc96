"""Quotes of a recording held against the books at the same update: both streams of a feed number
what they tell of alike, so that the quote of update N is the touch of the book behind message N.

A number that two quotes have, or two messages, is not compared. Either may come first.
Trap: memory is bounded, so what comes more than so many events apart is not found.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tickeng.files.batch import NO_ID

KEPT = 1 << 16  # of each stream
_TOUCH = ("bid", "bid_qty", "ask", "ask_qty")
Columns = dict[str, NDArray[Any]]


class Touches:
    """Counts of quotes that agreed with the book of their number and of those that differed."""

    def __init__(self) -> None:
        self.agreed = self.differing = 0
        self.first: dict[str, Any] | None = None
        self._kept: dict[str, Columns] = {}

    def add(self, stream: str, code: NDArray[np.uint32], number: NDArray[np.int64],
            touch: Mapping[str, NDArray[np.float64]], row: NDArray[np.int64]) -> None:
        """Events of one of the streams, "quote" or "book"; those without a number are left out."""
        keep = number != NO_ID
        new: Columns = {"code": code, "number": number, "row": row,
                        **{name: touch[name] for name in _TOUCH}}
        new = _unique({name: column[keep] for name, column in new.items()})
        other = self._kept.get("book" if stream == "quote" else "quote")
        if other is not None and len(new["number"]):
            quotes, books = (new, other) if stream == "quote" else (other, new)
            self._compare(quotes, books)
        before = self._kept.get(stream)
        if before is not None:
            new = {name: np.concatenate([before[name], column]) for name, column in new.items()}
        self._kept[stream] = {name: column[-KEPT:] for name, column in new.items()}

    def _compare(self, quotes: Columns, books: Columns) -> None:
        for code in np.intersect1d(quotes["code"], books["code"]).tolist():
            mine, theirs = (np.flatnonzero(side["code"] == code) for side in (quotes, books))
            _, one, other = np.intersect1d(quotes["number"][mine], books["number"][theirs],
                                           return_indices=True)
            mine, theirs = mine[one], theirs[other]
            known = ~np.isnan(books["bid"][theirs]) & ~np.isnan(books["ask"][theirs])
            mine, theirs = mine[known], theirs[known]
            unequal = np.zeros(len(mine), np.bool_)
            for name in _TOUCH:
                unequal |= quotes[name][mine] != books[name][theirs]
            self.differing += int(unequal.sum())
            self.agreed += int(len(unequal) - unequal.sum())
            if unequal.any() and self.first is None:
                at = np.flatnonzero(unequal)[np.argmin(quotes["row"][mine[unequal]])]
                self.first = {
                    "row": int(quotes["row"][mine[at]]), "update": int(quotes["number"][mine[at]]),
                    "book": [float(books[name][theirs[at]]) for name in _TOUCH],
                    "recorded": [float(quotes[name][mine[at]]) for name in _TOUCH]}

    def report(self) -> dict[str, Any]:
        """JSON-able: counts, and the first difference if there is one."""
        return {"agreed": self.agreed, "differing": self.differing,
                **({"first": self.first} if self.first else {})}


def warning(found: Mapping[str, Any]) -> str:
    """The sentence on the quotes of a report that differ."""
    first = found["first"]
    book, recorded = (", ".join(map(repr, first[side])) for side in ("book", "recorded"))
    return (f"{found['differing']:,} of {found['differing'] + found['agreed']:,} quotes differ from"
            f" the book at their update, the first in row {first['row']:,}: at update"
            f" {first['update']} the book has {book} as bid, its quantity, ask, and its quantity,"
            f" the quote {recorded}")


def _unique(events: Columns) -> Columns:
    """Those whose number no other event of the symbol has."""
    order = np.lexsort((events["number"], events["code"]))
    same = np.zeros(len(order), np.bool_)
    same[1:] = (events["number"][order][1:] == events["number"][order][:-1]) & (
        events["code"][order][1:] == events["code"][order][:-1])
    twice = same.copy()
    twice[:-1] |= same[1:]
    alone = np.sort(order[~twice])
    return {name: column[alone] for name, column in events.items()}
