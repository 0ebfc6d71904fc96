"""`tickeng.inspect`: what is in a file, in one streaming pass of bounded memory."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tickeng.errors import DataError
from tickeng.files.arrivals import Arrivals
from tickeng.files.batch import NO_ID, VALUES, EventBatch
from tickeng.files.sources import feed
from tickeng.files.sources.feed import Feed
from tickeng.files.sources.formats import open_source
from tickeng.files.sources.source import Source

Progress = Callable[[int, float | None], None]

_MAX_DECIMALS = 12
_EXACT = 2.0**53


class Grid:
    """The coarsest decimal grid that all values seen lie on: the gcd of the values as integers of
    the finest decimal place among them. None once a value has no such form."""

    def __init__(self) -> None:
        self._decimals = 0
        self._divisor = 0
        self._lost = False

    def add(self, values: NDArray[np.float64]) -> None:
        while not self._lost:
            power = 10.0**self._decimals
            whole = np.rint(values * power)
            if (np.abs(whole) >= _EXACT).any() or self._decimals > _MAX_DECIMALS:
                self._lost = True
            elif (whole / power == values).all():  # the decimal that reads as this very double
                self._divisor = int(np.gcd.reduce(np.append(whole.astype(np.int64), self._divisor)))
                return
            else:
                self._decimals += 1
                self._divisor *= 10

    @property
    def size(self) -> float | None:
        return None if self._lost or not self._divisor else self._divisor / 10**self._decimals


@dataclass(slots=True, eq=False, repr=False)
class _Last:
    """One symbol's newest time and id, and its last row."""

    ts_ns: int
    id: int
    row: tuple[Any, ...]


@dataclass(slots=True, eq=False, repr=False)
class Tally:
    """Counts over the batches of one file."""

    rows: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    sides: Counter[str] = field(default_factory=Counter)
    span_ns: list[int] = field(default_factory=list)
    extremes: dict[str, list[float]] = field(default_factory=dict)
    equal: int = 0
    late: int = 0
    duplicate_rows: int = 0
    duplicate_ids: int = 0
    prices: Grid = field(default_factory=Grid)
    lots: Grid = field(default_factory=Grid)
    _last: dict[str, _Last] = field(default_factory=dict)

    def add(self, batch: EventBatch) -> None:
        self.rejected.update(batch.rejected)
        if not len(batch):
            return
        ends = [int(batch.ts_ns.min()), int(batch.ts_ns.max()), *self.span_ns]
        self.span_ns = [min(ends), max(ends)]
        if batch.kind == "trade":
            self._add_trades(batch)
        else:
            self._add_market(batch)
        self._add_order(batch)

    def _add_trades(self, batch: EventBatch) -> None:
        for name, value in (("buy", 1), ("sell", -1), ("unknown", 0)):
            self.sides[name] += int(np.count_nonzero(batch.values["side"] == value))
        for name, grid in (("price", self.prices), ("qty", self.lots)):
            column = batch.values[name]
            grid.add(column)
            seen = [float(column.min()), float(column.max()), *self.extremes.get(name, [])]
            self.extremes[name] = [min(seen), max(seen)]

    def _add_market(self, batch: EventBatch) -> None:
        """Sides of quotes and books; what is crossed has a best bid above its best ask."""
        bid, ask = (batch.values[side].reshape(len(batch), -1) for side in ("bid", "ask"))
        empty = np.isnan(bid[:, 0]).astype(int) + np.isnan(ask[:, 0])
        for name, found in (("one-sided", empty == 1), ("empty", empty == 2),
                            ("locked", bid[:, 0] == ask[:, 0]),
                            ("crossed", bid[:, 0] > ask[:, 0])):
            self.sides[name] += int(np.count_nonzero(found))
        for name, grid in (("bid", self.prices), ("ask", self.prices),
                           ("bid_qty", self.lots), ("ask_qty", self.lots)):
            column = batch.values[name]
            column = column[np.isfinite(column)]
            if len(column):
                grid.add(column)
                seen = [float(column.min()), float(column.max()), *self.extremes.get(name, [])]
                self.extremes[name] = [min(seen), max(seen)]

    def _add_order(self, batch: EventBatch) -> None:
        if batch.symbol is None:
            self._order(batch, batch.symbols[0], slice(None))
            return
        order = np.argsort(batch.symbol, kind="stable")
        codes, first = np.unique(batch.symbol[order], return_index=True)
        for code, at in zip(codes, np.split(order, first[1:]), strict=True):
            self._order(batch, batch.symbols[int(code)], at)

    def _order(self, batch: EventBatch, symbol: str, at: Any) -> None:
        ts = batch.ts_ns[at]
        columns = [_bits(column[at]) for name, column in batch.columns.items()
                   if name != "recv_ns"]
        self.rows[symbol] += len(ts)
        last = self._last.get(symbol)
        newest = np.maximum.accumulate(ts if last is None else np.append(last.ts_ns, ts))
        before, after = (newest[:-1], ts[1:] if last is None else ts)
        self.equal += int(np.count_nonzero(after == before))
        self.late += int(np.count_nonzero(after < before))
        same = np.logical_and.reduce([(column[1:] == column[:-1]).all(axis=1)
                                      for column in columns])
        first_row = tuple(column[0].tobytes() for column in columns)
        self.duplicate_rows += int(np.count_nonzero(same)) + (
            last is not None and first_row == last.row)
        newest_id = NO_ID if last is None else last.id
        if batch.id is not None:
            ids = batch.id[at]
            ids = np.append(newest_id, ids[ids != NO_ID])  # NO_ID is below every id
            highest = np.maximum.accumulate(ids)
            self.duplicate_ids += int(np.count_nonzero(ids[1:] <= highest[:-1]))
            newest_id = int(highest[-1])
        self._last[symbol] = _Last(int(newest[-1]), newest_id,
                                   tuple(column[-1].tobytes() for column in columns))


def inspect(path: str | os.PathLike[str], **options: Any) -> dict[str, Any]:
    """How a file of events is read, what is in it, and what is odd about it.

    Parameters
    ----------
    path : the file; "-" is stdin.
    options : those of `open_source`.

    Returns
    -------
    dict : the report that `tickeng inspect --json` prints; `reading` has the options that say how
        the file was read, `feed` counts what is odd, `warnings` are sentences.

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


def inspect_file(path: str, *, progress: Progress | None = None, **options: Any) -> dict[str, Any]:
    """How a file of events is read, and what is in it: format, rows, span, symbols, order, feed.

    Takes the options of `open_source`; a file without sides is described all the same, and no
    side is made up unless ``infer_side`` is given.
    ``equal_timestamps`` and ``late`` compare with the newest row of the symbol, ``duplicate_rows``
    are equal to the row before in every column read, ``duplicate_ids`` are not above every id
    before. ``error`` is set where no row could be read. `progress` is called with the rows read
    and the share of the file.

    Raises:
        DataError: as open_source does.
        TruncatedError: the file ends too early.
    """
    asked = options.get("infer_side") is not None
    with open_source(path, takes=("trade", "quote", "book"),
                     **{"ids": "lenient", **options, "infer_side": "tick"}) as source:
        if not asked:
            source.leave_sides()
        tally, arrivals = Tally(), Arrivals()
        quirks = Feed(
            deep=True, ids=source.kind == "trade" and not source.reading.layout.text_ids)
        has_ids = has_recv = False
        for batch in arrivals.through(source.batches()):
            tally.add(batch)
            quirks.add(batch)
            has_ids = has_ids or batch.id is not None
            has_recv = has_recv or batch.recv_ns is not None
            if progress:
                progress(source.rows_read, source.fraction())
        arrivals.check({source.kind: tally.rows})
        reading = reading_of(source, options)
        if (source.has_side or source.kind != "trade") and not asked:
            reading["options"].pop("infer_side", None)
        return {**_report(path, source, tally, has_ids, has_recv, asked), "reading": reading,
                **_feed_report(source, tally, quirks)}


def reading_of(source: Source, given: dict[str, Any]) -> dict[str, Any]:
    """JSON-able: how a source is read, as the options that would say the same, with notes."""
    reading = source.reading
    return {"options": reading.keywords(), "notes": list(reading.notes),
            "warnings": list(reading.warnings)}


def _feed_report(source: Source, tally: Tally, quirks: Feed) -> dict[str, Any]:
    found, rejected = quirks.report(), sum(tally.rejected.values())
    warned = feed.warnings(found)
    if found["runs_backwards"]:
        warned.append("the file runs backwards (newest first);"
                      f' `tickeng.convert("{source.path}", "turned.zst", reverse=True)` turns it')
    if rejected > 0.01 * source.rows_read:
        warned.append(f"{rejected / source.rows_read:.1%} of rows cannot be read"
                      f"{price_hint(tally.rejected) if source.kind == 'trade' else ''}")
    error = None
    if not found["rows"] and rejected:
        error = no_row(source, tally.rejected)
    return {"feed": found, "findings": feed.findings(found) if found["rows"] else [],
            "warnings": warned, "error": error}


def no_row(source: Source, rejected: Counter[str]) -> str:
    """The sentence on a file of which no row can be read."""
    return (f"{source.name}: no row can be read ({rejected.total():,} rejected:"
            f" {', '.join(rejected)}){price_hint(rejected)}")


def price_hint(rejected: Any) -> str:
    """What to say beside a count of rejects if some of them are prices."""
    return ("; prices must be numbers above zero: spreads and rates are not supported"
            if rejected and "bad_price" in rejected else "")


def _report(path: str, source: Source, tally: Tally, has_ids: bool, has_recv: bool,
            inferred: bool) -> dict[str, Any]:
    count = sum(tally.rows.values())
    first, last = tally.span_ns or (None, None)
    return {
        "file": path, "format": source.format, "container": source.container,
        "columns": source.columns, "roles": source.roles, "size": source.size,
        "rows": source.rows_read, "kind": source.kind, f"{source.kind}s": count,
        "rejected": dict(tally.rejected),
        "first": _iso(first), "last": _iso(last),
        "span_s": (last - first) / 1e9 if first is not None and last is not None else None,
        "symbols": dict(tally.rows), **_sides(source, tally, count, inferred),
        "equal_timestamps": tally.equal, "late": tally.late,
        "duplicate_rows": tally.duplicate_rows,
        "duplicate_ids": tally.duplicate_ids if has_ids else None,
        "ids": has_ids, "receive_clock": has_recv,
        "tick_size": tally.prices.size, "lot_size": tally.lots.size,
        **{name: tally.extremes.get(name) for name in VALUES[source.kind] if name != "side"},
        "sha256": source.sha256(),
    }


def _bits(column: NDArray[Any]) -> NDArray[Any]:
    """The cells of each row in their bits, in which one NaN is the other."""
    return np.ascontiguousarray(column).reshape(len(column), -1).view(f"i{column.itemsize}")


def _sides(source: Source, tally: Tally, count: int, inferred: bool) -> dict[str, Any]:
    if source.kind == "book":
        return {"levels": source.levels, "market": dict(+tally.sides)}
    if source.kind == "quote":
        return {"market": dict(+tally.sides)}
    return {"sides": _shares(source, tally, count, inferred)}


def _shares(source: Source, tally: Tally, trades: int, inferred: bool) -> dict[str, float] | str:
    if not source.has_side and not inferred:
        return 'none (infer_side="tick" infers them)'
    return {name: count / trades for name, count in tally.sides.items() if count}


def _iso(ts_ns: int | None) -> str | None:
    if ts_ns is None:
        return None
    seconds, rest = divmod(ts_ns, 10**9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"
