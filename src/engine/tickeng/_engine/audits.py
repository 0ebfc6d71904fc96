"""Recorded snapshots held against the books that the messages before them have built.

An engine takes every snapshot and its book is that one from there on; what was wrong before is told
by nothing else. Compared is what both know: the levels as far as the worst price of this snapshot
and of the one that the book began with, for nothing is said of what lies behind the last level of a
snapshot. One that has another number than the book is not compared, and one that follows a snapshot
without a change between them is none to compare.
A symbol's first snapshot is what later ones are held against; a feed that has had none is not.
Trap: the book is looked at before the snapshot is fed, so whoever feeds cuts there (`cuts`).
Trap: a snapshot with a lower number than the book is set aside by the engine, and only the next
message tells whether it is taken (record 0050). So it ends nothing here, and what it does not tell
of counts as not known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tickeng._native.core import EngineCore
from tickeng.errors import StateError
from tickeng.files.batch import NO_ID
from tickeng.files.values import Values

Codes = NDArray[np.uint32]
Book = tuple[NDArray[np.float64], NDArray[np.float64]]  # bids, asks: float64[n, 2], best first
_MANY = 1_000  # levels of a snapshot, of which an engine may have left some out
COUNTS = ("agreed", "differing", "unmatched")


@dataclass(slots=True)
class _Known:
    """Of a symbol that has had a snapshot: the number of its newest message, whether that was a
    change, and up to which prices its levels are known (None: all are)."""

    newest: int = NO_ID
    changed: bool = False
    bid: float | None = None
    ask: float | None = None


class Audits:
    """Counts of the snapshots that agreed, differed, or could not be compared; `first` is the first
    difference."""

    def __init__(self, engine: EngineCore, saved: Mapping[str, Any] | None = None) -> None:
        """`saved`: what `state` gave, of the engine in the same state."""
        self._engine = engine
        saved = saved or {}
        self.counts = {name: int(saved.get(name, 0)) for name in COUNTS}
        self.first: dict[str, Any] | None = saved.get("first")
        if bool(self.counts["differing"]) != bool(self.first):
            raise StateError("checkpoint: snapshots differ, and none of them is the first")
        symbols = saved.get("symbols", {})
        codes = engine.intern([*symbols]).tolist() if symbols else []
        self._names: list[str] = []
        self._known = {code: _Known(known["newest"], known["changed"], known["bid"], known["ask"])
                       for code, known in zip(codes, symbols.values(), strict=True)}

    def state(self) -> dict[str, Any]:
        """JSON-able."""
        names = self._engine.symbols
        return {**self.counts, "first": self.first, "symbols": {
            names[code]: {"newest": known.newest, "changed": known.changed, "bid": known.bid,
                          "ask": known.ask} for code, known in self._known.items()}}

    def report(self) -> dict[str, Any]:
        """JSON-able: counts, and the first difference if there is one."""
        return {**self.counts, **({"first": self.first} if self.first else {})}

    def cuts(self, values: Values, codes: Codes) -> list[int]:
        """Which messages are to begin a piece of their own."""
        snapshot = values["snapshot"] != 0
        found: list[int] = []
        for code in np.unique(codes[snapshot]).tolist():
            mine = np.flatnonzero(codes == code)
            known = self._known.get(code)
            behind_change = np.append(known.changed if known else False, ~snapshot[mine[:-1]])
            found += mine[snapshot[mine] & behind_change].tolist()
        return sorted(found)

    def look(self, values: Values, codes: Codes) -> Book | None:
        """The book that the first message of a piece is to be compared with, before it is fed."""
        if not len(codes) or not values["snapshot"][0]:
            return None
        code = int(codes[0])
        known = self._known.get(code)
        return self._engine.book(self._name(code)) if known and known.changed else None

    def note(self, values: Values, codes: Codes, taken: NDArray[np.bool_], book: Book | None,
             where: Callable[[int], dict[str, Any]]) -> None:
        """A piece was fed, of which the engine took some messages. `where` is the origin of one."""
        if book is not None and taken[0]:
            self._compare(values, int(codes[0]), book, where)
        ends = np.cumsum(values["bids"].astype(np.int64) + values["asks"])
        for at in np.flatnonzero(taken & (values["snapshot"] != 0)).tolist():
            code, number = int(codes[at]), int(values["last"][at])
            before = np.flatnonzero((codes[:at] == code) & taken[:at])
            known = self._known.setdefault(code, _Known())
            if len(before):
                known.newest = int(values["last"][before[-1]])
            bid, ask = (float(side[-1, 0]) if len(side) else None
                        for side in _sides(values, at, int(ends[at])))
            if NO_ID not in (number, known.newest) and number < known.newest:
                bid, ask = _nearer(bid, known.bid, -1), _nearer(ask, known.ask, 1)
            known.bid, known.ask = bid, ask
        for code in self._known.keys() & {*np.unique(codes).tolist()}:
            self._move(self._known[code], values, np.flatnonzero(codes == code), taken)

    def _move(self, known: _Known, values: Values, mine: NDArray[np.intp],
              taken: NDArray[np.bool_]) -> None:
        """Behind the messages of a symbol."""
        last = mine[-1]
        if not taken[last] and values["last"][last] == NO_ID:
            known.changed = False  # the book lacks this one, as the engine knows
            return
        mine = mine[taken[mine]]
        if not len(mine):
            return
        number, is_snapshot = int(values["last"][mine[-1]]), bool(values["snapshot"][mine[-1]])
        known.changed = not is_snapshot
        if not (is_snapshot and NO_ID not in (number, known.newest) and number < known.newest):
            known.newest = number

    def forget(self) -> None:
        """What comes next need not follow what came."""
        for known in self._known.values():
            known.changed = False

    def _leaves_out(self, code: int) -> bool:
        """Whether the engine has left levels out that were too many."""
        counts = self._engine.book_counters.get(self._name(code), {})
        return bool(counts.get("left_out", 0))

    def _name(self, code: int) -> str:
        if code >= len(self._names):
            self._names = self._engine.symbols
        return self._names[code]

    def _compare(self, values: Values, code: int, book: Book,
                 where: Callable[[int], dict[str, Any]]) -> None:
        known, number = self._known[code], int(values["last"][0])
        levels = 0
        if NO_ID in (number, known.newest) or number == known.newest:
            recorded = _sides(values, 0, int(values["bids"][0]) + int(values["asks"][0]))
            for name, step, edge, mine, theirs in zip(
                    ("bid", "ask"), (-1, 1), (known.bid, known.ask), book, recorded, strict=True):
                if len(theirs) > _MANY and self._leaves_out(code):
                    edge = _nearer(edge, float(mine[-1, 0]) if len(mine) else None, step)
                mine, theirs = (_upto(side, step, edge, theirs) for side in (mine, theirs))
                levels += len(mine) + len(theirs)
                if (at := _difference(mine, theirs)) is not None:
                    self.counts["differing"] += 1
                    self.first = self.first or {
                        **where(0), "symbol": self._name(code), "side": name,
                        "level": at + 1, "book": _level(mine, at), "recorded": _level(theirs, at)}
                    return
        self.counts["agreed" if levels else "unmatched"] += 1


def warning(found: Mapping[str, Any]) -> str:
    """The sentence on the snapshots of a report that differ."""
    return (f"{found['differing']:,} of {found['differing'] + found['agreed']:,} recorded snapshots"
            " differ from the book that the messages before them had built, the first in"
            f" {_told(found['first'])}; from there on the book is the snapshot's")


def _told(first: Mapping[str, Any]) -> str:
    mine, theirs = (f"{side[0]!r} x {side[1]!r}" if side else "no level"
                    for side in (first["book"], first["recorded"]))
    place = f"{first['file']}, row {first['row']:,}" if "file" in first else f"row {first['row']:,}"
    return (f"{place}: {first['side']} level {first['level']} of {first['symbol'] or 'the book'} is"
            f" {mine}, recorded is {theirs}")


def _sides(values: Values, at: int, end: int) -> Book:
    """The levels of a message, whose last one ends at `end`: best first, without those of
    quantity 0."""
    bids, asks = int(values["bids"][at]), int(values["asks"][at])
    levels = np.column_stack([values[name][end - bids - asks:end] for name in ("price", "qty")])
    levels_of = levels[:bids], levels[bids:]
    bid, ask = (side[side[:, 1] != 0] for side in levels_of)
    return bid[np.argsort(-bid[:, 0], kind="stable")], ask[np.argsort(ask[:, 0], kind="stable")]


def _upto(side: NDArray[np.float64], step: int, edge: float | None,
          recorded: NDArray[np.float64]) -> NDArray[np.float64]:
    """The levels as far as both the book and the snapshot know them."""
    worst = [price for price in (edge, *recorded[-1:, 0].tolist()) if price is not None]
    if not worst:
        return side
    limit = min(step * price for price in worst)
    within: NDArray[np.float64] = side[step * side[:, 0] <= limit]
    return within


def _nearer(one: float | None, other: float | None, step: int) -> float | None:
    """Of two prices the one nearer to the touch; None is behind all."""
    if one is None or other is None:
        return other if one is None else one
    return one if step * one < step * other else other


def _difference(one: NDArray[np.float64], other: NDArray[np.float64]) -> int | None:
    """The first level that differs, from 0."""
    both = min(len(one), len(other))
    unequal = np.flatnonzero((one[:both] != other[:both]).any(axis=1))
    if len(unequal):
        return int(unequal[0])
    return both if len(one) != len(other) else None


def _level(side: NDArray[np.float64], at: int) -> list[float] | None:
    return side[at].tolist() if at < len(side) else None
