"""Databento's market by order: what orders do to books, as messages of changes.

Records of one instrument up to the flag LAST are one event, and a message if they change a book;
what it says of each price is the sum of the orders there. The rules are in
`io/order_messages.hpp`. Which orders stand is known from the records before, so that a run that is
taken up again reads those, too, and gives nothing of them. Spec: A-05. Docs: docs/decisions/0057.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tickeng._native import io as _io
from tickeng.errors import DataError
from tickeng.files.batch import NO_ID, EventBatch, Reject, count_reasons
from tickeng.files.sources.dbn import NO_PRICE, NO_SIZE, DbnReader, no_time, prices
from tickeng.files.sources.dbn_header import DAY_NS, Header
from tickeng.files.sources.dbn_records import Records, Run
from tickeng.files.sources.probe import Probe

_FIELDS = ("order_id", "price", "size", "action", "side", "flags")
_OF_ORDERS, _NAMES_PRICE = np.frombuffer(b"AMC", np.uint8), np.frombuffer(b"AM", np.uint8)
_SIDES = np.frombuffer(b"AB", np.uint8)
_REASONS = ("bad_timestamp", "bad_price", "bad_qty", "bad_side", "bad_fields", *["bad_id"] * 3)
_WHY = ("", "", "", "", "a level of the book and no order: ", "the order is not there: ",
        "the order is there already: ", "there are as many orders as can be kept: ")


class OrderReader(DbnReader):
    """Changes of books; a record that cannot be, or that does not fit the orders before, ends its
    book up to the next clear (action R), and is a reject."""

    most_orders = _io.MOST_ORDERS

    def __init__(self, probe: Probe, header: Header) -> None:
        super().__init__(probe, header)
        self._orders = _io.OrderParser(self.most_orders)
        self._recv_ns, self._records, self._given = 0, 0, 0

    def batches(self, start_row: int) -> Iterator[EventBatch]:
        yield from super().batches(start_row)
        if self._records and not self._given:
            raise DataError("no record ends an event (flag LAST), so that no book is known: get"
                            " mbp-10, which has the books")

    def _kept(self, run: Run) -> NDArray[np.bool_]:
        return np.ones(len(run.records), np.bool_)

    def pass_over(self, run: Run, kept: NDArray[np.bool_]) -> None:
        """Orders of before a run stand in its books."""
        super().pass_over(run, kept)
        self._take(run.records, np.zeros(len(run.records), np.int64))
        self._given += len(self._orders.take()["row"])

    def batch(self, records: Records, row: NDArray[np.int64], start: int, end: int) -> EventBatch:
        """As that of other kinds: the messages that end in these rows."""
        faults, other = self._take(records, row)
        if other is not None:
            self._fault = self.two_venues(records[other])
            end = int(row[other]) - 1
        found = self._orders.take()
        self._given += len(found["row"])
        rejects = [self._rejected(records[i], int(row[i]), int(faults[i]))
                   for i in np.flatnonzero(faults)]
        none = np.full(len(found["row"]), NO_ID)
        values = {name: found[name] for name in ("snapshot", "last", "bids", "asks", "qty")}
        values |= {"price": prices(found["price"]), "first": none, "previous": none}
        rows = np.union1d(found["row"], [reject.row for reject in rejects])
        return EventBatch(
            "delta", found["ts_ns"], values, found["symbol"], self.symbols, found["row"],
            found["recv_ns"], None, rejects, count_reasons(rejects), end, end - start - len(rows),
            of_rows=len(rows))

    def _take(self, records: Records,
              row: NDArray[np.int64]) -> tuple[NDArray[np.int64], int | None]:
        """Hands over records. What is wrong with each, and which one is the first of another
        publisher than those of its instrument; that one and those behind it are left."""
        recv, ts = records["ts_recv"], records["ts_event"]
        timeless = no_time(recv) | no_time(ts)
        # For a record without a time the symbol is that of the one before.
        newest = np.maximum.accumulate(np.where(timeless, -1, np.arange(len(records))))
        recv_ns = np.where(newest < 0, self._recv_ns, recv[newest].astype(np.int64))
        codes, others = self._symbols.codes(
            records["instrument_id"], records["publisher_id"], recv_ns)
        other = int(np.argmax(others)) if others.any() else None
        if other is not None:
            records, row, codes = records[:other], row[:other], codes[:other]
            timeless, recv_ns = timeless[:other], recv_ns[:other]
        if len(records):
            self._recv_ns = int(recv_ns[-1])
        self._records += len(records)
        bad = [timeless, *_bad_fields(records)]
        fields: dict[str, NDArray[Any]] = {
            name: np.ascontiguousarray(records[name]) for name in _FIELDS}
        fields["ts"] = np.where(timeless, 0, records["ts_event"]).astype(np.int64)
        fields["recv"] = np.where(timeless, 0, records["ts_recv"]).astype(np.int64)
        said = self._orders.add(np.ascontiguousarray(records["instrument_id"]), codes, fields,
                                np.ascontiguousarray(row), np.logical_or.reduce(bad))
        # OrderParser says 1 where a record is bad, and more where it is none of its orders'.
        of_orders = np.where(said > 0, said.astype(np.int64) + 4, 0)
        found: NDArray[np.int64] = np.select(bad, range(1, 5), of_orders)
        return found, other

    def _rejected(self, record: Any, row: int, fault: int) -> Reject:
        text = _WHY[fault - 1] + ",".join(f"{name}={record[name]}" for name in _FIELDS)
        return Reject(row, _REASONS[fault - 1], text,
                      self._symbols.name(int(record["instrument_id"]), self._recv_ns // DAY_NS))


def _bad_fields(records: Records) -> list[NDArray[np.bool_]]:
    """Which records have a bad price, quantity or side, of those that say what stands there."""
    action, side = records["action"], records["side"]
    price = records["price"]
    return [np.isin(action, _NAMES_PRICE) & ((price == NO_PRICE) | (price <= 0)),
            np.isin(action, _OF_ORDERS) & (records["size"] == NO_SIZE),
            np.isin(action, _OF_ORDERS) & ~np.isin(side, _SIDES)]
