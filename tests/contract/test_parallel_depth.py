"""Messages of depth feeds over many cores: the bits and the books of one Engine, dropped ones
included, which end the book."""

import numpy as np
import pytest

from tests.contract.test_depth import START, STYLES, feed_of, push
from tickeng import BackpressureError, DataError, Engine, ParallelEngine, SymbolError

SETTINGS = {"warmup": "expanding", "max_quote_age": 0.5, "hold_good": 0.05, "kernels": """
    depth_imbalance; mid_spread; quote_ofi; bids = book.bid_levels; at_bid = book.bid_qty
    seen = mean(book.bid, window=1, on=trade); e = ema(depth_imbalance_2, span=20)
    m1 = time_bars(period=1s); closes = mean(mid, window=3, on=m1)"""}
SYMBOLS = ["a", "b", "c", "d", "e"]


def event_of(rng, ts_ns, symbol):
    """Something beside a message: (method, arguments)."""
    mid = 100 + 0.25 * int(rng.integers(-3, 4))
    chance = rng.random()
    if chance < 0.03:
        return "on_book", (ts_ns, [(mid - 1, 2.0)], [(mid, 3.0)], symbol)
    if chance < 0.06:  # refused; without a number
        return "on_delta", (ts_ns, [(mid, -1.0)], [], symbol)
    if chance < 0.2 and symbol == "e":
        return "on_quote", (ts_ns, mid - 1, 1.0, mid, 2.0, symbol)
    if chance < 0.25:
        return "on_time", (ts_ns,)
    return "on_tick", (ts_ns, mid, 1.0, 1, symbol)


def events(count=300):
    """A feed of each style, and the fifth of the first again, by time; something between them."""
    rng = np.random.default_rng(7)
    messages = sorted(((message, symbol) for n, symbol in enumerate(SYMBOLS)
                       for message in feed_of(n, STYLES[n % len(STYLES)], count)),
                      key=lambda pair: pair[0].ts_ns)
    for message, symbol in messages:
        yield "message", (message, symbol)
        if rng.random() < 0.5:
            yield event_of(rng, message.ts_ns, str(rng.choice(SYMBOLS)))


EVENTS = list(events())
CLOCKS = {"message": "book", "on_delta": "book", "on_book": "book", "on_quote": "quote",
          "on_tick": "trade"}


def feed(engine, method, arguments):
    if method == "message":
        return push(engine, *arguments)
    many = method == "on_tick" and isinstance(engine, ParallelEngine)
    return getattr(engine, "submit" if many else method)(*arguments)


def books(engine):
    return [None if book is None else [side.tolist() for side in book]
            for book in (engine.book(symbol) for symbol in SYMBOLS)]


class Truth:
    def __init__(self):
        self.engine = Engine(SETTINGS)
        self.engine.intern(SYMBOLS)
        self.rows = {"trade": [], "book": [], "quote": []}
        self.half = None
        for n, event in enumerate(EVENTS):
            if n == len(EVENTS) // 2:
                self.half = books(self.engine)
            decision = feed(self.engine, *event)
            if event[0] in CLOCKS:
                self.rows[CLOCKS[event[0]]].append(
                    [decision.seq, *(getattr(decision, name) for name in self.engine.schema)])


@pytest.fixture(scope="module")
def truth():
    found = Truth()
    counters = found.engine.book_counters
    assert min(c["gaps"] for c in counters.values()) > 0
    assert counters["a"]["duplicate"] > 0 and counters["c"]["waited"] > 0
    return found


def polled(engine):
    frame = engine.poll()
    return np.array([frame["seq"], *(np.asarray(frame[name], float)
                                     for name in engine.schema[2:])], float).T


def agree(engine, one):
    engine.flush()
    assert engine.state() == one.state()
    assert books(engine) == books(one)
    for kind in ("", "quote_", "book_"):
        assert getattr(engine, f"{kind}counters") == getattr(one, f"{kind}counters")
    assert engine.health == one.health


@pytest.mark.parametrize("rows", ["trade", "book", "quote"])
@pytest.mark.parametrize(("workers", "ring"), [(1, 2), (2, 32), (3, 4096)])
def test_any_number_of_workers_gives_the_bits_of_one(truth, workers, ring, rows):
    with ParallelEngine(SETTINGS, workers=workers, rows=rows, ring=ring, order="total",
                        pin=False) as engine:
        engine.intern(SYMBOLS)
        for n, event in enumerate(EVENTS):
            assert feed(engine, *event) in (True, None)
            if n == len(EVENTS) // 2 - 1:
                engine.flush()
                assert books(engine) == truth.half
        agree(engine, truth.engine)
        found = polled(engine)
    assert found.tobytes() == np.array(truth.rows[rows], float).tobytes()


@pytest.mark.parametrize(("before", "after"), [(1, 3), (3, 2)])
def test_resumed_with_another_number_of_workers(truth, tmp_path, before, after):
    path, half = tmp_path / "half.ckpt", len(EVENTS) // 2
    with ParallelEngine(SETTINGS, workers=before, rows="book", pin=False) as engine:
        engine.intern(SYMBOLS)
        for event in EVENTS[:half]:
            feed(engine, *event)
        cut = engine.snapshot()  # while messages are in progress
        for event in EVENTS[half:half + 200]:
            feed(engine, *event)
        cut.save(path)
    whole = Engine.load(path)
    assert books(whole) == truth.half
    with ParallelEngine.load(path, workers=after, rows="book", order="total",
                             pin=False) as engine:
        for event in EVENTS[half:]:
            feed(engine, *event)
            feed(whole, *event)
        agree(engine, truth.engine)
        rows = np.array(truth.rows["book"], float)
        found = polled(engine)
        assert found[:, 1:].tobytes() == rows[len(rows) - len(found):, 1:].tobytes()
    assert whole.state() == truth.engine.state()


def small():
    """Drops messages while two decisions are unread."""
    return ParallelEngine(kernels="mid_spread", max_quote_age="off", workers=1, rows="book",
                          unread=2, on_full="drop", pin=False)


def read(engine):
    engine.flush()
    return engine.poll()["mid"].tolist()


@pytest.mark.parametrize("style", STYLES)
def test_a_dropped_message_ends_the_book(style):
    """As one that is refused and has no number does in an Engine."""
    one, rng, lost, ended = Engine(kernels="mid_spread", max_quote_age="off"), \
        np.random.default_rng(5), 0, 0
    found, expected = [], []
    with small() as engine:
        for message in feed_of(5, style, 300, lost=0.0):
            if push(engine, message, "0"):
                expected.append(push(one, message).mid)
            else:
                one.on_delta(message.ts_ns, [(1.0, -1.0)], [])
                lost += 1
            if rng.random() < 0.6:
                found += read(engine)
                assert str(engine.book("0")) == str(one.book("0"))
                ended += engine.book("0") is None
        found += read(engine)
        counters, its = engine.book_counters["0"], one.book_counters["0"]
    assert np.array(found).tobytes() == np.array(expected).tobytes()
    assert counters["dropped"] == its["rejected"] == lost > 20 and ended > 5
    for name in ("processed", "duplicate", "gaps", "waited", "crossed"):
        assert counters[name] == its[name]


FIRST = {"bids": [(99.0, 1.0)], "asks": [(101.0, 1.0)], "symbol": "a"}
NEXT = {"bids": [(98.0, 1.0)], "asks": [], "symbol": "a"}


@pytest.mark.parametrize("lost", [
    {"snapshot": True}, {"snapshot": True, "last": 5}, {"last": 12}, {}])
@pytest.mark.parametrize("number", [None, 6, 13])
@pytest.mark.parametrize("saves", [False, True])
def test_no_number_makes_up_for_what_was_dropped(lost, number, saves):
    """Not even one that is old: behind a snapshot a feed may count anew."""
    with small() as engine:
        assert engine.on_delta(START, **FIRST, snapshot=True, last=11)
        assert engine.on_delta(START + 1, **NEXT, last=12)
        assert not engine.on_delta(START + 2, **NEXT | lost)
        assert len(read(engine)) == 2 and engine.book("a")[0].tolist() == [[99, 1], [98, 1]]
        saved = engine.state() if saves else None
        engine.on_delta(START + 3, **NEXT, last=number)
        assert len(read(engine)) == 1
    assert engine.book("a") is None and engine.book_counters["a"]["gaps"] == 1
    if saved is None:
        return
    with ParallelEngine.from_state(saved, workers=2, pin=False) as again:
        again.on_delta(START + 3, **NEXT, last=number)
    one = Engine.from_state(saved)
    one.on_delta(START + 3, **NEXT, last=number)
    for made in (again, one):
        assert made.book("a") is None and made.book_counters["a"]["gaps"] == 1
        assert made.book_counters["a"]["dropped"] == 1


def test_a_loss_is_told_of_once():
    with small() as engine:
        for k in range(3):
            engine.on_delta(START + k, **FIRST, snapshot=True)
        assert engine.book_counters["a"]["dropped"] == 1
        read(engine)
        engine.on_delta(START + 3, **FIRST, snapshot=True)
        one = Engine.from_state(engine.state())  # counts what was dropped behind the snapshot
        for made in (engine, one):
            made.on_delta(START + 4, **NEXT)
        engine.flush()
        for made in (engine, one):
            assert made.book("a")[0].tolist() == [[99, 1], [98, 1]]


def test_messages_larger_than_the_ring_cross_it_whole():
    bids, asks = ([(200 + step * 0.01 * k, 1.0) for k in range(1, 10_001)] for step in (-1, 1))
    with ParallelEngine(kernels="mid_spread", workers=1, ring=2, rows="book", pin=False) as engine:
        for k in range(12):  # more than can wait for a worker
            assert engine.on_delta(START + k, bids[k:], asks[k:], "a", snapshot=True)
        assert engine.on_book(START + 20, bids, asks, "b")
        assert engine.on_book(START + 20, [], [], "b")
        mids = read(engine)
        assert mids[:13] == [200.0] * 13 and np.isnan(mids[13])
        assert [side.tolist() for side in engine.book("a")] == [
            [list(level) for level in side[11:]] for side in (bids, asks)]
        assert engine.book("b") is None
        with pytest.raises(DataError, match="10,001 levels; at most 10,000"):
            engine.on_delta(START, [*bids, (1.0, 1.0)], [], "a")


def test_messages_that_are_not_taken_are_the_callers():
    with ParallelEngine(kernels="mid_spread", workers=1, rows="book", unread=2,
                        pin=False) as engine:
        for k in range(2):
            engine.on_delta(START + k, **FIRST, snapshot=k == 0)
        with pytest.raises(BackpressureError, match="unread"):
            engine.on_delta(START + 2, **NEXT)
        read(engine)
        assert engine.on_delta(START + 2, **NEXT)
        engine.flush()
        assert engine.book("a")[0].tolist() == [[99, 1], [98, 1]]
        with pytest.raises(SymbolError):
            engine.book("b")
        with pytest.raises(DataError, match="whole"):
            engine.on_delta(START, **NEXT, last=1.5)


def test_messages_left_in_a_ring_are_held():
    engine = ParallelEngine(kernels="mid_spread", workers=1, pin=False)
    for k in range(2_000):
        engine.on_delta(START + k, **FIRST)
    engine.close()
    counts = engine.book_counters["a"]
    assert counts["in"] == 2_000 == counts["processed"] + counts["held"]
    assert engine.book("a") is None
