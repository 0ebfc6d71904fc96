"""Books from messages of depth feeds: against a dictionary of levels, the same bits every way,
gaps, repeats, what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reference.depth_book import DepthBook, Message
from tickeng import DataError, Engine, LateTickError, NotAcceptedWarning

pytestmark = pytest.mark.filterwarnings("ignore::tickeng.NotAcceptedWarning")
START = 1_700_000_000_000_000_000
TEXT = """depth_imbalance; mid_spread; bids = book.bid_levels; at_bid = book.bid_qty
seen = mean(book.bid, window=1, on=trade); spread_then = mean(spread, window=1, on=trade)
e = ema(depth_imbalance_2, span=20); m1 = time_bars(period=1)
closes = mean(mid, window=3, on=m1)"""
STYLES = ("spot", "futures", "single", "none")
EMPTY = {"ts_ns": [], "price": [], "qty": [], "side": []}


def levels(rng, mid, step, most):
    """At most so many, no price twice."""
    away = rng.choice(np.arange(1, 60), rng.integers(0, most + 1), replace=False)
    prices = np.round(mid + step * 0.25 * away, 2)
    return list(zip(prices.tolist(), rng.choice([0, 1, 2, 5], len(away)).tolist(), strict=True))


def feed_of(seed, style, count=120, lost=0.04, whole=False):
    """Messages as such a feed sends them, some lost, repeated or behind their time."""
    rng = np.random.default_rng(seed)
    number, sent, mid, ts_ns = 100, [], 100.0, START
    for n in range(count):
        ts_ns += int(rng.integers(0, 4)) * 50_000_000
        mid += 0.25 * int(rng.integers(-1, 2))
        first, previous = number + int(rng.integers(1, 3)) * (style == "futures") + 1, number
        number = first + (int(rng.integers(0, 3)) if style in ("spot", "futures") else 0)
        numbers = {"spot": (first, number, None), "futures": (first, number, previous),
                   "single": (None, number, None), "none": (None, None, None)}[style]
        if n % 40 == 5 or rng.random() < 0.02:
            bids, asks = ([(p, q) for p, q in levels(rng, mid, step, 50) if q] for step in (-1, 1))
            message = Message(ts_ns, bids, asks, True, None, numbers[1], None)
        else:
            message = Message(ts_ns, levels(rng, mid, -1, 6), levels(rng, mid, 1, 6), False,
                              *numbers)
        if rng.random() >= lost:
            sent.append(message)
        if rng.random() < lost and style != "none":
            sent.append(sent[int(rng.integers(max(0, len(sent) - 3), len(sent)))] if sent else
                        message)
    return sent


def push(engine, message, symbol=0):
    bids, asks = message.bids, message.asks
    if message.ts_ns % 100_000_000:  # arrays do as well
        bids, asks = (np.array(side, float).reshape(-1, 2) for side in (bids, asks))
    return engine.on_delta(message.ts_ns, bids, asks, symbol, snapshot=message.snapshot,
                           first=message.first, last=message.last, previous=message.previous)


def table(messages, **more):
    """A row per level; a message of none has no row."""
    rows = [(m.ts_ns, side, price, qty, m.snapshot, m.first, m.last, m.previous, n)
            for n, m in enumerate(messages)
            for side, levels in (("ask", m.asks), ("bid", m.bids)) for price, qty in levels]
    names = ("ts_ns", "side", "price", "qty", "snapshot", "first", "last", "previous", "message")
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    none = np.iinfo(np.int64).min
    for name in names[5:8]:
        columns[name] = np.array([none if n is None else n for n in columns[name]], np.int64)
    return {name: np.array(column) for name, column in columns.items()} | more


@given(seed=st.integers(0, 2**32), style=st.sampled_from(STYLES), cut=st.sampled_from([0, 5, 20]))
@settings(max_examples=60, deadline=None)
def test_a_built_book_is_a_dictionary_of_levels(seed, style, cut):
    engine = Engine(kernels="b = book.bid; a = book.ask; n = book.ask_levels", max_quote_age="off",
                    snapshot_depth=cut, on_late="clamp")
    book, old, gaps, beyond, waited = DepthBook(cut), 0, 0, 0, 0
    for message in feed_of(seed, style):
        outcome = book.apply(message)
        decision = push(engine, message)
        assert decision.status == (2 if outcome == "old" else 0), message
        old, gaps = old + (outcome == "old"), gaps + (outcome == "gap")
        waited += outcome == "waits"
        if outcome in ("shown", "unchanged"):
            beyond += book.is_beyond()
        built = engine.book()
        if not book.valid:
            assert built is None
            continue
        assert built[0].tolist() == [list(level) for level in sorted(book.bids.items())[::-1]]
        assert built[1].tolist() == [list(level) for level in sorted(book.asks.items())]
        bids, asks = book.shown()
        if outcome == "old" or (bids and asks and bids[0][0] >= asks[0][0]):
            continue
        assert decision.b == bids[0][0] if bids else decision.b != decision.b
        assert decision.a == asks[0][0] if asks else decision.a != decision.a
        assert decision.n == len(asks)
    counters = engine.book_counters["0"]
    assert counters["duplicate"] == old
    assert counters["gaps"] == gaps
    assert (counters["beyond"], counters["waited"]) == (beyond, waited)


def tape(seed, style):
    messages = [m for m in feed_of(seed, style, 400) if m.bids or m.asks]
    rng = np.random.default_rng(seed)
    n = 300
    ts_ns = START + np.sort(rng.integers(0, messages[-1].ts_ns - START + 10**9, n) // 10**7 * 10**7)
    trades = {"ts_ns": ts_ns, "price": 100 + rng.integers(-3, 4, n) * 0.25,
              "qty": rng.integers(1, 5, n).astype(float), "side": rng.choice([1, -1], n)}
    return messages, trades


def in_order(messages, trades):
    """(kind, index): by the heads' stamps, a trade first at one time."""
    i = k = 0
    while i < len(messages) or k < len(trades["ts_ns"]):
        if k < len(trades["ts_ns"]) and (
                i == len(messages) or trades["ts_ns"][k] <= messages[i].ts_ns):
            yield "trade", k
            k += 1
        else:
            yield "delta", i
            i += 1


@pytest.mark.parametrize("rows", ["trade", "book", "quote", "m1"])
@pytest.mark.parametrize("style", STYLES)
def test_one_by_one_together_resumed_and_by_workers_are_one(style, rows):
    messages, trades = tape(11, style)
    options = {"warmup": "expanding", "max_quote_age": 0.3, "hold_good": 0.05}
    deltas = table(messages)
    together = Engine(kernels=TEXT, **options)
    frame = together.run(trades=trades, deltas=deltas, rows=rows)
    alone = Engine(kernels=TEXT, **options)
    found = []
    for n, (kind, i) in enumerate(in_order(messages, trades)):
        if n % 97 == 96:
            alone = Engine.from_state(alone.state())
        if kind == "trade":
            decision = alone.on_tick(*(trades[name][i] for name in ("ts_ns", "price", "qty",
                                                                    "side")))
        else:
            decision = push(alone, messages[i])
        if kind == {"trade": "trade", "book": "delta"}.get(rows):
            found.append([getattr(decision, name) for name in frame])
    assert alone.book_counters == together.book_counters
    assert alone.state() == together.state()
    if found:
        columns = np.array(found, float).T
        for name, column in zip(frame, columns, strict=True):
            assert frame[name].astype(float).tobytes() == column.tobytes(), name
    twice = {"trades": trades | {"symbol": np.array(["a"] * len(trades["side"]))},
             "deltas": deltas | {"symbol": np.array(["a"] * len(deltas["side"]))}}
    one, two = (Engine(kernels=TEXT, **options).run(**twice, rows=rows, workers=workers)
                for workers in (1, 2))
    for name in frame:
        assert one[name].tobytes() == two[name].tobytes() == frame[name].tobytes(), name


def test_a_book_from_messages_gives_what_its_snapshots_give():
    messages = [m for m in feed_of(3, "spot", 300, lost=0.0)]
    text = "depth_imbalance; mid_spread; microprice; e = ema(mid, span=9)"
    built, shown = (Engine(kernels=text, max_quote_age="off") for _ in range(2))
    book, compared = DepthBook(), 0
    for message in messages:
        outcome = book.apply(message)
        decision = push(built, message)
        if outcome == "shown":
            expected = shown.on_book(message.ts_ns, *(side or np.empty((0, 2))
                                                      for side in book.shown()))
            names = [name for name in built.schema if name != "status"]
            ours, theirs = (np.array([getattr(d, name) for name in names], float)
                            for d in (decision, expected))
            assert ours.tobytes() == theirs.tobytes()
            compared += 1
    assert compared > 50


def test_a_gap_ends_the_market_and_a_snapshot_makes_one():
    engine = Engine(kernels="m = mean(mid, window=1, on=trade); mid_spread", max_quote_age="off")

    def seen(at):
        return engine.on_tick(START + at, 100.0, 1.0, 1).m

    engine.on_delta(START + 1, [(99, 1)], [(101, 1)], snapshot=True, last=10)
    assert seen(2) == 100.0
    # 11 is missing
    assert engine.on_delta(START + 3, [(100, 1)], [], first=12, last=12).status == 0
    assert np.isnan(seen(4))
    engine.on_delta(START + 5, [(100, 2)], [], first=13, last=13)
    assert np.isnan(seen(6))
    assert engine.book() is None
    engine.on_delta(START + 7, [(99, 1)], [(101, 1)], snapshot=True, last=12)
    assert seen(8) == 100.5  # with message 13, which had come before
    counters = engine.book_counters["0"]
    assert (counters["gaps"], counters["waited"], counters["processed"]) == (1, 1, 4)


def test_a_message_without_a_number_that_is_not_taken_ends_the_book():
    for bad in (dict(ts_ns=START, bids=[(99, 2)], asks=[]),  # late
                dict(ts_ns=START + 5, bids=[(99, -2)], asks=[]),
                dict(ts_ns=START + 5, bids=[(float("nan"), 2)], asks=[])):
        engine = Engine(kernels="mid_spread", max_quote_age="off")
        engine.on_delta(START + 1, [(99, 1)], [(101, 1)], snapshot=True)
        assert engine.on_delta(**bad).status in (1, 3)
        assert engine.book() is not None  # it left the state as it was
        engine.on_delta(START + 9, [(98, 1)], [])
        assert engine.book() is None
        assert engine.book_counters["0"]["gaps"] == 1
        engine.on_delta(START + 10, [(99, 1)], [(101, 1)], snapshot=True)
        assert engine.book() is not None


def test_another_source_continues_a_book_only_by_its_numbers():
    for last, continues in ((10, True), (None, False)):
        engine = Engine(kernels="mid_spread")
        engine.on_delta(START + 1, [(99, 1)], [(101, 1)], snapshot=True, last=last)
        engine.begin_source()
        engine.on_delta(START + 2, [(98, 1)], [], last=None if last is None else last + 1)
        assert (engine.book() is not None) == continues


def test_a_book_as_such_is_none_that_messages_continue():
    engine = Engine(kernels="mid_spread")
    engine.on_delta(START + 1, [(99, 1)], [(101, 1)], snapshot=True)
    engine.on_book(START + 2, [(90, 1)], [(91, 1)])
    assert engine.book() is None
    engine.on_delta(START + 3, [(98, 1)], [])
    assert engine.book() is None


def test_tables_of_messages_that_cannot_be_are_refused():
    engine = Engine(kernels="mid_spread")
    good = {"ts_ns": np.array([START, START]), "side": np.array(["bid", "ask"]),
            "price": np.array([99.0, 101.0]), "qty": np.array([1.0, 1.0])}
    for change, words in (({"side": np.array(["bid", "offer"])}, "side of row 1 is 'offer'"),
                          ({"side": np.array([1, 0])}, "side of row 1"),
                          ({"side": np.array([True, False])}, '"bid" and "ask"'),
                          ({"qty": np.array([1.0])}, "qty has 1 rows"),
                          ({"snapshot": np.array([2, 0])}, "true and false"),
                          ({"last": np.array([1.5, 2.0])}, "whole numbers"),
                          ({"last": np.array(["x", "y"])}, "integers"),
                          ({"last": np.array([5, 1 << 63], np.uint64)}, "above 2"),
                          ({"last": np.array([1, 1 << 24], np.float32)}, "below 16777216"),
                          ({"message": np.array([1.0, np.nan])}, "missing in some rows"),
                          ({"snapshot": np.ma.array([1, 0], mask=[0, 1])}, "masked"),
                          ({"side": "bid"}, "one-dimensional"),
                          ({"side": np.array(["bid", None], object)}, "side of row 1 is None"),
                          ({"symbol": np.array([["a"], ["b"]])}, "one-dimensional")):
        with pytest.raises(DataError, match=words):
            engine.run(deltas=good | change, rows="book")
    with pytest.raises(DataError, match="give one of them"):
        engine.run(deltas=good, books={"ts_ns": [], "bid": [], "bid_qty": [], "ask": [],
                                       "ask_qty": []}, rows="book")
    with pytest.raises(DataError, match="no column side"):
        engine.run(deltas={name: good[name] for name in ("ts_ns", "price", "qty")}, rows="book")
    frame = engine.run(deltas=good | {"snapshot": np.array([True, True])}, rows="book")
    assert frame["mid"].tolist() == [100.0]


def test_a_message_is_of_one_symbol_and_time():
    engine = Engine(kernels="mid_spread")
    engine.run(deltas={"ts_ns": np.array([START] * 3 + [START + 1]), "message": np.array([1] * 4),
                       "side": np.array(["bid", "ask", "bid", "bid"]), "qty": np.ones(4),
                       "price": np.array([99.0, 101.0, 199.0, 198.0]),
                       "symbol": np.array(["A", "A", "B", "B"]),
                       "snapshot": np.array([1, 1, 1, 0])}, rows="book")
    assert engine.book("A")[0].tolist() == [[99.0, 1.0]]
    assert engine.book("B")[0].tolist() == [[199.0, 1.0], [198.0, 1.0]]


def test_numbers_of_updates_are_whole():
    engine = Engine(kernels="mid_spread")
    for number in (1.5, float("nan")):
        with pytest.raises(DataError, match="whole"):
            engine.on_delta(START, [(99, 1)], [(101, 1)], snapshot=True, last=number)
    assert engine.on_delta(START, [(99, 1)], [(101, 1)], snapshot=True, last=6.0).status == 0


def test_late_messages_are_errors_where_they_should_be():
    engine = Engine(kernels="mid_spread", on_late="error")
    engine.on_delta(START + 5, [(99, 1)], [(101, 1)], snapshot=True)
    with pytest.raises(LateTickError):
        engine.on_delta(START + 1, [(99, 1)], [])
    with pytest.raises(LateTickError, match="book 0"):
        engine.run(deltas={"ts_ns": [START + 1], "side": ["bid"], "price": [99.0], "qty": [2.0]},
                   rows="book")


def test_rejected_messages_are_warned_of():
    engine = Engine(kernels="mid_spread")
    with pytest.warns(NotAcceptedWarning):
        engine.run(deltas={"ts_ns": [START, START + 1], "side": ["bid", "bid"],
                           "price": [99.0, -1.0], "qty": [2.0, 2.0]}, rows="book")


def test_a_number_before_that_is_the_snapshots_is_no_gap():
    """Numbers of changes on futures leave some out: what was before says that none is missing."""
    engine = Engine(kernels="b = book.bid")
    engine.on_delta(10**18, [(99.0, 1.0)], [(101.0, 1.0)], snapshot=True, last=1010)
    row = engine.on_delta(10**18 + 1, [(99.5, 1.0)], [], first=1020, last=1025, previous=1010)
    assert row.b == 99.5 and engine.book_counters[engine.symbols[0]]["gaps"] == 0
