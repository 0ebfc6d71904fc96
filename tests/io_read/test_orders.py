"""Databento's market by order: its books against dictionaries of orders, whole, in pieces, taken up
again, as a table; what cannot be ends a book and is counted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.io_read import dbn_files as by_hand
from tests.reference.order_book import OrderBook
from tickeng import DataError, Engine, inspect, read, replay
from tickeng.files.sources import dbn_orders, open_source

pytestmark = pytest.mark.filterwarnings("ignore")
INSTRUMENTS = (7, 8)
KERNELS = {"kernels": "b = book.bid; q = book.ask_qty; n = book.bid_levels",
           "max_quote_age": "off", "max_jump": "off"}


def draw_records(seed, faults, count=300):
    """(instrument, action, side, order, price, size, flags) each; most of them fit."""
    rng = np.random.default_rng(seed)
    books, sent = {i: OrderBook() for i in INSTRUMENTS}, []
    for n in range(count):
        instrument = int(rng.choice(INSTRUMENTS))
        orders = books[instrument].orders
        side, order = str(rng.choice(["A", "B"])), int(rng.integers(1, 10**6))
        price = 10**9 * (100 + (1 if side == "A" else -1) * int(rng.integers(1, 40)))
        action, size = str(rng.choice(list("AAAMCCTFN"))), int(rng.integers(1, 9))
        if action in "MC" and orders and rng.random() > faults:
            order = int(rng.choice(list(orders)))
            side, old, left = orders[order]
            price = price if action == "M" and rng.random() < 0.5 else old
            size = int(rng.integers(1, left + 1)) if action == "C" and left else size
        elif action == "C" and rng.random() > faults:
            action = "N"
        if rng.random() < 0.03 or n < 2 * len(INSTRUMENTS):
            action, side = "R", "N"
        flags = 0x80 if rng.random() < 0.7 else 0
        if rng.random() < faults / 4:
            flags |= by_hand.MAYBE_BAD_BOOK
        if action in "AM" and rng.random() < faults / 4:
            price = 0
        one = (instrument, action, side, order, price, size, flags)
        books[instrument].apply(*one[1:])
        sent.append(one)
    return sent


def write(path, sent):
    body = [by_hand.record("mbo", instrument=i, action=action, side=side, order=order, price=price,
                           size=size, flags=flags, event=by_hand.START + 10**6 * n)
            for n, (i, action, side, order, price, size, flags) in enumerate(sent)]
    return by_hand.write(path, by_hand.metadata("mbo"), *body)


def expected(sent):
    """By row: the instrument, and the book behind the event that ends there, None if not known;
    and the rows that do not fit."""
    books, found, unfit = {i: OrderBook() for i in INSTRUMENTS}, {}, []
    for row, (instrument, *record) in enumerate(sent, 1):
        book = books[instrument]
        if not book.apply(*record):
            unfit.append(row)
        if record[-1] & by_hand.LAST:
            found[row] = instrument, [book.levels("B"), book.levels("A")] if book.known else None
    return found, unfit


def messages_of(batch):
    """What on_delta takes, by row."""
    at = 0
    for i, row in enumerate(batch.row.tolist()):
        bids, asks = int(batch.values["bids"][i]), int(batch.values["asks"][i])
        levels = list(zip(batch.values["price"][at:at + bids + asks].tolist(),
                          batch.values["qty"][at:at + bids + asks].tolist(), strict=True))
        at += bids + asks
        last = int(batch.values["last"][i])
        yield (row, int(batch.ts_ns[i]), levels[:bids], levels[bids:],
               batch.symbols[batch.symbol[i]],
               {"snapshot": bool(batch.values["snapshot"][i]),
                "last": None if last == np.iinfo(np.int64).min else last})


def book_of(engine, symbol):
    book = engine.book(symbol) if symbol in engine.symbols else None
    return None if book is None else [side.tolist() for side in book]


@given(seed=st.integers(0, 2**32), faults=st.sampled_from([0.0, 0.05, 0.3]),
       block_rows=st.integers(1, 60), start=st.integers(0, 280))
@settings(max_examples=60, deadline=None)
def test_a_book_of_orders_is_a_dictionary_of_orders(tmp_path_factory, seed, faults, block_rows,
                                                    start):
    sent = draw_records(seed, faults)
    path = write(tmp_path_factory.mktemp("orders") / "a.dbn", sent)
    want, unfit = expected(sent)
    engine = Engine(KERNELS)
    told, rejects = {}, []
    for first in (0, start):  # from the beginning, and what a run that is taken up there is given
        with open_source(str(path), kind="delta", block_rows=block_rows, takes=("delta",)) as file:
            batches = list(file.batches(first))
        found = [message for batch in batches for message in messages_of(batch)]
        if first or not told:
            assert first == 0 or found == [m for m in told.values() if m[0] > start]
        if not first:
            told = {message[0]: message for message in found}
            rejects = [reject.row for batch in batches for reject in batch.rejects]
    for row in range(1, len(sent) + 1):
        if row in told:
            _, ts_ns, bids, asks, symbol, numbers = told[row]
            engine.on_delta(ts_ns, bids, asks, symbol, **numbers)
        if row in want:
            instrument, book = want[row]
            assert book_of(engine, str(instrument)) == book, row
    assert rejects == unfit


def test_replays_and_tables_have_the_same_books(tmp_path):
    sent = draw_records(5, 0.05, 2_000)
    path = write(tmp_path / "a.dbn", sent)
    options = {"config": KERNELS, "rows": "book"}
    replay(path, out=tmp_path / "whole.csv", **options)
    whole = (tmp_path / "whole.csv").read_text()
    assert whole.count("\n") > 1_000
    replay(path, out=tmp_path / "two.csv", workers=2, **options)
    assert (tmp_path / "two.csv").read_text() == whole
    replay(path, out=tmp_path / "parts.csv", limit=400, checkpoint=tmp_path / "c", every=90,
           **options)
    report = replay(path, out=tmp_path / "parts.csv", resume=tmp_path / "c", **options)
    assert (tmp_path / "parts.csv").read_text() == whole
    table, engine = read(path, kind="book", rejects="keep"), Engine(KERNELS)
    engine.run(deltas=table, rows="book")
    want, unfit = expected(sent)
    ends = {instrument: book for instrument, book in want.values()}
    assert {i: book_of(engine, str(i)) for i in INSTRUMENTS} == ends
    counts = report["counters_of"]["book"]["total"]
    assert counts["gaps"] > 5 and counts["rejected"] == len(unfit) > 5
    assert inspect(path)["book"]["gaps"] == counts["gaps"]


def test_a_snapshot_is_of_the_time_at_which_it_was_made(tmp_path):
    old, made = by_hand.START - 10**15, by_hand.START + 10**9
    snapshot = 0x20
    path = by_hand.write(
        tmp_path / "a.dbn", by_hand.metadata("mbo"),
        by_hand.record("mbo", action="R", side="N", event=old, recv=made, flags=snapshot),
        by_hand.record("mbo", order=1, action="A", event=old + 1, recv=made, flags=snapshot),
        by_hand.record("mbo", order=2, action="A", event=old + 2, recv=made,
                       flags=snapshot | by_hand.LAST),
        by_hand.record("mbo", order=2, action="C", event=made + 5))
    table = read(path)
    assert table["ts_ns"].tolist() == [made, made + 5]
    assert table["snapshot"].tolist() == [True, False]
    assert (table["price"].tolist(), table["qty"].tolist()) == ([1.0, 1.0], [2.0, 1.0])


def test_one_order_too_many_ends_the_book_and_is_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(dbn_orders.OrderReader, "most_orders", 3)
    adds = [by_hand.record("mbo", order=n, action="A", event=by_hand.START + n)
            for n in range(1, 6)]
    clear = by_hand.record("mbo", action="R", side="N", event=by_hand.START)
    path = by_hand.write(tmp_path / "a.dbn", by_hand.metadata("mbo"), clear, *adds, clear,
                         *adds[:2])
    report = replay(path, config=KERNELS, rows="book")
    counts = report["counters_of"]["book"]["total"]
    assert counts["rejected"] == 1 and counts["gaps"] == 1
    assert counts["reasons"] == {"bad_id": 1}


def test_orders_of_which_no_event_ends_are_refused(tmp_path):
    path = by_hand.write(tmp_path / "a.dbn", by_hand.metadata("mbo"),
                         by_hand.record("mbo", action="R", side="N", flags=0))
    with pytest.raises(DataError, match="no record ends an event"):
        read(path)


def test_orders_without_a_clear_are_told_of():
    report = replay(by_hand.FILES / "test_data.mbo.dbn", config=KERNELS, rows="book")
    assert "no snapshot of the book of ESH1 came" in report["warnings"][0]
