"""What is odd in a feed: sides, quantities, ids, times and prices over the batches of one file.

Memory is O(1) per symbol. `deep` looks at every symbol of a mixed batch and at prices, which costs
a sort; without it ids and times are followed only where a batch has one symbol.
Trap: an id gap is told only where ids rise by one, and for rows out of order only as a number.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tickeng.sources.batch import TradeBatch

_JUMP_NS = 30 * 86_400 * 10**9
_HOLE_NS, _HOLE_GAPS = 60 * 10**9, 100  # a hole is longer than a minute and than 100 usual gaps
_HOLES = 8
_SPIKE = 2.0
ONE_SIDED = 1_000  # so many rows of one side alone are no accident


@dataclass(slots=True)
class _Symbol:
    """What one symbol's rows have shown."""

    rows: int = 0
    first_ns: int = 0
    last_ns: int = 0
    ids: int = 0
    id_span: tuple[int, int] | None = None
    last_id: int = 0
    id_steps: dict[str, int] = field(default_factory=lambda: {"one": 0, "gap": 0, "back": 0,
                                                              "same": 0})
    longest: list[tuple[int, int]] = field(default_factory=list)  # (gap ns, it ends at ns)
    prices: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))


class Feed:
    """Counts over the batches of one file; `report()` when they are through."""

    def __init__(self, *, deep: bool = False) -> None:
        self._deep = deep
        self.rows = self.buys = self.sells = self.zero_qty = 0
        self.backward = self.jumps = self.spikes = 0
        self.span_ns: tuple[int, int] | None = None
        self._up = self._down = 0
        self._symbols: dict[str, _Symbol] = {}

    def add(self, batch: TradeBatch) -> None:
        """Count the rows of a batch."""
        if not len(batch):
            return
        self.rows += len(batch)
        self.buys += int(np.count_nonzero(batch.side == 1))
        self.sells += int(np.count_nonzero(batch.side == -1))
        self.zero_qty += len(batch) - int(np.count_nonzero(batch.qty))
        steps = self._order(batch.ts_ns)
        if batch.symbol is None or len(batch.symbols) == 1:
            self._follow(batch, batch.symbols[0], slice(None), steps)
        elif self._deep:
            order = np.argsort(batch.symbol, kind="stable")
            codes, first = np.unique(batch.symbol[order], return_index=True)
            for code, at in zip(codes, np.split(order, first[1:]), strict=True):
                self._follow(batch, batch.symbols[int(code)], at)

    def _order(self, ts_ns: NDArray[np.int64]) -> NDArray[np.int64]:
        """Count how the rows of all symbols stand in the file; the steps of time between them."""
        steps = np.diff(ts_ns)
        down, up, first, last = 0, len(steps), int(ts_ns[0]), int(ts_ns[-1])
        if len(steps) and steps.min() < 0:
            down, up = int(np.count_nonzero(steps < 0)), int(np.count_nonzero(steps > 0))
            first, last = int(ts_ns.min()), int(ts_ns.max())
        self._up += up
        self._down += down
        if self.span_ns:
            first, last = min(first, self.span_ns[0]), max(last, self.span_ns[1])
        self.span_ns = (first, last)
        return steps

    def _follow(
        self, batch: TradeBatch, symbol: str, at: Any, steps: NDArray[np.int64] | None = None
    ) -> None:
        state = self._symbols.setdefault(symbol, _Symbol())
        ts_ns = batch.ts_ns[at]
        self._times(state, ts_ns, np.diff(ts_ns) if steps is None else steps)
        if batch.id is not None:
            _ids(state, batch.id[at])
        if self._deep:
            prices = np.append(state.prices, batch.price[at])
            self.spikes += _spikes(prices)
            state.prices = prices[-2:]

    def _times(self, state: _Symbol, ts_ns: NDArray[np.int64], steps: NDArray[np.int64]) -> None:
        if state.rows:
            step_ns = int(ts_ns[0]) - state.last_ns
            self.backward += step_ns < 0
            self.jumps += step_ns > _JUMP_NS
            self._long(state, step_ns, int(ts_ns[0]))
        else:
            state.first_ns = int(ts_ns[0])
        if len(steps):
            if steps.min() < 0:
                self.backward += int(np.count_nonzero(steps < 0))
            if steps.max() > _HOLE_NS:
                self.jumps += int(np.count_nonzero(steps > _JUMP_NS))
                for at in np.argpartition(steps, max(len(steps) - _HOLES, 0))[-_HOLES:].tolist():
                    self._long(state, int(steps[at]), int(ts_ns[at + 1]))
        state.rows += len(ts_ns)
        state.last_ns = int(ts_ns[-1])

    def _long(self, state: _Symbol, step_ns: int, end_ns: int) -> None:
        """Keep a step of time that is long among the longest."""
        if step_ns > _HOLE_NS:
            state.longest = heapq.nlargest(_HOLES, [*state.longest, (step_ns, end_ns)])

    @property
    def runs_backwards(self) -> bool:
        """Whether the file has its newest row first."""
        return _mostly_back(self._down, self._up)

    def holes(self) -> list[dict[str, Any]]:
        """The longest gaps in time that are far above the usual of their symbol."""
        found = []
        for symbol, state in self._symbols.items():
            usual = (state.last_ns - state.first_ns) / max(state.rows - 1, 1)
            found += [(gap, end, symbol) for gap, end in state.longest if gap > _HOLE_GAPS * usual]
        return [{"symbol": symbol, "from_ns": end - gap, "to_ns": end, "seconds": gap / 1e9}
                for gap, end, symbol in heapq.nlargest(_HOLES, found)]

    def id_gaps(self) -> dict[str, Any] | None:
        """Ids missing, over the symbols whose ids rise by one; None where there are none."""
        symbols = {}
        for name, state in self._symbols.items():
            steps = state.id_steps
            if state.id_span is None or not steps["one"] or 2 * steps["one"] < steps["gap"]:
                continue
            between = state.id_span[1] - state.id_span[0] + 1
            missing = max(0, between - (state.ids - steps["same"]))
            gaps = None if steps["back"] else steps["gap"]
            symbols[name] = {"missing": missing, "gaps": gaps}
        if not symbols:
            return None
        known = [entry["gaps"] for entry in symbols.values()]
        return {
            "missing": sum(entry["missing"] for entry in symbols.values()),
            "gaps": None if None in known else sum(known),
            "symbols": {name: entry for name, entry in symbols.items() if entry["missing"]},
        }

    def report(self) -> dict[str, Any]:
        """JSON-able: rows, sides, zero quantities, backward stamps, jumps, holes, id gaps."""
        return {
            "rows": self.rows, "buys": self.buys, "sells": self.sells,
            "unknown_side": self.rows - self.buys - self.sells, "zero_qty": self.zero_qty,
            "backward": self.backward, "runs_backwards": self.runs_backwards,
            "jumps": self.jumps, "holes": self.holes(), "id_gaps": self.id_gaps(),
            **({"spikes": self.spikes} if self._deep else {}),
        }


def runs_backwards(ts_ns: NDArray[np.int64]) -> bool:
    """Whether rows, whatever their symbols, stand newest first."""
    if len(ts_ns) < 3 or ts_ns[0] <= ts_ns[-1]:
        return False
    steps = np.diff(ts_ns)
    return _mostly_back(int(np.count_nonzero(steps < 0)), int(np.count_nonzero(steps > 0)))


def _mostly_back(backward: int, forward: int) -> bool:
    return backward >= 2 and backward > 9 * forward


def _ids(state: _Symbol, ids: NDArray[np.int64]) -> None:
    if state.id_span is not None:
        _count(state.id_steps, np.array([int(ids[0]) - state.last_id], np.int64))
    steps = np.diff(ids)
    rising = _count(state.id_steps, steps)
    low, high = (int(ids[0]), int(ids[-1])) if rising else (int(ids.min()), int(ids.max()))
    if state.id_span is not None:
        low, high = min(low, state.id_span[0]), max(high, state.id_span[1])
    state.ids += len(ids)
    state.id_span, state.last_id = (low, high), int(ids[-1])


def _count(counts: dict[str, int], steps: NDArray[np.int64]) -> bool:
    """Count the steps between ids; whether all are one."""
    one = int(np.count_nonzero(steps == 1))
    counts["one"] += one
    if one == len(steps):
        return True
    same, back = int(np.count_nonzero(steps == 0)), int(np.count_nonzero(steps < 0))
    counts["same"] += same
    counts["back"] += back
    counts["gap"] += len(steps) - one - same - back
    return False


def _spikes(price: NDArray[np.float64]) -> int:
    """Prices that leave their neighbours by more than a factor of two and come back at once."""
    if len(price) < 3:
        return 0
    there, back = price[1:-1] / price[:-2], price[2:] / price[1:-1]
    up, down = (there > _SPIKE) & (back < 1 / _SPIKE), (there < 1 / _SPIKE) & (back > _SPIKE)
    return int(np.count_nonzero(up | down))


def total(reports: list[dict[str, Any]]) -> dict[str, Any]:
    """The reports of several files as one."""
    counts = ("rows", "buys", "sells", "unknown_side", "zero_qty", "backward", "jumps", "spikes")
    sums: dict[str, Any] = {name: sum(report[name] for report in reports)
                            for name in counts if all(name in report for report in reports)}
    gaps = [report["id_gaps"] for report in reports if report["id_gaps"]]
    known = [entry["gaps"] for entry in gaps]
    sums["id_gaps"] = {"missing": sum(entry["missing"] for entry in gaps),
                       "gaps": None if None in known else sum(known)} if gaps else None
    holes = [hole for report in reports for hole in report["holes"]]
    sums["holes"] = heapq.nlargest(_HOLES, holes, key=lambda hole: float(hole["seconds"]))
    return sums


def findings(report: dict[str, Any]) -> list[str]:
    """What is worth a line, in words; shares are of the rows that could be read."""
    rows, found = report["rows"], []
    gaps = report["id_gaps"]
    if gaps and gaps["missing"]:
        where = "" if gaps["gaps"] is None else f" in {gaps['gaps']:,} gaps"
        found.append(f"{gaps['missing']:,} ids missing{where}")
    for name, text in (
        ("zero_qty", "zero quantities"), ("unknown_side", "rows without a side"),
        ("backward", "stamps older than the row before"), ("jumps", "jumps of more than 30 days"),
        ("spikes", "prices that leave by a factor of two and come back at once"),
    ):
        if count := report.get(name):
            found.append(f"{count:,} {text} ({count / rows:.1%})")
    for hole in report["holes"][:3]:
        start, end = (np.datetime64(hole[name], "ns").astype("datetime64[ms]")
                      for name in ("from_ns", "to_ns"))
        found.append(f"nothing from {start}Z to {end}Z ({hole['seconds']:,.0f} s)")
    return found


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
