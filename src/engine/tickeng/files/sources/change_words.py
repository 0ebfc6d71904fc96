"""Words and names by which a file of changes of books is told: each row is a level of a message."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from tickeng.files.sources import columns as names_
from tickeng.files.sources import markets
from tickeng.files.sources.layout import GONE, OF_SNAPSHOT
from tickeng.files.sources.sample import Sample

_SNAPSHOT = ("snapshot", "snap", "partial", "image", "initial", "refresh", "book_snapshot",
             "depth_snapshot", "l2_snapshot", "orderbook_snapshot")
_CHANGE = ("set", "delta", "update", "change", "insert", "upsert", "l2update", "depthupdate",
           "incremental", "diff", "new", "book_update", "depth_update", "l2_update",
           "orderbook_update", "l2updates", "book_delta")
_GONE = ("delete", "remove", "deleted", "removed", "del")
WORDS = {**dict.fromkeys(_SNAPSHOT, OF_SNAPSHOT), **dict.fromkeys(_CHANGE, 0),
         **dict.fromkeys(_GONE, GONE)}
_CERTAIN = {"snapshot", "snap", "partial", "set", "delta", "update", "change", "insert", "l2update",
            "depthupdate", "delete", "remove"}  # the others may be words of trades too
OWN = ("message", "snapshot", "first", "last", "previous")  # columns of a table that was read
SIDE_FLAGS = {"isbid": 1, "sideisbid": 1, "isbuy": 1, "isask": -1, "issell": -1}
_NAMES: tuple[set[str], ...] = (
    {"issnapshot"}, {"updatetype"}, {"firstupdateid"}, {"finalupdateid"}, {"prevfinalupdateid"},
    {"U", "u"}, {"prevchangeid"}, {*OWN})


def by_names(plain: Collection[str]) -> bool:
    """Whether the names of the columns are those of changes of books."""
    return any(names <= {*plain} for names in _NAMES)


def by_words(sample: Sample, plain: Sequence[str], columns: Collection[str]) -> bool:
    """Whether one of the columns that say a row's kind says that it is of a snapshot or a change,
    and another one the side."""
    if not has_sides(plain):
        return False
    for index, name in enumerate(plain):
        words = {cell.lower() for cell in sample.values(index)} if name in columns else set()
        if words & _CERTAIN and words <= WORDS.keys():
            return True
    return False


def has_sides(plain: Collection[str]) -> bool:
    """Whether a column's name is that of a side."""
    return any(name in plain for name in (*names_.SIDES, *SIDE_FLAGS))


def are_changes(sample: Sample, plain: Sequence[str], given: Mapping[str, Sequence[int]],
                columns: Collection[str], asked: str | None) -> bool:
    """Whether rows are levels that changed; what is asked for as books is where it can be nothing
    else."""
    if set(names_.OF_CHANGES) & set(given):
        return True
    if any(given.get(role) for role in names_.MARKET) or markets.kind_by_name(sample):
        return False
    if by_names(plain) or by_words(sample, plain, columns):
        return True
    sides = has_sides(plain) or "side" in given
    return asked == "book" and sides and any(name in plain for name in names_.PRICES)
