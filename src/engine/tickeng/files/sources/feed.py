"""What is odd in a feed: sides, quantities, ids, times and prices over the batches of its files.

Memory is O(1) per symbol. Ids and times are followed symbol by symbol; `deep` looks at prices, too,
which costs a sort of every mixed batch.
Trap: an id gap is told only where ids rise by one, and for rows out of order only as a number;
where an id could not be read it is not told at all, for it may be the one that is missing.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tickeng._native.io import FeedSteps
from tickeng.files.batch import EventBatch, plural

_JUMP_NS = 30 * 86_400 * 10**9
_HOLE_NS, _HOLE_GAPS = 60 * 10**9, 100  # a hole is longer than a minute and than 100 usual gaps
_HOLES = 8
_NAMED = 4
_SPIKE = 2.0
ONE_SIDED = 1_000  # so many rows of one side alone are no accident


class Steps:
    """One symbol in one file, by the names of StepCounts (tickeng/io/feed_steps.hpp): a tuple, of
    which a file may have a million where a dict takes a kilobyte."""

    __slots__ = ("_values",)
    _places: ClassVar[dict[str, int]] = {}

    def __init__(self, counts: dict[str, Any]) -> None:
        if not self._places:
            self._places.update({name: n for n, name in enumerate(counts)})
        counts["longest"] = tuple(counts["longest"])  # () takes nothing
        self._values = tuple(counts.values())

    def __getitem__(self, name: str) -> Any:
        return self._values[self._places[name]]


class Feed:
    """Counts over the batches of one file. `ids`: its ids are numbers, and may rise by one."""

    def __init__(self, *, deep: bool = False, ids: bool = True) -> None:
        self.deep, self._ids = deep, ids
        self.rows = self.trades = self.buys = self.sells = self.zero_qty = self.spikes = 0
        self.span_ns: tuple[int, int] | None = None
        self._steps: dict[str, FeedSteps] = {}  # by kind, each of which is a stream of its own
        self._names: list[str] = []
        self._prices: dict[str, tuple[float, ...]] = {}

    def add(self, batch: EventBatch) -> None:
        """Count the rows of a batch."""
        if not len(batch):
            return
        self.rows += len(batch)
        if batch.kind == "trade":
            self._count_trades(batch)
        ends = [int(batch.ts_ns.min()), int(batch.ts_ns.max()), *(self.span_ns or ())]
        self.span_ns = min(ends), max(ends)
        ids = batch.id if self._ids and batch.kind == "trade" else None
        if batch.kind not in self._steps:
            self._steps[batch.kind] = FeedSteps(_HOLE_NS, _JUMP_NS, _HOLES)
        self._steps[batch.kind].add(batch.ts_ns, ids, batch.symbol, len(batch.symbols))
        self._names = batch.symbols

    def _count_trades(self, batch: EventBatch) -> None:
        side = batch.values["side"]
        self.trades += len(batch)
        self.buys += int(np.count_nonzero(side == 1))
        self.sells += int(np.count_nonzero(side == -1))
        self.zero_qty += len(batch) - int(np.count_nonzero(batch.values["qty"]))
        if self.deep:
            for symbol, at in _by_symbol(batch):
                prices = np.append(self._prices.get(symbol, ()), batch.values["price"][at])
                self.spikes += _spikes(prices)
                self._prices[symbol] = tuple(prices[-2:].tolist())

    @property
    def runs_backwards(self) -> bool:
        """Whether the file has its newest row first."""
        steps = self._steps.values()
        return _mostly_back(sum(each.down for each in steps), sum(each.up for each in steps))

    def steps(self) -> dict[tuple[str, str], Steps]:
        """By symbol and kind, those that had a row."""
        found = ((self._names[code], kind, Steps(steps.counts(code)))
                 for kind, steps in self._steps.items() for code in range(len(steps)))
        return {(name, kind): steps for name, kind, steps in found if steps["rows"]}

    def report(self) -> dict[str, Any]:
        """That of a feed of one file."""
        return total([self])


def _by_symbol(batch: EventBatch) -> Iterator[tuple[str, Any]]:
    """Each symbol of a batch with the places of its rows."""
    if batch.symbol is None:
        yield batch.symbols[0], slice(None)
        return
    order = np.argsort(batch.symbol, kind="stable")
    codes, first = np.unique(batch.symbol[order], return_index=True)
    for code, at in zip(codes, np.split(order, first[1:]), strict=True):
        yield batch.symbols[int(code)], at


def total(feeds: Sequence[Feed]) -> dict[str, Any]:
    """JSON-able, of the files of one feed together: rows, sides, zero quantities, backward stamps,
    jumps, holes, gaps in ids; also those between a file and the next of the same symbol."""
    sums = {name: sum(getattr(feed, name) for feed in feeds)
            for name in ("rows", "buys", "sells", "zero_qty")}
    streams: dict[tuple[str, str], _Symbol] = {}
    for feed in feeds:
        for key, steps in feed.steps().items():
            streams.setdefault(key, _Symbol()).files.append(steps)
    several = len({kind for _, kind in streams}) > 1
    symbols = {f"{name} ({plural(kind)})" if several else name: symbol
               for (name, kind), symbol in streams.items()}
    jumps = {name: symbol.jumps for name, symbol in symbols.items()}
    unread = {name: symbol.sum("unread_ids") for name, symbol in symbols.items()}
    return {
        **sums,
        "unknown_side": sum(feed.trades for feed in feeds) - sums["buys"] - sums["sells"],
        "symbols": len({name for name, _ in streams}),
        "backward": sum(symbol.sum("backward") for symbol in symbols.values()),
        "runs_backwards": any(feed.runs_backwards for feed in feeds),
        "jumps": sum(jumps.values()), "jumps_by_symbol": _nonzero(jumps),
        "holes": _holes(symbols), "id_gaps": _id_gaps(symbols),
        "unread_ids": _nonzero(unread),
        **({"spikes": sum(feed.spikes for feed in feeds)} if all(f.deep for f in feeds) else {}),
    }


def _nonzero(counts: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


@dataclass(slots=True, eq=False, repr=False)
class _Symbol:
    """One symbol in the files that have it."""

    files: list[Steps] = field(default_factory=list)

    def sum(self, name: str) -> int:
        return sum(steps[name] for steps in self.files)

    @property
    def pauses(self) -> list[tuple[int, int]]:
        """(length, end) in ns of the times between files of which one follows the other."""
        return [(after["first_ns"] - before["last_ns"], after["first_ns"])
                for before, after in pairwise(_in_time(self.files))
                if after["first_ns"] > before["last_ns"]]

    @property
    def jumps(self) -> int:
        return self.sum("jumps") + sum(length > _JUMP_NS for length, _ in self.pauses)

    def holes(self) -> list[tuple[int, int]]:
        """(length, end) of the steps far above the usual one."""
        usual = sum(s["last_ns"] - s["first_ns"] for s in self.files) / max(
            self.sum("rows") - len(self.files), 1)
        long = [step for steps in self.files for step in steps["longest"]] + self.pauses
        return [step for step in long if step[0] > max(_HOLE_NS, _HOLE_GAPS * usual)]

    def id_gaps(self) -> dict[str, int | None] | None:
        """Ids missing and in how many gaps, None where ids do not rise by one."""
        if self.sum("unread_ids"):
            return None
        known = [steps for steps in self.files
                 if steps["one"] and 2 * steps["one"] >= steps["gap"]]
        if not known:
            return None
        missing, gaps = 0, sum(steps["gap"] for steps in known)
        for steps in known:
            between = steps["greatest_id"] - steps["least_id"] + 1
            missing += max(0, between - (steps["ids"] - steps["same"]))
        for before, after in pairwise(_in_time(known)):
            lost = after["least_id"] - before["greatest_id"] - 1
            if lost > 0 and after["first_ns"] >= before["last_ns"]:
                missing, gaps = missing + lost, gaps + 1
        back = any(steps["back"] for steps in known)
        return {"missing": missing, "gaps": None if back else gaps}


def _in_time(files: list[Steps]) -> list[Steps]:
    return sorted(files, key=lambda steps: (steps["first_ns"], steps["last_ns"]))


def _holes(symbols: dict[str, _Symbol]) -> list[dict[str, Any]]:
    """The longest gaps in time that are far above the usual of their symbol."""
    found = [(length, end, name) for name, symbol in symbols.items()
             for length, end in symbol.holes()]
    return [{"symbol": name, "from_ns": end - length, "to_ns": end, "seconds": length / 1e9}
            for length, end, name in heapq.nlargest(_HOLES, found)]


def _id_gaps(symbols: dict[str, _Symbol]) -> dict[str, Any] | None:
    """Ids missing, over the symbols whose ids rise by one; None where there are none."""
    found = {name: gaps for name, symbol in symbols.items() if (gaps := symbol.id_gaps())}
    if not found:
        return None
    known = [entry["gaps"] for entry in found.values()]
    return {
        "missing": sum(entry["missing"] or 0 for entry in found.values()),
        "gaps": None if None in known else sum(count or 0 for count in known),
        "symbols": {name: entry for name, entry in found.items() if entry["missing"]},
    }


def runs_backwards(ts_ns: NDArray[np.int64]) -> bool:
    """Whether rows, whatever their symbols, stand newest first."""
    if len(ts_ns) < 3 or ts_ns[0] <= ts_ns[-1]:
        return False
    steps = np.diff(ts_ns)
    return _mostly_back(int(np.count_nonzero(steps < 0)), int(np.count_nonzero(steps > 0)))


def _mostly_back(backward: int, forward: int) -> bool:
    return backward >= 2 and backward > 9 * forward


def _spikes(price: NDArray[np.float64]) -> int:
    """Prices that leave their neighbours by more than a factor of two and come back at once."""
    if len(price) < 3:
        return 0
    there, back = price[1:-1] / price[:-2], price[2:] / price[1:-1]
    up, down = (there > _SPIKE) & (back < 1 / _SPIKE), (there < 1 / _SPIKE) & (back > _SPIKE)
    return int(np.count_nonzero(up | down))


def findings(report: dict[str, Any]) -> list[str]:
    """What is worth a line, in words; shares are of the rows that could be read."""
    rows, found, several = report["rows"], [], report["symbols"] > 1
    gaps, unread = report["id_gaps"], report["unread_ids"]
    if gaps and gaps["missing"]:
        where = "" if gaps["gaps"] is None else f" in {gaps['gaps']:,} gaps"
        lost = {name: entry["missing"] for name, entry in gaps["symbols"].items()}
        found.append(f"{gaps['missing']:,} ids missing{where}{_of(lost, several)}")
    if unread:
        found.append(f"{sum(unread.values()):,} ids are no integers{_of(unread, several)}: gaps in"
                     " ids are not counted there")
    for name, text in (
        ("zero_qty", "zero quantities"), ("unknown_side", "rows without a side"),
        ("backward", "stamps older than the row before"), ("jumps", "jumps of more than 30 days"),
        ("spikes", "prices that leave by a factor of two and come back at once"),
    ):
        if count := report.get(name):
            of = _of(report["jumps_by_symbol"], several and name == "jumps")
            found.append(f"{count:,} {text} ({count / rows:.1%}){of}")
    for hole in report["holes"][:3]:
        start, end = (np.datetime64(hole[name], "ns").astype("datetime64[ms]")
                      for name in ("from_ns", "to_ns"))
        whose = f" of {hole['symbol']}" if several else ""
        found.append(f"nothing{whose} from {start}Z to {end}Z ({hole['seconds']:,.0f} s)")
    return found


def _of(counts: dict[str, int], several: bool) -> str:
    """The symbols that have most of it, where there are several in the feed."""
    if not several:
        return ""
    most = Counter(counts).most_common(_NAMED)
    named = ", ".join(f"{name} {count:,}" for name, count in most)
    more = f" and {len(counts) - _NAMED:,} more" if len(counts) > _NAMED else ""
    return f" ({named}{more})"


def warnings(report: dict[str, Any], *, inferred: bool = False) -> list[str]:
    """What a user should know before trusting numbers made of this feed; its sides may be those
    that the tick rule gave."""
    rows, unknown = report["rows"], report["unknown_side"]
    if not rows:
        return []
    found = []
    if inferred:
        unknown = 0
    if unknown == rows:
        found.append('no row has a side: infer_side="tick" signs trades by the tick rule')
    elif unknown > 0.01 * rows:
        found.append(f'{unknown / rows:.1%} of rows have no side: infer_side="tick" signs them by'
                     " the tick rule")
    for name, count in (("buy", report["buys"]), ("sell", report["sells"])):
        if count == rows > ONE_SIDED and not inferred:
            found.append(f"every row is a {name}: is the side column what it seems?")
    if report["zero_qty"] > 0.01 * rows:
        found.append(f"{report['zero_qty'] / rows:.1%} of rows have zero quantity")
    return found


def cut_ends(names: Sequence[str]) -> list[str]:
    """What to say of files whose last line has no line end, in one sentence."""
    if not names:
        return []
    if len(names) == 1:
        return [f"the last line of {names[0]} has no line end: the file may be cut"]
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return [f"the last lines of {len(names):,} files have no line end ({', '.join(names[:_NAMED])}"
            f"{more}): they may be cut"]
