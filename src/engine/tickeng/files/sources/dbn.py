"""Databento DBN, versions 1 to 3: trades, quotes and books as they are in records of fixed size.

Each record is one event, or none of the kind that is read. A trade is a record of action T. A quote
or a book is what a record has behind it, unless the record leaves its event open: then the next one
of this event follows, and only the last of them is the market as the venue left it. A record whose
book may be wrong, after a gap in the channel, says that nothing is known: both sides are empty.
Prices are integers of 1e-9, and become the doubles nearest to them. Docs: docs/decisions/0054.
Trap: sampled quotes have the time of the last trade as ts_event; their own time is ts_recv.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tickeng._native import io as _io
from tickeng.errors import DataError, TruncatedError
from tickeng.files.batch import EventBatch, Reject, count_reasons, plural
from tickeng.files.sources.columns import MARKET
from tickeng.files.sources.dbn_header import DAY_NS, Header, Symbols
from tickeng.files.sources.dbn_records import MAYBE_BAD_BOOK, SCHEMAS, Records, Run, Walk
from tickeng.files.sources.layout import EARLIEST_NS, LATEST_NS, Clock, Layout
from tickeng.files.sources.probe import Probe
from tickeng.files.sources.reading import fixed

NO_PRICE = int(np.iinfo(np.int64).max)
_NO_TIME = int(np.iinfo(np.uint64).max)
NO_SIZE = int(np.iinfo(np.uint32).max)
_UNIT = 10**9  # of prices
_EXACT = 1 << 53
_IS_NONE = next(hint for hint in _io.HINTS if "none" in hint)
_REASONS = ("bad_timestamp", "bad_price", "bad_qty", "bad_side")
TEXT_CHARS = 200
_SIGNS = np.full(256, 2, np.int8)  # by the letter of a side; 2: it has no such letter
_SIGNS[[ord("B"), ord("A"), ord("N")]] = 1, -1, 0
_INTERVALS = "its times are the ends of the intervals, ts_recv: ts_event is that of the last trade"

Mask = NDArray[np.bool_]


class DbnReader:
    """Events of one kind; records of others and messages of a gateway are filtered."""

    format = "dbn"
    has_recv = True

    def __init__(self, probe: Probe, header: Header) -> None:
        self._content, self._header = probe.content, header
        self._schema = SCHEMAS[header.schema]
        self.dtype = self._schema.dtype(header.ts_out)
        kind = self._kind(probe)
        self.has_side = kind == "trade"
        self._symbols = Symbols(header)
        self._by_events = kind in ("quote", "book") and kind == self._schema.kinds[0] and (
            not self._schema.sampled)
        self._of_one_venue = kind != "trade" and not self._schema.consolidated
        self._fault: DataError | None = None  # behind the last batch
        self._block_rows = probe.options.block_rows
        self.columns, layout = _layout(kind, self._schema.levels, self._schema.sampled)
        self.roles = dict(zip(self.columns, layout.roles, strict=True))
        options = probe.options._replace(kind=None) if kind == "delta" else probe.options
        self.reading = fixed(self.columns, layout, options, "a DBN file", kind=kind)
        notes = [_INTERVALS] if self._schema.sampled else []
        if header.doubtful:
            notes.append(f"{header.doubtful} stands for several instruments on one day: such "
                         "symbols are the numbers of the instruments")
        self.reading = self.reading._replace(notes=tuple(notes))

    def _kind(self, probe: Probe) -> str:
        """The one asked for, or the one that the schema is named after. Raises DataError."""
        kinds, asked = self._schema.kinds, probe.options.kind
        if asked == "book" and "delta" in kinds:
            asked = "delta"  # which are books as they change
        if asked and asked not in kinds:
            words = " or ".join(f'kind="{known}"' for known in kinds)
            has = " and ".join(map(plural, kinds))
            raise DataError(f"holds {has}, no {asked}s: {words} reads them")
        if not asked and kinds[0] not in probe.takes and {*kinds} & {*probe.takes}:
            raise DataError(f'holds {plural(kinds[0])}: kind="trade" reads the trades among them')
        return asked or kinds[0]

    @property
    def symbols(self) -> list[str]:
        return self._symbols.names

    def batches(self, start_row: int) -> Iterator[EventBatch]:
        stretch = _Stretch(self, start_row, self._block_rows)
        walk = Walk(self.dtype, self._schema.rtype)
        skip = self._header.size
        try:
            for block in self._content.blocks():
                if not block:
                    yield from self._taken(stretch)  # nothing that is complete waits
                    continue
                walk.add(block[skip:])
                skip = max(0, skip - len(block))
                yield from self._walked(walk, stretch, final=False)
            yield from self._walked(walk, stretch, final=not self._content.raw.may_grow)
        except DataError as error:
            if error is not self._fault:
                yield from self._taken(stretch)  # what came before the damage
            raise
        yield from self._taken(stretch)
        if walk.rest and not self._content.raw.may_grow:
            raise TruncatedError(f"the last record is not complete, {walk.rest} bytes of it: fetch "
                                 "the file again")

    def _walked(self, walk: Walk, stretch: _Stretch, final: bool) -> Iterator[EventBatch]:
        while run := walk.next(stretch.missing, final or not self._by_events):
            stretch.add(run, self._kept(run))
            if not stretch.missing:
                yield from self._taken(stretch)

    def _taken(self, stretch: _Stretch) -> Iterator[EventBatch]:
        if stretch.rows:
            yield stretch.take()
        if self._fault:
            raise self._fault

    def pass_over(self, run: Run, kept: Mask) -> None:
        """Whose the rows are that a run before has read: the publisher that came first holds."""
        if not self._of_one_venue:
            return
        records = run.records[kept]
        sound = ~no_time(records["ts_recv"])
        self._symbols.codes(records["instrument_id"][sound], records["publisher_id"][sound],
                            records["ts_recv"][sound].astype(np.int64))

    def _kept(self, run: Run) -> Mask:
        """Which records are events of the kind that is read."""
        if self._by_events:
            return run.ended
        if self._schema.sampled:
            return np.ones(len(run.records), np.bool_)
        trades: Mask = run.records["action"] == ord("T")
        return trades

    def batch(self, records: Records, row: NDArray[np.int64], start: int, end: int) -> EventBatch:
        """The events of records that are of the kind, in the rows behind `start` up to `end`; those
        before the first that cannot be, where there is one."""
        recv = records["ts_recv"]
        ts = recv if self._schema.sampled else records["ts_event"]
        values, bad = self._values(records)
        bad = [no_time(recv) | no_time(ts), *bad]
        faults: NDArray[np.int64] = np.select(bad, range(1, len(bad) + 1), 0)
        keep: Any = faults == 0 if faults.any() else slice(None)
        recv_ns = recv[keep].astype(np.int64)
        codes, other = self._symbols.codes(
            records["instrument_id"][keep], records["publisher_id"][keep], recv_ns)
        if self._of_one_venue and other.any():
            at = int(np.argmax(row == row[keep][np.argmax(other)]))
            self._fault = self.two_venues(records[at])
            return self.batch(records[:at], row[:at], start, int(row[at]) - 1)
        rejects = [self._reject(records[i], int(row[i]), int(faults[i]))
                   for i in np.flatnonzero(faults)]
        return EventBatch(
            self.reading.kind, recv_ns if self._schema.sampled else ts[keep].astype(np.int64),
            {name: np.ascontiguousarray(column[keep]) for name, column in values.items()},
            codes, self.symbols, row[keep], recv_ns, None,
            rejects, count_reasons(rejects), end, end - start - len(row),
        )

    def two_venues(self, record: Any) -> DataError:
        return DataError(
            f"instrument {record['instrument_id']} has {plural(self.reading.kind)} of the "
            f"publisher {record['publisher_id']} beside those of another one, each a venue with a "
            "market of its own: get cmbp-1 or cbbo-1s, which have the best of all, or the data of "
            "one venue")

    def _values(self, records: Records) -> tuple[dict[str, NDArray[Any]], list[Mask]]:
        """The columns of the kind, and which rows have a bad price, quantity, side."""
        if self.has_side:
            price, qty = prices(records["price"]), _sizes(records["size"])
            side = _SIGNS[records["side"]]
            return ({"price": price, "qty": qty, "side": side},
                    [~(price > 0.0), np.isnan(qty), side > 1])
        levels = records["levels"]
        values = {"bid": prices(levels["bid_px"]), "bid_qty": _sizes(levels["bid_sz"]),
                  "ask": prices(levels["ask_px"]), "ask_qty": _sizes(levels["ask_sz"])}
        unknown = (records["flags"] & MAYBE_BAD_BOOK) != 0
        if unknown.any():
            for name, column in values.items():
                column[unknown] = 0.0 if name.endswith("qty") else np.nan
        faults = _io.to_market_form(*(values[name] for name in MARKET))
        if self.reading.kind == "quote":
            values = {name: column[:, 0] for name, column in values.items()}
        return values, [faults == 1, faults == 2]

    def _reject(self, record: Any, row: int, fault: int) -> Reject:
        recv, event = int(record["ts_recv"]), int(record["ts_event"])
        time = recv if recv < LATEST_NS else event if event < LATEST_NS else 0
        none = (_NO_TIME in ((recv,) if self._schema.sampled else (recv, event)),
                int(record["price"]) == NO_PRICE and self.has_side,
                int(record["size"]) == NO_SIZE and self.has_side, False)[fault - 1]
        text = f"side={chr(record['side'])!a}," + ",".join(
            f"{name}={record[name]}" for name in ("price", "size", "ts_event", "ts_recv"))
        if not self.has_side:
            text = f"levels={record['levels'].tolist()},{text}"
        return Reject(row, _REASONS[fault - 1], text[:TEXT_CHARS],
                      self._symbols.name(int(record["instrument_id"]), time // DAY_NS),
                      _IS_NONE if none else "")


class _Stretch:
    """Rows on their way to one batch; those up to `start` are passed over."""

    def __init__(self, reader: DbnReader, start: int, block_rows: int) -> None:
        self._reader, self._start, self._block_rows = reader, start, block_rows
        self._first, self._end, self._count = start, 0, 0
        # The memory of all batches in turn, without fields: NumPy copies these one by one.
        self._records = np.empty(0, f"V{reader.dtype.itemsize}")
        self._rows: list[NDArray[np.int64]] = []

    @property
    def rows(self) -> int:
        return max(0, self._end - self._first)

    @property
    def missing(self) -> int:
        """Rows until it is full, or until the first that is not passed over."""
        return (self._start if self._end < self._start
                else self._first + self._block_rows) - self._end

    def add(self, run: Run, kept: Mask) -> None:
        before, self._end = self._end, self._end + run.rows
        if self._end <= self._start:
            self._reader.pass_over(run, kept)
            return
        at = np.flatnonzero(kept)
        start, self._count = self._count, self._count + len(at)
        if self._count > len(self._records):
            room = np.empty(max(self._count, 2 * len(self._records)), self._records.dtype)
            room[:start] = self._records[:start]
            self._records = room
        found = run.records.view(self._records.dtype)
        self._records[start:self._count] = found if kept.all() else found[at]
        self._rows.append(before + at + 1)

    def take(self) -> EventBatch:
        row = np.concatenate([np.empty(0, np.int64), *self._rows])
        records, start = self._records[:self._count].view(self._reader.dtype), self._first
        self._first, self._count, self._rows = self._end, 0, []
        return self._reader.batch(records, row, start, self._end)


def _layout(kind: str, levels: int, sampled: bool) -> tuple[list[str], Layout]:
    times = [("ts_recv", "ts")] if sampled else [("ts_event", "ts"), ("ts_recv", "recv")]
    if kind == "delta":
        found = times
    elif kind == "trade":
        found = [*times, ("price", "price"), ("size", "qty"), ("side", "side")]
    else:
        found = [*times, *((f"{name}_{level:02}", role)
                           for name, role in zip(("bid_px", "bid_sz", "ask_px", "ask_sz"), MARKET,
                                                 strict=True) for level in range(levels))]
    columns, roles = zip(*found, ("symbol", "symbol"), strict=True)
    market = tuple(range(len(times), len(found))) if kind in ("quote", "book") else ()
    return list(columns), Layout(roles, ts=Clock("ns"), recv=Clock("ns"), market=market,
                                 is_book=kind == "book")


def no_time(stamps: NDArray[np.uint64]) -> Mask:
    return (stamps < EARLIEST_NS) | (stamps >= LATEST_NS)


def prices(raw: NDArray[np.int64]) -> NDArray[np.float64]:
    """NaN where there is none."""
    values: NDArray[np.float64] = raw / _UNIT
    large = (raw > _EXACT) | (raw < -_EXACT)
    if large.any():
        values[raw == NO_PRICE] = np.nan
        inexact = large & (raw != NO_PRICE)
        values[inexact] = [number / _UNIT for number in raw[inexact].tolist()]  # rounded once
    return values


def _sizes(raw: NDArray[np.uint32]) -> NDArray[np.float64]:
    """NaN where there is none."""
    values = raw.astype(np.float64)
    values[raw == NO_SIZE] = np.nan
    return values
