"""Events of every kind over many cores: the bits of one Engine that is fed them one by one."""

import numpy as np
import pytest

from tickeng import BackpressureError, ConfigError, DataError, Engine, ParallelEngine, SymbolError

START, MS = 1_700_000_000_000_000_000, 1_000_000
SECOND = 1_000 * MS
TEXT = """chain; mid_spread; quote_ofi; depth_imbalance; effective_spread; trade_side
    m = time_bars(period=2s); r = rsi(m, window=5); b = rsi(bar, window=5); e = ema(mid, tau=1s)
    edge = trade.price - own.price; tilt = book.bid - book.ask"""
SETTINGS = {"kernels": TEXT, "warmup": "expanding", "stale_after": "2s", "k1.window": 64,
            "k2.window": 64, "k3.window": 100, "k4.window": 64, "k4.norm_window": 64,
            "regime.step": 100}
SYMBOLS = ["a", "b", "c", "d", "e"]
KINDS = {"on_tick": "trade", "on_quote": "quote", "on_book": "book", "on_bar": "bar",
         "on_fill": "own"}


def side_of_book(rng, best, step):
    levels = [(best + step * 0.01 * k, float(rng.integers(1, 50))) for k in range(rng.integers(9))]
    if len(levels) > 2 and rng.random() < 0.05:
        levels[1] = levels[0]  # out of order
    return levels + [(np.nan, 0.0)] * int(rng.integers(3))


def some_event(rng, ts, symbol):
    """(method, arguments) of one event; some are bad, late, crossed or empty."""
    mid = 100 + 0.01 * float(rng.integers(-20, 20))
    stamp = int(ts) - (SECOND if rng.random() < 0.02 else 0)
    qty, side = float(rng.integers(0, 9)), int(rng.choice([-1, 1]))
    method = rng.choice(["on_tick", "on_quote", "on_book", "on_bar", "on_fill", "on_leader",
                         "on_time"], p=[0.35, 0.25, 0.2, 0.08, 0.05, 0.04, 0.03])
    if method in ("on_tick", "on_fill"):
        return method, (stamp, -1.0 if rng.random() < 0.02 else mid, qty, side, symbol)
    if method == "on_quote":
        gap = float(rng.choice([0.01, 0.02, 0.0, np.nan], p=[0.5, 0.4, 0.05, 0.05]))
        return method, (stamp, mid - gap, qty, mid + gap, 3.0, symbol)
    if method == "on_book":
        return method, (stamp, side_of_book(rng, mid - 0.01, -1), side_of_book(rng, mid, 1), symbol)
    if method == "on_bar":
        return method, (stamp, mid, mid + 0.02, mid - 0.01, mid,
                        float(rng.choice([np.nan, 5.0])), symbol)
    if method == "on_leader":
        return method, (stamp, mid, None, symbol if rng.random() < 0.5 else None)
    return method, (int(ts) + int(rng.integers(0, 4 * SECOND)),
                    symbol if rng.random() < 0.5 else None)


def events(count, seed=0):
    rng = np.random.default_rng(seed)
    stamps = START + np.cumsum(rng.choice([0, MS, 20 * MS, 3 * SECOND], count,
                                          p=[0.2, 0.5, 0.29, 0.01]))
    return [some_event(rng, ts, str(rng.choice(SYMBOLS))) for ts in stamps]


EVENTS = events(6_000)


def hand_over(engine, method, arguments):
    return getattr(engine, "submit" if method == "on_tick" else method)(*arguments)


class Truth:
    """What one Engine says: decisions by kind, with their numbers, and its state."""

    def __init__(self, given=EVENTS):
        self.engine = Engine(SETTINGS)
        self.engine.intern(SYMBOLS)
        self.rows = {kind: [] for kind in KINDS.values()}
        names = self.engine.schema
        for method, arguments in given:
            decision = getattr(self.engine, method)(*arguments)
            if method in KINDS:
                self.rows[KINDS[method]].append(
                    [decision.seq, *(getattr(decision, name) for name in names)])

    def table(self, kind):
        return np.array(self.rows[kind], float)


@pytest.fixture(scope="module")
def truth():
    return Truth()


def polled(engine, base=0):
    frame = engine.poll()
    columns = [frame["seq"] + base, *(frame[name] for name in engine.schema[2:])]
    return np.array([np.asarray(column, float) for column in columns]).T


def in_order(tables):
    rows = np.concatenate(tables)
    return rows[np.argsort(rows[:, 0], kind="stable")]


def agree(engine, one):
    engine.flush()
    assert engine.state() == one.state()
    for kind in ("", "quote_", "book_", "bar_", "fill_", "leader_"):
        assert getattr(engine, f"{kind}counters") == getattr(one, f"{kind}counters")
    for symbol in SYMBOLS:
        mine, its = engine.decision(symbol), one.decision(symbol)
        assert repr(mine) == repr(its) and mine.ts_ns == its.ts_ns


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("rows", list(KINDS.values()))
@pytest.mark.parametrize(("ring", "order"), [(32, "symbol"), (4096, "total")])
def test_any_number_of_workers_gives_the_bits_of_one(truth, workers, rows, ring, order):
    tables = []
    with ParallelEngine(SETTINGS, workers=workers, rows=rows, ring=ring, order=order,
                        pin=False) as engine:
        engine.intern(SYMBOLS)
        for n, event in enumerate(EVENTS):
            assert hand_over(engine, *event) in (True, None, 0, 1, 3)
            if n % 500 == 0:
                tables.append(polled(engine))
        agree(engine, truth.engine)
        tables.append(polled(engine))
        assert engine.next_seq == sum(map(len, truth.rows.values()))
    found = np.concatenate(tables) if order == "total" else in_order(tables)
    assert found.tobytes() == truth.table(rows).tobytes()


@pytest.mark.parametrize(("before", "after"), [(1, 3), (3, 2)])
def test_resumed_with_another_number_of_workers(truth, tmp_path, before, after):
    half = len(EVENTS) // 2
    with ParallelEngine(SETTINGS, workers=before, rows="book", pin=False) as engine:
        engine.intern(SYMBOLS)
        for event in EVENTS[:half]:
            hand_over(engine, *event)
        engine.save(tmp_path / "half.ckpt")
        engine.flush()
        first, base = polled(engine), engine.next_seq
    whole = Engine.load(tmp_path / "half.ckpt")
    with ParallelEngine.load(tmp_path / "half.ckpt", workers=after, rows="book",
                             pin=False) as engine:
        for event in EVENTS[half:]:
            hand_over(engine, *event)
            getattr(whole, event[0])(*event[1])
        agree(engine, truth.engine)
        found = in_order([first, polled(engine, base)])
    assert found.tobytes() == truth.table("book").tobytes()
    assert whole.state() == truth.engine.state()


@pytest.mark.parametrize("on_full", ["drop", "error"])
def test_an_event_is_taken_whole_or_not_at_all(on_full):
    taken, refused = [], 0
    given = [event for event in EVENTS if event[0] in KINDS]
    with ParallelEngine(SETTINGS, workers=2, ring=32, on_full=on_full, rows="book",
                        pin=False) as engine:
        engine.intern(SYMBOLS)
        for event in given:
            try:
                whole = hand_over(engine, *event)
            except BackpressureError as error:
                assert on_full == "error" and error.taken == 0
                whole, refused = False, refused + 1
            if whole:
                taken.append(event)
        engine.flush()
        one = Truth(taken)
        found = in_order([polled(engine)])
        assert found[:, 1:].tobytes() == one.table("book")[:, 1:].tobytes()
        dropped = sum(counts["dropped"] for kind in ("", "quote_", "book_", "bar_", "fill_")
                      for counts in getattr(engine, f"{kind}counters").values())
        assert dropped == (len(given) - len(taken) if on_full == "drop" else 0)
        assert len(taken) + dropped + refused == len(given)
        if on_full == "drop":
            again = ParallelEngine.from_state(engine.state(), workers=1)
            assert again.book_counters == engine.book_counters
            assert again.quote_counters == engine.quote_counters
            again.close()
    print(f"{on_full}: {len(taken)} of {len(given)} taken")


def test_the_clock_of_on_time_is_one_for_all_workers():
    one = Engine(stale_after="5s")
    with ParallelEngine(stale_after="5s", workers=2, map={"a": 0, "b": 1}, pin=False) as engine:
        for symbol in ("a", "b"):
            hand_over(engine, "on_tick", (START, 100.0, 1.0, 1, symbol))
            one.on_tick(START, 100.0, 1.0, 1, symbol)
        for seconds, symbol in ((10, "a"), (1, "b")):
            engine.on_time(START + seconds * SECOND, symbol)
            one.on_time(START + seconds * SECOND, symbol)
        engine.flush()
        assert engine.decision("b").reason & 8 and one.decision("b").reason & 8
        assert engine.state() == one.state()
        saved = engine.state()
    with ParallelEngine.from_state(saved, workers=2, map={"a": 1}, pin=False) as engine:
        for e in (engine, one):
            e.on_time(START + SECOND, "a")
        engine.flush()
        assert repr(engine.decision("a")) == repr(one.decision("a"))
        assert engine.state() == one.state()


def test_only_events_with_decisions_take_places_for_them():
    with ParallelEngine(kernels="mid_spread", workers=1, unread=64, rows="quote",
                        pin=False) as engine:
        for k in range(300):
            assert engine.submit(START + k, 100.0, 1.0, 1, "a")
        for k in range(64):
            assert engine.on_quote(START + k, 100.0, 1.0, 101.0, 1.0, "a")
        with pytest.raises(BackpressureError, match="unread"):
            engine.on_quote(START + 64, 100.0, 1.0, 101.0, 1.0, "a")
        engine.flush()
        assert engine.poll()["seq"].tolist() == list(range(300, 364))
        assert engine.on_quote(START + 64, 100.0, 1.0, 101.0, 1.0, "a")


def test_decisions_of_quotes_can_be_delivered():
    frames = []
    with ParallelEngine(kernels="mid_spread", workers=2, unread=8, rows="quote", pin=False,
                        on_decisions=frames.append) as engine:
        for k in range(500):
            assert engine.on_quote(START + k, 100.0 + k, 1.0, 102.0 + k, 1.0, k % 5)
    rows = np.concatenate([np.c_[f["seq"], f["mid"]] for f in frames])
    assert rows[np.argsort(rows[:, 0])].tolist() == [[k, 101.0 + k] for k in range(500)]


def test_events_left_in_a_ring_are_held():
    engine = ParallelEngine(kernels="chain,depth_imbalance", workers=1, pin=False)
    for k in range(3_000):
        engine.on_book(START + k, [(100.0, 1.0)], [(101.0, 1.0)], "a")
    engine.close()
    counts = engine.book_counters["a"]
    assert counts["in"] == 3_000 == counts["processed"] + counts["held"]


def test_what_cannot_be_is_named():
    with pytest.raises(ConfigError, match="rows is 'bars'"):
        ParallelEngine(rows="bars", workers=1)
    with ParallelEngine(workers=1, pin=False) as engine:
        with pytest.raises(SymbolError, match="no symbol 'x'"):
            engine.on_time(START, "x")
        with pytest.raises(DataError, match="outside min_time and max_time"):
            engine.on_time(5)
        with pytest.raises(DataError, match="levels of a book"):
            engine.on_book(START, [1.0], [], "a")
        assert engine.next_seq == 0
