"""Lists of bids and asks that are changes of a book, told from those that are the book.

Both look alike, and changes that are read as books are wrong ones. Changes have the number of the
update before, a word such as update or incremental, or a level of the quantity 0, which takes it
out. Trap: a feed may send no such level for a while, so the whole sample is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from tickeng.errors import DataError
from tickeng.files.sources import columns as names_
from tickeng.files.sources.changes import NUMBER_NAMES
from tickeng.files.sources.sample import Sample

_PREVIOUS = {*NUMBER_NAMES["previous"], "prevseqnum", "prevsequence", "previoussequence"}
_WITHIN = {"update", "updates", "delta", "deltas", "diff", "change", "changes"}
_KIND_NAMES = {"ch", "c", "channel", "topic", "stream", "event", "type", "action", "feed", "e",
               "subject", "table", "updatetype"}
_CHANGE = re.compile(r"(?i)diff|incremental|increase|delta|l2_?update|book\.update")
_NUMBER = r'"?{}"?\s*'
_SOME, _NONE = _NUMBER.format(r"(?:0*[1-9]|0*\.0*[1-9])[\d.eE+-]*"), _NUMBER.format(r"0+(?:\.0*)?")
_GONE = re.compile(rf"\[\s*{_SOME},\s*{_NONE}[,\]]")


def check(sample: Sample, plain: Sequence[str], lists: Collection[int], asked: str | None) -> None:
    """Raises DataError where the lists in these columns are changes; `asked`: for what kind."""
    why = (_by_names(sample, plain, lists) or _by_words(sample, plain, lists)
           or _by_cells(sample, lists))
    if why:
        known = "" if asked else 'kind="book" reads those of venues that are known; else '
        raise DataError(f"holds changes of books in lists ({why}), and no books: {known}write a "
                        "row for each level, with its time, symbol, side, price and quantity, and "
                        'give kind="book"')


def _by_names(sample: Sample, plain: Sequence[str], lists: Collection[int]) -> str | None:
    for name in sample.names:
        if names_.plain(name.rpartition(".")[2]) in _PREVIOUS:
            return f"{name} is the number of the update before"
    for index in lists:
        outer = sample.names[index].lower().split(".")[:-1]
        if {*outer} & _WITHIN:
            return f"{sample.names[index]} is what an update changes"
    if {"side", "price"} <= {*plain}:
        return "beside rows of a level each, with side and price"
    return None


def _by_words(sample: Sample, plain: Sequence[str], lists: Collection[int]) -> str | None:
    for index, name in enumerate(plain):
        if name in _KIND_NAMES and index not in lists:
            word = next((cell for cell in sample.values(index) if _CHANGE.search(cell)), None)
            if word:
                return f"{sample.names[index]} is {word[:40]!r}"
    return None


def _by_cells(sample: Sample, lists: Collection[int]) -> str | None:
    for index in lists:
        for row, cell in enumerate(sample.cells(index)):
            if found := _GONE.search(cell):
                return f"row {sample.number(row)} takes out the level {found[0].rstrip(',')[:40]}"
    return None
