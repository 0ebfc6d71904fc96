"""`inspect_file`: what is in a file, in one streaming pass of bounded memory."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tickeng.sources.batch import TradeBatch
from tickeng.sources.opening import open_source

_DECIMALS = 8  # grids finer than 1e-8 are not looked for


class Grid:
    """The coarsest decimal grid that all values seen lie on, as a greatest common divisor."""

    def __init__(self) -> None:
        self._divisor = 0
        self._lost = False

    def add(self, values: NDArray[np.float64]) -> None:
        scaled = values * 10.0**_DECIMALS
        whole = np.rint(scaled)
        if self._lost or (np.abs(whole) >= 2**62).any() or (
                np.abs(scaled - whole) > 1e-3 + 1e-9 * np.abs(scaled)).any():
            self._lost = True
        elif len(whole):
            self._divisor = int(np.gcd.reduce(np.append(whole.astype(np.int64), self._divisor)))

    @property
    def size(self) -> float | None:
        """The step, None when there is none or no value was seen."""
        return None if self._lost or not self._divisor else self._divisor / 10**_DECIMALS


class Tally:
    """Counts over the batches of one file; per symbol only its rows, last time and last id."""

    def __init__(self) -> None:
        self.rows: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()
        self.sides: Counter[str] = Counter()
        self.first_ns: int | None = None
        self.last_ns: int | None = None
        self.equal = self.late = self.duplicate_ids = 0
        self.prices, self.lots = Grid(), Grid()
        self.extremes: dict[str, list[float]] = {}
        self._newest: dict[str, int] = {}
        self._last_id: dict[str, int] = {}

    def add(self, batch: TradeBatch) -> None:
        self.rejected.update(batch.rejected)
        if not len(batch.ts_ns):
            return
        low, high = int(batch.ts_ns.min()), int(batch.ts_ns.max())
        self.first_ns = low if self.first_ns is None else min(low, self.first_ns)
        self.last_ns = high if self.last_ns is None else max(high, self.last_ns)
        for name, value in (("buy", 1), ("sell", -1), ("unknown", 0)):
            self.sides[name] += int((batch.side == value).sum())
        self.prices.add(batch.price)
        self.lots.add(batch.qty)
        for name, column in (("price", batch.price), ("qty", batch.qty)):
            ends = self.extremes.setdefault(name, [np.inf, -np.inf])
            ends[:] = [min(ends[0], float(column.min())), max(ends[1], float(column.max()))]
        codes = np.zeros(len(batch.ts_ns), np.uint32) if batch.symbol is None else batch.symbol
        for code in np.unique(codes):
            self._order(batch, batch.symbols[int(code)], codes == code)

    def _order(self, batch: TradeBatch, symbol: str, of_symbol: NDArray[np.bool_]) -> None:
        ts = batch.ts_ns[of_symbol]
        self.rows[symbol] += len(ts)
        known = symbol in self._newest
        before = np.maximum.accumulate(np.append(self._newest.get(symbol, ts[0]), ts))
        self.equal += int((ts == before[:-1]).sum()) - (0 if known else 1)
        self.late += int((ts < before[:-1]).sum())
        self._newest[symbol] = int(before[-1])
        if batch.id is not None:
            ids = batch.id[of_symbol]
            previous = np.append(self._last_id.get(symbol, ids[0] - 1), ids)
            self.duplicate_ids += int((ids <= np.maximum.accumulate(previous)[:-1]).sum())
            self._last_id[symbol] = int(previous.max())


def inspect_file(path: str, **options: Any) -> dict[str, Any]:
    """Format, columns, rows, span, symbols, order, tick and lot size of a file of trades.

    Takes the options of `open_source`; a file without sides is described all the same. Raises
    DataError as open_source does, TruncatedError where the file ends too early.
    """
    if not options.get("infer_side"):
        options["infer_side"] = "tick"  # only to get past the check: sides are told below
        inferred = True
    else:
        inferred = False
    source = open_source(path, **options)
    tally = Tally()
    ids = recv = False
    for batch in source.batches():
        tally.add(batch)
        ids, recv = ids or batch.id is not None, recv or batch.recv_ns is not None
    source.close()
    rows = sum(tally.rows.values())
    span = (tally.last_ns or 0) - (tally.first_ns or 0)
    sides: Any = {k: v for k, v in tally.sides.items() if v}
    if not source.has_side and inferred:
        sides = "none (--infer-side tick infers them)"
    return {
        "file": path, "format": source.format, "container": source.container,
        "columns": source.columns, "rows": rows + sum(tally.rejected.values()), "trades": rows,
        "rejected": dict(tally.rejected),
        "first": _iso(tally.first_ns), "last": _iso(tally.last_ns),
        "span_s": span / 1e9, "symbols": dict(tally.rows), "sides": sides,
        "equal_timestamps": tally.equal, "late": tally.late,
        "duplicate_ids": tally.duplicate_ids if ids else None, "ids": ids, "receive_clock": recv,
        "tick_size": tally.prices.size, "lot_size": tally.lots.size, **tally.extremes,
    }


def _iso(ts_ns: int | None) -> str | None:
    if ts_ns is None:
        return None
    whole, rest = divmod(ts_ns, 10**9)
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"
