"""Files of changes of books for tests, and what a loop over their rows finds in them."""

from __future__ import annotations

import csv
import io

import numpy as np

from tests.reference.level_rows import Row, messages_of
from tickeng.files.sources import open_source

START_US = 1_700_000_000_000_000
HEADER = ("exchange", "symbol", "timestamp", "local_timestamp", "is_snapshot", "side", "price",
          "amount")


def text_of(rows, names=HEADER) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([names, *rows])
    return out.getvalue().encode()


def row_of(number, cells) -> Row:
    """What a row in Tardis' layout is."""
    if len(cells) != len(HEADER):
        return Row(number, None, reason="bad_fields")
    _, symbol, event, local, snapshot, side, price, amount = cells
    try:
        key = symbol, int(event) * 1000, int(local) * 1000, snapshot == "true"
    except ValueError:
        return Row(number, None, reason="bad_timestamp")
    for reason, cell, least in (("bad_price", price, 1e-300), ("bad_qty", amount, 0.0)):
        try:
            sound = least <= float(cell) < float("inf")
        except ValueError:
            sound = False
        if not sound:
            return Row(number, key, None, reason)
    return Row(number, key, (1 if side == "bid" else -1, float(price), float(amount)))


def want_of(rows):
    """(events, rejects) of rows of cells; an event that is refused has no levels."""
    found, alone = messages_of([row_of(n, cells) for n, cells in enumerate(rows, 1)])
    rejects = [(row.number, row.reason) for row in alone]
    rejects += [message.reject for message in found if message.faults]
    return ([(message.rows[-1].number, *message.key, message.levels) for message in found],
            sorted(rejects))


def events_of(batches):
    """The same of batches."""
    found, rejects = [], []
    for batch in batches:
        at = 0
        for n in range(len(batch)):
            bids, asks = (int(batch.values[name][n]) for name in ("bids", "asks"))
            price, qty = (batch.values[name][at:at + bids + asks] for name in ("price", "qty"))
            at += bids + asks
            levels = [(1 if k < bids else -1, float(p), float(q))
                      for k, (p, q) in enumerate(zip(price, qty, strict=True))]
            symbol = batch.symbols[0 if batch.symbol is None else int(batch.symbol[n])]
            refused = bool(np.isnan(price).any() or np.isnan(qty).any())
            recv = int(batch.recv_ns[n]) if batch.recv_ns is not None else None
            found.append((int(batch.row[n]), symbol, int(batch.ts_ns[n]), recv,
                          bool(batch.values["snapshot"][n]), None if refused else levels))
        assert at == len(batch.values["price"])
        rejects += [(reject.row, reject.reason) for reject in batch.rejects]
    return found, sorted(rejects)


def opened(path, **options):
    return open_source(path, takes=("delta",), **options)


NUMBERED = ("symbol", "timestamp", "first_update_id", "last_update_id", "side", "update_type",
            "price", "qty", "pu")
DEPTH = [["AB", "1700000000000", "", "100", "b", "snap", "99", "1", ""],
         ["AB", "1700000000000", "", "100", "a", "snap", "101", "2", ""],
         ["AB", "1700000000000", "98", "103", "a", "set", "101", "0", "97"],
         ["AB", "1700000000000", "104", "105", "b", "delete", "99", "", "103"],
         ["AB", "1700000000000", "104", "105", "b", "set", "98", "5", "103"]]


def changed(rows, at, column, cell):
    rows = [list(row) for row in rows]
    rows[at][column] = cell
    return rows


def tardis(times, snapshot="false", symbol="AB", local=0):
    return [["xyz", symbol, str(START_US + t), str(START_US + t + local), snapshot,
             "bid" if n % 2 else "ask", str(100 + n), "1"] for n, t in enumerate(times)]
