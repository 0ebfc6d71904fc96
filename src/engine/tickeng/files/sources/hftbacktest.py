"""hftbacktest's data, `data.npy` in an .npz: trades and changes of books in one array of events.

Each row is an event or a level of one: what it is and whose side in `ev`, the exchange's and the
local time, price and quantity. Rows of one time that follow one another are one message; those of
a snapshot and of the clearing before it replace the book. The array is NumPy's, but it is read as
it comes, in blocks, and only a header that names numbers is believed: nothing in it is run.
Trap: an event that overtook another on its way stands there twice, once in the exchange's order
(EXCH) and once in the local one (LOCAL); the clock says which of them counts.
Docs: docs/decisions/0063. The array itself: hftbacktest_array.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tickeng.errors import DataError, TruncatedError
from tickeng.files.batch import NO_ID, NUMBERS, SEVERAL, EventBatch, Reject, count_reasons, plural
from tickeng.files.sources.hftbacktest_array import (
    BUY,
    CLEAR,
    DEPTH,
    EXCH,
    LOCAL,
    SELL,
    SNAPSHOT,
    TRADE,
    Array,
    Events,
    array_of,
)
from tickeng.files.sources.instruments import name_from_file
from tickeng.files.sources.layout import EARLIEST_NS, LATEST_NS, Clock, Layout
from tickeng.files.sources.messages import MOST_LEVELS, by_message
from tickeng.files.sources.probe import Probe, not_in_format
from tickeng.files.sources.raw_json import kinds_of
from tickeng.files.sources.reader import Reader
from tickeng.files.sources.reading import check_shape, fixed
from tickeng.files.values import without_price

_KINDS = ("trade", "delta")
_NOT_BOOKS = {5: "best bids and asks", 10: "orders", 11: "orders", 12: "orders"}
_OTHER, _TRADES, _CHANGES, _SNAPSHOTS = range(4)  # of what message a row is
_REASONS = ("", "bad_price", "bad_qty", "bad_side")
Ints = NDArray[np.int64]


class HftBacktest:
    name = "hftbacktest"

    def recognise(self, probe: Probe) -> bool:
        return array_of(probe.content.head) is not None

    def open(self, probe: Probe) -> Reader:
        if (array := array_of(probe.content.head)) is None:
            raise not_in_format(self.name)
        check_shape(probe.options, "hftbacktest's data")
        if probe.raw.may_grow:
            raise DataError("an array of NumPy cannot be followed: leave follow out to read what "
                            "there is")
        return EventReader(probe, array)


class EventReader:
    """Events of the kinds that are asked for; others, and those of the other clock, are filtered.
    """

    format = "hftbacktest"

    def __init__(self, probe: Probe, array: Array) -> None:
        self._content, self._array = probe.content, array
        kinds = kinds_of(probe)
        if "quote" in kinds and probe.options.kind == "quote":
            raise DataError('holds trades and changes of books, no quotes: kind="trade" or '
                            'kind="book" reads one of them')
        self.kinds = tuple(kind for kind in kinds if kind in _KINDS) or ("trade",)
        kind = self.kinds[0] if len(self.kinds) == 1 else SEVERAL
        self._needed = self.kinds if probe.needs or kind != SEVERAL else ()
        self._by_local = probe.options.clock == "recv"
        self._block_rows = probe.options.block_rows
        other = "exch_ts" if self._by_local else "local_ts"
        first = array.events(probe.content.head[array.offset:])
        self._both = bool(_sound(first[other]).all())  # older data lack one of the times
        self.has_recv, self.has_side = self._both or self._by_local, "trade" in self.kinds
        by_file = probe.options.symbol_from and not probe.options.symbol_name
        self.symbols = [name_from_file(probe.raw.name) if by_file else probe.symbol]
        self.rows = array.rows
        self.columns = list(array.names)
        roles = {"exch_ts": "ts", **({"local_ts": "recv"} if self.has_recv else {}),
                 **({"px": "price", "qty": "qty"} if kind == "trade" else {})}
        layout = Layout(tuple(roles.get(name, "ignore") for name in self.columns),
                        ts=Clock("ns"), recv=Clock("ns"))
        self.roles = roles
        self.reading = fixed(self.columns, layout, probe.options._replace(kind=None),
                             "hftbacktest's data", ("symbol_from",))._replace(
                                 kind=kind, options=probe.options)

    def batches(self, start_row: int) -> Iterator[EventBatch]:
        came: set[str] = set()
        held, before = self._array.events(b""), 0
        for events, final in self._blocks():
            held = np.concatenate([held, events])
            while len(held) >= self._block_rows or (final and len(held)):
                part = held[:self._block_rows]
                whole = self._whole(part, final and len(part) == len(held))
                if not whole and len(part) < len(held):  # one message, longer than a batch
                    part = held
                    whole = self._whole(part, final)
                if not whole:
                    self._check_length(part, before)
                    break
                for batch in self._stretch(part[:whole], before):
                    came |= {batch.kind} if len(batch) else set()
                    if batch.rows_end > start_row:
                        yield batch.after(start_row) if before < start_row else batch
                held, before = held[whole:], before + whole
        if lacks := [kind for kind in self._needed if kind not in came]:
            raise DataError(f"holds no {plural(lacks[0])}: leave kind out, or give the data that "
                            "have them")

    def _blocks(self) -> Iterator[tuple[Events, bool]]:
        """The rows as they come, and whether these are the last. Raises DataError."""
        array, data, rows = self._array, b"", 0
        skip = array.offset
        for block in self._content.blocks():
            data += block[skip:]
            skip = max(0, skip - len(block))
            whole = len(data) // array.row_bytes * array.row_bytes
            rows += whole // array.row_bytes
            if rows > array.rows or (rows == array.rows and whole < len(data)):
                raise DataError(f"has more than the {array.rows} rows that its header tells of: "
                                "fetch the file again")
            yield array.events(data[:whole]), rows == array.rows
            data = data[whole:]
        if rows < array.rows:
            raise TruncatedError(f"has {rows} of the {array.rows} rows that its header tells of: "
                                 "fetch the file again")

    def _counted(self, events: Events) -> NDArray[np.bool_]:
        """Which rows stand in the order of the clock."""
        counted: NDArray[np.bool_] = (events["ev"] & (LOCAL if self._by_local else EXCH)) != 0
        return counted

    def _whole(self, events: Events, final: bool) -> int:
        """How many rows end with a complete event; the last message may go on behind them."""
        if final:
            return len(events)
        at = np.flatnonzero(self._counted(events))
        of, starts = _messages(events[at])
        if not len(at) or of[-1] in (_OTHER, _TRADES):
            return len(events)
        return int(at[np.flatnonzero(starts)[-1]])

    def _check_length(self, held: Events, before: int) -> None:
        if len(held) > MOST_LEVELS:
            raise DataError(f"row {before + 1} begins a message of more than {MOST_LEVELS:,} "
                            "levels: the file is damaged, fetch it again")

    def _stretch(self, events: Events, before: int) -> list[EventBatch]:
        """The batches of rows, of which the first is row `before` + 1."""
        at = np.flatnonzero(self._counted(events))
        rows, events_ = at + before + 1, events[at]
        self._check_rows(events_, rows)
        of, starts = _messages(events_)
        end = before + len(events)
        found = []
        if "trade" in self.kinds:
            mine = of == _TRADES
            found.append(self._trades(events_[mine], rows[mine]))
        if "delta" in self.kinds:
            mine = (of == _CHANGES) | (of == _SNAPSHOTS)
            found.append(self._changes(events_[mine], rows[mine], starts[mine]))
        full = [batch for batch in found if batch.known] or found[:1]
        full.sort(key=lambda batch: batch.row[0] if len(batch) else end)
        for batch in full:
            batch.rows_end, batch.more = end, batch is not full[-1]
        full[-1].filtered = len(events) - sum(batch.known for batch in full)
        return full

    def _check_rows(self, events: Events, rows: Ints) -> None:
        """Raises DataError for times that are none, and for what no book can be made of."""
        mine, other = ("local_ts", "exch_ts") if self._by_local else ("exch_ts", "local_ts")
        bad = ~_sound(events[mine])
        if self._both:
            bad |= ~_sound(events[other])
        if bad.any():
            i = int(np.argmax(bad))
            raise DataError(f"row {rows[i]}: its times {events['exch_ts'][i]} and "
                            f"{events['local_ts'][i]} are not both nanoseconds since 1970: give "
                            "the array in these, with the local time in local_ts")
        if "delta" not in self.kinds:
            return
        kinds = events["ev"] & 0xFF
        for number, what in _NOT_BOOKS.items():
            if (kinds == number).any():
                row = rows[np.argmax(kinds == number)]
                raise DataError(f"row {row}: is one of {what}, of which books are not made: "
                                'kind="trade" reads the trades')

    def _trades(self, events: Events, rows: Ints) -> EventBatch:
        price, qty = _numbers(events)
        faults: Ints = np.select([_bad_price(price), _bad_qty(qty)], [1, 2], 0)
        keep = faults == 0
        rejects = [self._reject(events[i], int(rows[i]), int(faults[i]), "trade")
                   for i in np.flatnonzero(faults)]
        values = {"price": price[keep], "qty": qty[keep], "side": _sides(events)[keep]}
        return self._batch("trade", events[keep], values, rows[keep], rejects)

    def _changes(self, events: Events, rows: Ints, starts: NDArray[np.bool_]) -> EventBatch:
        first = np.flatnonzero(starts)
        last = np.append(first[1:], len(events)) - 1 if len(first) else first
        of = np.cumsum(starts) - 1
        level = (events["ev"] & 0xFF) != CLEAR
        price, qty = _numbers(events)
        side = _sides(events)
        faults: Ints = np.select([_bad_price(price), _bad_qty(qty), side == 0], [1, 2, 3], 0)
        faults[~level] = 0
        refused: dict[int, Reject] = {}
        for i in np.flatnonzero(faults):
            reject = self._reject(events[i], int(rows[i]), int(faults[i]), "delta")
            refused.setdefault(int(of[i]), reject._replace(fed=True))
        values = {"snapshot": (_messages(events[first])[0] == _SNAPSHOTS).astype(np.uint8),
                  **{name: np.full(len(first), NO_ID) for name in NUMBERS},
                  **by_message(of[level], len(first), side[level] >= 0, price[level], qty[level])}
        values = without_price(values, {m: reject.reason for m, reject in refused.items()})
        batch = self._batch("delta", events[first], values, rows[last], [*refused.values()])
        batch.of_rows = len(events)
        return batch

    def _batch(self, kind: str, events: Events, values: dict[str, NDArray[Any]], rows: Ints,
               rejects: list[Reject]) -> EventBatch:
        recv = events["local_ts"].astype(np.int64) if self.has_recv else None
        ts = recv if recv is not None and self._by_local and not self._both else (
            events["exch_ts"].astype(np.int64))
        return EventBatch(kind, ts, values, None, self.symbols, rows, recv, None, rejects,
                          count_reasons(rejects))

    def _reject(self, event: Any, row: int, fault: int, kind: str) -> Reject:
        text = ",".join(f"{name}={event[name]}" for name in self.columns[:5])
        return Reject(row, _REASONS[fault], text, self.symbols[0], kind=kind)


def _messages(events: Events) -> tuple[Ints, NDArray[np.bool_]]:
    """Of what each row is, and which rows begin a trade or a message."""
    of = np.zeros(len(events), np.int64)
    kinds = events["ev"] & 0xFF
    for number, what in ((TRADE, _TRADES), (DEPTH, _CHANGES), (CLEAR, _SNAPSHOTS),
                         (SNAPSHOT, _SNAPSHOTS)):
        of[kinds == number] = what
    starts = (of == _TRADES) | (of == _OTHER)
    starts[:1] = True
    starts[1:] |= of[1:] != of[:-1]
    for name in ("exch_ts", "local_ts"):
        starts[1:] |= events[name][1:] != events[name][:-1]
    return of, starts


def _sound(stamps: NDArray[Any]) -> NDArray[np.bool_]:
    return (stamps >= EARLIEST_NS) & (stamps < LATEST_NS)


def _numbers(events: Events) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return events["px"].astype(np.float64), events["qty"].astype(np.float64)


def _bad_price(price: NDArray[np.float64]) -> NDArray[np.bool_]:
    return ~((price > 0) & (price < np.inf))


def _bad_qty(qty: NDArray[np.float64]) -> NDArray[np.bool_]:
    return ~((qty >= 0) & (qty < np.inf))


def _sides(events: Events) -> NDArray[np.int8]:
    """+1, -1, and 0 where a row has none or both."""
    buys, sells = ((events["ev"] & flag) != 0 for flag in (BUY, SELL))
    sides: NDArray[np.int8] = buys.astype(np.int8) - sells.astype(np.int8)
    return sides


FORMAT = HftBacktest()
