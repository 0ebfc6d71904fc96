"""The columns of changes of books, of which each row is a level: its side, what says whether it is
of a snapshot or gone, and the numbers of the updates that its message told of.

A quantity is what stands at a price now, 0 for nothing. Rows of orders look the same and are none:
they are known by their ids. Trap: a number that does not count messages would make every message
look as if others were missing, so one that stands alone is taken only if it does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tickeng.errors import DataError, unfit
from tickeng.files.sources import columns as names_
from tickeng.files.sources.change_words import OWN, SIDE_FLAGS, WORDS
from tickeng.files.sources.kinds import EVENT_COLUMNS, STATUSES, Given, Kind, keep_option
from tickeng.files.sources.layout import OF_SNAPSHOT, OTHER, SideRule
from tickeng.files.sources.options import Options, SideWords, of_levels
from tickeng.files.sources.sample import Sample
from tickeng.files.sources.sides import Sides, escaped, told

_FLAGS = {**dict.fromkeys(("true", "t", "1", "yes", "y"), OF_SNAPSHOT),
          **dict.fromkeys(("false", "f", "0", "no", "n"), 0)}
_SIDES = {"bid": 1, "ask": -1, "bids": 1, "asks": -1, "b": 1, "a": -1, "s": -1, "buy": 1,
          "sell": -1, "offer": -1, "offers": -1, "o": -1}
_SIGNS = {"1": 1, "-1": -1, "+1": 1, "1.0": 1, "-1.0": -1}
_SIDE_NAMES = (*names_.SIDES, "bookside", "bidask", "ba", *SIDE_FLAGS, "type", "S")
_SNAPSHOT_NAMES = ("issnapshot", "snapshot", "issnap", "snapshotflag")
_ORDER_IDS = ("orderid", "oid", "orderno", "ordernumber", "orderref", "exchangeorderid")
NUMBER_NAMES = {
    "first": ("firstupdateid", "U", "startupdateid", "sequencestart", "firstsequence"),
    "last": ("finalupdateid", "lastupdateid", "u", "endupdateid", "sequenceend", "updateid",
             "changeid", "seqid", "lastsequence"),
    "previous": ("pu", "prevfinalupdateid", "previousfinalupdateid", "prevupdateid",
                 "previousupdateid", "prevchangeid", "prevseqid", "lastfinalupdateid"),
}


class Changes(NamedTuple):
    """``flags``: columns that say what a row is, and what each of their words does; ``numbers``: by
    role the columns of numbers, of which a row fills one; ``notes``: sentences for people."""

    side: Sides
    flags: dict[int, tuple[tuple[str, int], ...]]
    kinds: tuple[Kind, ...]
    numbers: dict[str, list[int]]
    notes: tuple[str, ...]

    @property
    def taken(self) -> set[int]:
        return {self.side.index, *self.flags, *(i for found in self.numbers.values()
                                                for i in found)}


def choose(sample: Sample, plain: Sequence[str], given: Given, taken: set[int],
           options: Options) -> Changes:
    """The columns of a file of changes but for those `taken`. Raises DataError where some are
    missing or ambiguous, or the rows are something else."""
    for index in names_.candidates(plain, _ORDER_IDS):
        if index not in taken and sample.filled(index, 1) and len(sample.values(index)) > 1:
            raise DataError(f"its column {sample.names[index]!r} names orders: each row is what "
                            "became of an order, and no level of a book; give a file of levels")
    side = _side(sample, plain, given, taken, options)
    numbers, notes = _numbers(sample, plain, given, taken | {side.index})
    used = taken | {side.index, *(i for found in numbers.values() for i in found)}
    flags, kinds = _flags(sample, plain, given, used, options.keep or ())
    said = any({*dict(words)} & {*WORDS, *_FLAGS} for words in flags.values())
    if not said and given.get("snapshot") != []:
        raise DataError(f"no column among {', '.join(sample.names)[:300]} says which rows are of a "
                        'snapshot: name it with map="snapshot=COLUMN"; if all are changes, of books'
                        ' that begin with another file, map="snapshot=none" says so')
    return Changes(side, flags, tuple(kinds), numbers, notes)


def _side(sample: Sample, plain: Sequence[str], given: Given, taken: set[int],
          options: Options) -> Sides:
    found = given.get("side") or [i for i in names_.candidates(plain, _SIDE_NAMES)
                                  if i not in taken and (sample.filled(i, 1) or not sample.rows)
                                  and (plain[i] not in ("type", "S") or _is_side(sample, i))]
    if not found:
        raise DataError(f"has no column for side among {', '.join(sample.names)[:300]}, which says "
                        'whether a level is a bid or an ask; name it with map="side=COLUMN"')
    index = found[0]
    seen = tuple(sample.values(index))
    said = of_levels(options.sides) if options.sides else None
    if said and (said.levels or not (_is_side(sample, index) and _others(seen, said))):
        return Sides(index, "side", told(sample, index, said), told=True, seen=seen)
    if plain[index] in SIDE_FLAGS and {cell.lower() for cell in seen} <= _FLAGS.keys():
        true = SIDE_FLAGS[plain[index]]
        words = {word: true if yes else -true for word, yes in _FLAGS.items()}
        return Sides(index, "side", SideRule(tuple(words.items())), seen=seen)
    if {cell.lower() for cell in seen} <= _SIGNS.keys() and any("-" in cell for cell in seen):
        return Sides(index, "side", SideRule((("1", 1), ("-1", -1))), seen=seen)
    if _is_side(sample, index):
        return Sides(index, "side", SideRule(tuple(_SIDES.items())), seen=seen)
    shown = [cell for cell in seen if cell.lower() not in _SIDES] or list(seen)
    first, second = (*(escaped(cell) or '""' for cell in shown[:2]), "VALUE", "VALUE")[:2]
    raise DataError(f"has a side column {sample.names[index]!r} that holds "
                    f"{', '.join(repr(cell[:40]) for cell in seen[:6])}: tell which are the bids "
                    f'and which the asks, as in sides="bid={first},ask={second}" (or the other '
                    "way round)")


def _others(seen: Sequence[str], words: SideWords) -> bool:
    """Whether words were told for another file, of trades say: this one has none of them."""
    return not {*seen} & words.signs.keys()


def _is_side(sample: Sample, index: int) -> bool:
    return {cell.lower() for cell in sample.values(index)} <= _SIDES.keys()


def _numbers(sample: Sample, plain: Sequence[str], given: Given, taken: set[int],
             ) -> tuple[dict[str, list[int]], tuple[str, ...]]:
    """The columns of numbers by role, and notes on those that are not read."""
    found: dict[str, list[int]] = {}
    names = {**NUMBER_NAMES, "message": ()}
    if {*OWN} <= {*plain}:
        names = {name: (name,) for name in OWN if name != "snapshot"}
    for role, known in names.items():
        columns = [i for i in given.get(role, names_.candidates(plain, known)) if i not in taken]
        columns = [i for i in columns if sample.filled(i, 1) or role in given]
        for index in columns:
            _check_integers(sample, index, role)
        kept = columns[:1]
        for index in columns[1:]:  # where one is blank the other may have the number
            if not any(one and other for one, other in zip(
                    sample.cells(kept[0]), sample.cells(index), strict=True)):
                kept.append(index)
        if kept:
            found[role] = kept
    alone = found.keys() == {"last"} and "last" not in given
    if alone and not _counts(sample, found["last"][0]):
        name = sample.names[found["last"][0]]
        return {}, (f"{name} does not rise by one from message to message: it is not read, and "
                    f'missing messages are not told; map="last={name}" reads it',)
    return found, ()


def _check_integers(sample: Sample, index: int, role: str) -> None:
    for cell in sample.values(index):
        text = cell.removesuffix(".0").removeprefix("-")
        if cell.lower() not in ("", "nan", "null", "none") and not (
                text.isascii() and text.isdigit() and len(text) <= 19):
            raise DataError(f"its column {sample.names[index]!r} holds {cell[:40]!r}, no number of "
                            f'an update: name another with map="{role}=COLUMN", or none with '
                            f'map="{role}=none"')


def _counts(sample: Sample, index: int) -> bool:
    """Whether a number mostly stays or rises by one; few rows do not tell, and may."""
    numbers = sample.reals(index)
    steps = np.diff(numbers[np.isfinite(numbers)])
    steps = steps[steps != 0]
    return len(steps) < 3 or bool((steps == 1).mean() > 0.5)


def _flags(sample: Sample, plain: Sequence[str], given: Given, taken: set[int],
           keep: Sequence[str]) -> tuple[dict[int, tuple[tuple[str, int], ...]], list[Kind]]:
    """Columns that say what a row is, and what each word does; where the user named them, the
    others must have one word to the end."""
    named = given.get("snapshot")
    columns = [i for name in (*_SNAPSHOT_NAMES, *EVENT_COLUMNS) for i, known in enumerate(plain)
               if known == name and i not in taken and known not in STATUSES]
    if named is not None:
        columns = [*named, *(i for i in columns if len(sample.values(i)) == 1)]
    wanted = {word.lower() for word in keep}
    flags: dict[int, tuple[tuple[str, int], ...]] = {}
    kinds = []
    for index in sorted(dict.fromkeys(columns)):
        values = sample.values(index)
        words = {cell.lower() for cell in values}
        is_flag = plain[index] in _SNAPSHOT_NAMES or index in (named or ())
        if wanted & words:
            known = WORDS | (_FLAGS if is_flag else {})
            flags[index] = (*((word, known.get(word, 0)) for word in sorted(wanted)), ("*", OTHER))
        elif is_flag and words <= _FLAGS.keys():
            flags[index] = tuple(_FLAGS.items())
        elif words <= WORDS.keys():
            flags[index] = tuple(WORDS.items())
        elif len(words) == 1 and [index] != named:  # a channel, say
            flags[index] = tuple((word, 0) for word in words)
        else:
            raise DataError(_several(sample, index, values))
        kinds.append(Kind(index, (), tuple(keep if wanted & words else values)))
    if wanted and not any(("*", OTHER) in words for words in flags.values()):
        raise unfit(DataError(f"has no column whose words {', '.join(keep)} could be kept: leave "
                              "keep out"), "keep")
    return flags, kinds


def _several(sample: Sample, index: int, values: Sequence[str]) -> str:
    shown = ", ".join(cell[:30] or '""' for cell in values[:6])
    known = [cell for cell in values if cell.lower() in WORDS]
    name = sample.names[index]
    if known:
        return (f"its column {name!r} holds {shown}: several kinds of events; "
                f"{keep_option(known)} keeps the changes of books")
    return (f"its column {name!r} holds {shown}, which do not say what is of a snapshot and what a "
            'change: name the column that does with map="snapshot=COLUMN", or none with '
            'map="snapshot=none"')


def check_sample(sample: Sample, stamps: Sequence[NDArray[np.int64]], qty: int,
                 found: Changes) -> None:
    """Raises DataError for quantities that are differences, and for snapshots in pieces."""
    sizes = sample.reals(qty)
    below = np.flatnonzero(sizes < 0)
    if len(below):
        raise DataError(f"its column {sample.names[qty]!r} holds {sample.cells(qty)[below[0]]} (row"
                        f" {sample.number(int(below[0]))}): changes of quantities are not read; "
                        "each row must have what stands at its price now")
    of_snapshot = np.zeros(sample.rows, np.bool_)
    for index, words in found.flags.items():
        said = dict(words)
        of_snapshot |= np.array([said.get(cell.lower(), 0) == OF_SNAPSHOT
                                 for cell in sample.cells(index)], np.bool_)
    starts = np.ones(sample.rows, np.bool_)
    starts[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in stamps])
    if sample.rows < 4 or not of_snapshot.any() or "message" in found.numbers:
        return
    first = np.flatnonzero(starts)
    alone = np.diff(np.append(first, sample.rows)) == 1
    if of_snapshot[first].sum() >= 4 and (alone & of_snapshot[first]).sum() == of_snapshot.sum():
        raise DataError("has one level in each snapshot, each at a time of its own: the times are "
                        "those of rows, and where a snapshot ends cannot be told; name the time of "
                        'the messages with map="ts=COLUMN", and leave the other out with '
                        'map="recv=none"')
