"""What is in a file, in one streaming pass of bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tickeng.files.arrivals import Arrivals
from tickeng.files.batch import NO_ID, SEVERAL, VALUES, EventBatch
from tickeng.files.sources import feed
from tickeng.files.sources.feed import Feed
from tickeng.files.sources.formats import open_source
from tickeng.files.sources.options import told
from tickeng.files.sources.source import Source

Progress = Callable[[int, float | None], None]

_MAX_DECIMALS = 12
_EXACT = 2.0**53
_BIN = 1e-3  # of the logarithm of a spread
_BINS = int(np.ceil(np.log(1e12) / _BIN)) + 1
_RANGES = {kind: [name for name, dtype in values.items() if dtype is np.float64]
           for kind, values in VALUES.items()}


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


class Spreads:
    """Spreads in bps of the mid, of markets whose bid is below its ask: the median of a histogram
    of bins that are 0.1 % wide, from 1e-6 to 1e6 bps."""

    def __init__(self) -> None:
        self._counts = np.zeros(_BINS, np.int64)

    def add(self, bid: NDArray[np.float64], ask: NDArray[np.float64]) -> None:
        sound = bid < ask
        bid, ask = bid[sound], ask[sound]
        mid = bid + (ask - bid) / 2
        bps = (1e4 * (ask - bid) / mid)[mid > 0]
        bins = np.rint(np.log(np.clip(bps, 1e-6, 1e6) / 1e-6) / _BIN).astype(np.int64)
        self._counts += np.bincount(bins, minlength=_BINS)

    @property
    def median(self) -> float | None:
        """None without any."""
        total = int(self._counts.sum())
        if not total:
            return None
        at = int(np.searchsorted(np.cumsum(self._counts), (total + 1) // 2))
        return float(f"{1e-6 * np.exp(at * _BIN):.4g}")


class Depth(Protocol):
    """What becomes of the books that messages build."""

    def add(self, batch: EventBatch) -> None:
        """Take the messages of a batch of any kind."""

    def report(self) -> dict[str, int]:
        """Counts, JSON-able."""


@dataclass(slots=True, eq=False, repr=False)
class _Last:
    """One symbol's newest time and id, and its last row."""

    ts_ns: int
    id: int
    row: bytes


@dataclass(slots=True, eq=False, repr=False)
class Tally:
    """Counts over the events of one kind in a file."""

    kind: str
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
    spreads: Spreads = field(default_factory=Spreads)
    filled: Counter[str] = field(default_factory=Counter)
    deepest: int = 0
    has_ids: bool = False
    has_recv: bool = False
    received_ns: list[int] = field(default_factory=list)  # behind the event: least and most
    early: int = 0  # received before it
    _last: dict[str, _Last] = field(default_factory=dict)

    def add(self, batch: EventBatch) -> None:
        self.rejected.update(batch.rejected)
        self.has_ids = self.has_ids or batch.id is not None
        self.has_recv = self.has_recv or batch.recv_ns is not None
        if not len(batch):
            return
        if batch.recv_ns is not None:
            behind = batch.recv_ns - batch.ts_ns
            seen = [int(behind.min()), int(behind.max()), *self.received_ns]
            self.received_ns = [min(seen), max(seen)]
            self.early += int(np.count_nonzero(behind < 0))
        ends = [int(batch.ts_ns.min()), int(batch.ts_ns.max()), *self.span_ns]
        self.span_ns = [min(ends), max(ends)]
        if batch.kind == "trade":
            self._add_trades(batch)
        elif batch.kind == "delta":
            self._add_messages(batch)
        else:
            self._add_market(batch)
        self._add_order(batch)

    def _add_trades(self, batch: EventBatch) -> None:
        for name, value in (("buy", 1), ("sell", -1), ("unknown", 0)):
            self.sides[name] += int(np.count_nonzero(batch.values["side"] == value))
        for name, grid in (("price", self.prices), ("qty", self.lots)):
            self._range(name, batch.values[name], grid)

    def _add_messages(self, batch: EventBatch) -> None:
        """Messages of changes to books, and the levels in them."""
        for name, found in (("snapshots", batch.values["snapshot"] != 0),
                            ("numbered", batch.values["last"] != NO_ID)):
            self.sides[name] += int(np.count_nonzero(found))
        self.sides["levels"] += len(batch.values["price"])
        for name, grid in (("price", self.prices), ("qty", self.lots)):
            self._range(name, batch.values[name], grid)

    def _range(self, name: str, column: NDArray[np.float64], grid: Grid) -> None:
        """The extremes of a column and the grid of its values, where they are numbers."""
        column = column[np.isfinite(column)]
        if len(column):
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
            self._range(name, batch.values[name], grid)
        self.spreads.add(bid[:, 0], ask[:, 0])
        self.deepest = max(self.deepest, bid.shape[1])
        for side, prices in (("bid", bid), ("ask", ask)):
            self.filled[side] += int(np.count_nonzero(~np.isnan(prices)))

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
                   if name != "recv_ns" and not (batch.kind == "delta" and name in batch.values)]
        self.rows[symbol] += len(ts)
        last = self._last.get(symbol)
        newest = np.maximum.accumulate(ts if last is None else np.append(last.ts_ns, ts))
        before, after = (newest[:-1], ts[1:] if last is None else ts)
        self.equal += int(np.count_nonzero(after == before))
        self.late += int(np.count_nonzero(after < before))
        same = np.logical_and.reduce([(column[1:] == column[:-1]).all(axis=1)
                                      for column in columns])
        first_row = b"".join(column[0].tobytes() for column in columns)
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
                                   b"".join(column[-1].tobytes() for column in columns))


Tallies = dict[str, Tally]


def describe_file(path: str, *, progress: Progress | None = None, depth: Depth | None = None,
                  opened: Callable[[Source], None] | None = None, **options: Any,
                  ) -> dict[str, Any]:
    """How a file of events is read, and what is in it: format, rows, span, symbols, order, feed.

    Takes the options of `open_source`; a file without sides is described all the same, and no
    side is made up unless ``infer_side`` is given.
    ``equal_timestamps`` and ``late`` compare with the newest row of the symbol, ``duplicate_rows``
    are equal to the row before in every column read (None of messages), ``duplicate_ids`` are not
    above every id before. ``error`` is set where no row could be read. `progress` is called with
    the rows read and the share of the file, `depth` sees every batch and tells what becomes of
    books, `opened` is called with the source before it is read.

    Raises:
        DataError: as open_source does.
        TruncatedError: the file ends too early.
    """
    asked = options.get("infer_side") == "tick"
    with open_source(path, takes=(*VALUES, SEVERAL),
                     **{"ids": "lenient", **options, "infer_side": "tick"}) as source:
        if opened:
            opened(source)
        if not asked:
            source.leave_sides()
        tallies, arrivals = {kind: Tally(kind) for kind in source.kinds}, Arrivals()
        numbered = not source.reading.layout.text_ids
        quirks = Feed(deep=True, ids=numbered)

        def accepted() -> Iterator[EventBatch]:
            for batch in source.batches():
                if depth:
                    depth.add(batch)
                yield batch.accepted()

        for batch in arrivals.through(accepted()):
            tallies.setdefault(batch.kind, Tally(batch.kind)).add(batch)
            quirks.add(batch)
            if progress:
                progress(source.rows_read, source.fraction())
        arrivals.check({kind: tally.rows for kind, tally in tallies.items()})
        reading = reading_of(source, options)
        if (source.has_side or "trade" not in source.kinds) and not asked:
            reading["options"].pop("infer_side", None)
        if not asked and options.get("infer_side"):
            reading["options"]["infer_side"] = options["infer_side"]
        found = _report(path, source, tallies, asked)
        of_messages = found if source.kind == "delta" else found.get("kinds", {}).get("delta")
        if depth and of_messages:
            of_messages["book"] = depth.report()
        return {**found, "reading": reading, **_feed_report(source, found["rejected"], quirks)}


def reading_of(source: Source, given: dict[str, Any]) -> dict[str, Any]:
    """JSON-able: how a source is read, as the options that would say the same, with notes."""
    reading = source.reading
    left = [f"{told(given, option)} is not for this file" for option in source.left_out]
    return {"options": reading.keywords(), "notes": [*reading.notes, *left],
            "warnings": list(reading.warnings)}


def _feed_report(source: Source, why: dict[str, int], quirks: Feed) -> dict[str, Any]:
    found, rejected = quirks.report(), sum(why.values())
    warned = feed.warnings(found)
    if found["runs_backwards"]:
        turned = "sort its rows by their time" if len(source.kinds) > 1 else (
            f'`tickeng.convert("{source.path}", "turned.zst", reverse=True)` turns it')
        warned.append(f"the file runs backwards (newest first); {turned}")
    if rejected > 0.01 * source.rows_read:
        warned.append(f"{rejected / source.rows_read:.1%} of rows cannot be read"
                      f"{price_hint(why) if source.kind == 'trade' else ''}")
    warned += feed.cut_ends([source.name] if source.may_be_cut else [])
    error = no_row(source, Counter(why)) if rejected and not found["rows"] else None
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


def _report(path: str, source: Source, tallies: Tallies, inferred: bool) -> dict[str, Any]:
    """Of one kind its facts; of several what they have in common, and the facts of each."""
    kinds = {kind: _facts(source, tally, inferred) for kind, tally in tallies.items()}
    facts = kinds[source.kind] if source.kind != SEVERAL else {
        **_span([end for tally in tallies.values() for end in tally.span_ns]),
        "symbols": dict(sum((tally.rows for tally in tallies.values()), Counter())),
        **{name: sum(found[name] or 0 for found in kinds.values())
           for name in ("equal_timestamps", "late", "duplicate_rows")},
        **{name: any(found[name] for found in kinds.values())
           for name in ("ids", "receive_clock")},
        "kinds": kinds,
    }
    return {
        "file": path, "format": source.format, "container": source.container,
        "columns": source.columns, "roles": source.roles, "size": source.size,
        "rows": source.rows_read, "kind": source.kind,
        **{f"{kind}s": tally.rows.total() for kind, tally in tallies.items()},
        "rejected": dict(sum((tally.rejected for tally in tallies.values()), Counter())),
        **facts, "sha256": source.sha256(),
    }


def _facts(source: Source, tally: Tally, inferred: bool) -> dict[str, Any]:
    """What is known of the events of one kind."""
    kind = tally.kind
    return {
        **_span(tally.span_ns), "symbols": dict(tally.rows),
        **_own(source, tally, inferred),
        "equal_timestamps": tally.equal, "late": tally.late,
        "duplicate_rows": None if kind == "delta" else tally.duplicate_rows,
        "duplicate_ids": tally.duplicate_ids if tally.has_ids else None,
        "ids": tally.has_ids, "receive_clock": tally.has_recv, **_received(tally),
        "tick_size": tally.prices.size, "lot_size": tally.lots.size,
        **{name: tally.extremes.get(name) for name in _RANGES[kind]},
    }


def _received(tally: Tally) -> dict[str, Any]:
    """How long behind its event a row was received, in seconds: below zero the two clocks differ.
    Nothing where one clock is all that there is."""
    if not any(tally.received_ns):
        return {}
    least, most = (ns / 1e9 for ns in tally.received_ns)
    return {"received_after_s": {"least": least, "most": most, "before_event": tally.early}}


def _span(ends: list[int]) -> dict[str, Any]:
    first, last = (min(ends), max(ends)) if ends else (None, None)
    return {"first": _iso(first), "last": _iso(last),
            "span_s": (last - first) / 1e9 if first is not None and last is not None else None}


def _bits(column: NDArray[Any]) -> NDArray[Any]:
    """The cells of each row in their bits, in which one NaN is the other."""
    return np.ascontiguousarray(column).reshape(len(column), -1).view(f"i{column.itemsize}")


def _own(source: Source, tally: Tally, inferred: bool) -> dict[str, Any]:
    """What events of one kind alone have: sides, a spread, levels, messages."""
    if tally.kind == "trade":
        return {"sides": _shares(source, tally, tally.rows.total(), inferred)}
    if tally.kind == "delta":
        return {"messages": dict(tally.sides)}
    market = {"market": dict(+tally.sides), "spread_bps": tally.spreads.median}
    if tally.kind == "quote":
        return market
    count = tally.rows.total()
    levels = tally.deepest if source.format == "tickeng" else source.levels
    return {"levels": levels, "filled_levels": {
        side: round(total / count, 3) for side, total in tally.filled.items()} if count else None,
        **market}


def _shares(source: Source, tally: Tally, trades: int, inferred: bool) -> dict[str, float] | str:
    if not source.has_side and not inferred:
        return 'none (infer_side="tick" infers them)'
    return {name: count / trades for name, count in tally.sides.items() if count}


def _iso(ts_ns: int | None) -> str | None:
    if ts_ns is None:
        return None
    seconds, rest = divmod(ts_ns, 10**9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"
