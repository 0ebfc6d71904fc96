"""Law 1 over many cores: any number of workers gives the bits of one Engine, resumed ones too."""

import hashlib

import numpy as np
import pytest

from tests.contract.test_bits import bits
from tests.golden.lcg import golden_stream
from tickeng import (
    BackpressureError,
    ConfigError,
    DataError,
    Engine,
    ParallelEngine,
    StateError,
    TickengError,
)

SHORT = {"k1.window": 300, "k1.flow_window": 20, "k2.window": 300, "k3.window": 1000,
         "k3.mean_window": 64, "k4.norm_window": 1000, "k4.mean_window": 30, "k4.window": 300,
         "regime.step": 500}


class Feed:
    """Trades of several symbols by time, and leader ticks that come before some of them."""

    def __init__(self, tapes, leader):
        columns = [np.concatenate(c) for c in zip(*(
            (*columns, np.full(len(columns[0]), place))
            for place, columns in enumerate(tapes.values())), strict=True)]
        order = np.argsort(columns[0], kind="stable")
        self.ts, self.price, self.qty, side, self.place = (c[order] for c in columns)
        self.ts[20_000::5_000] -= 10**12  # late
        self.side = side.astype(np.int8)
        self.names = np.array(list(tapes))[self.place]
        self.leader = leader

    def pieces(self, size):
        """(leader tick before it or None, which symbol it leads, trades) by pieces."""
        for n, at in enumerate(range(0, len(self.ts), size)):
            part = slice(at, at + size)
            tick = (int(self.ts[at]), self.leader[n % len(self.leader)]) if n % 2 else None
            yield tick, (None if n % 3 else str(self.names[at])), tuple(
                c[part] for c in (self.ts, self.price, self.qty, self.side, self.names))


@pytest.fixture(scope="module")
def feed(ltc, btc_with_leader):
    """Real tapes and golden ones, shifted to overlap, with bad and late ticks among them."""
    golden = golden_stream()
    begin = int(ltc.ts_ns[0])
    sources = {"LTC": (ltc, 12_000), "BTC": (btc_with_leader, 12_000)} | {
        f"G{n}": (golden, 4_000 + 700 * n) for n in range(5)}
    tapes = {}
    for n, (name, (t, size)) in enumerate(sources.items()):
        ts = (t.ts_ns[:size] - t.ts_ns[0]) // (1 + n) + begin + n * 10**9
        tapes[name] = (ts, t.price[:size].copy(), t.qty[:size], t.side[:size])
    tapes["G1"][1][[5, 700]] = np.nan
    return Feed(tapes, golden.leader)


@pytest.fixture(scope="module", params=[True, False], ids=["leader", "alone"])
def led(request):
    return request.param


@pytest.fixture(scope="module")
def truth(feed, led):
    """What one Engine says: rows, state, counters."""
    engine, frames = Engine(SHORT), []
    for tick, whose, trades in feed.pieces(250):
        if led and tick:
            engine.on_leader(*tick, leads=whose)
        frames.append(engine.run(*trades))
    return engine, joined(frames)


def joined(frames):
    return {name: np.concatenate([f[name] for f in frames]) for name in frames[0].columns}


def digest(columns):
    whole = hashlib.sha256()
    for name, column in columns.items():
        if name not in ("seq", "symbol"):
            whole.update(np.ascontiguousarray(column).tobytes())
    return whole.hexdigest()


def drive(engine, pieces, led, resume=None):
    """Every decision in the order of submission; `resume` replaces the engine half-way."""
    frames, base = [], 0
    for n, (tick, whose, trades) in enumerate(pieces):
        if resume and n == len(pieces) // 2:
            snapshot = engine.snapshot()
            engine.flush()
            frames.append((base, engine.poll()))
            base += engine.next_seq
            engine.close()
            engine = resume(snapshot.state())
        if led and tick:
            engine.on_leader(*tick, leads=whose)
        engine.submit_batch(*trades)
        if n % 7 == 0:
            frames.append((base, engine.poll()))
    engine.flush()
    frames.append((base, engine.poll()))
    columns = joined([f for _, f in frames])
    columns["seq"] = np.concatenate([f["seq"].astype(np.int64) + at for at, f in frames])
    order = np.argsort(columns["seq"], kind="stable")
    return engine, {name: column[order] for name, column in columns.items()}


@pytest.mark.parametrize("workers", [1, 2, 3, 8])
@pytest.mark.parametrize("order", ["symbol", "total"])
def test_any_number_of_workers_gives_the_same_bits(feed, truth, led, workers, order):
    one, want = truth
    engine, got = drive(ParallelEngine(SHORT, workers=workers, order=order),
                        list(feed.pieces(250)), led)
    with engine:
        assert np.array_equal(got["seq"], np.arange(len(feed.ts)))
        assert np.array_equal(np.array(engine.symbols)[got["symbol"]], feed.names)
        assert digest(got) == digest(want)
        assert engine.state() == one.state()
        assert engine.counters == one.counters
        assert engine.leader_counters == one.leader_counters
    print(f"{workers} workers, {len(feed.ts)} trades: {digest(got)}")


@pytest.mark.parametrize(("before", "after"), [(1, 3), (3, 2), (2, 8), (8, 1)])
def test_resumed_with_another_number_of_workers(feed, truth, led, before, after):
    one, want = truth
    engine, got = drive(
        ParallelEngine(SHORT, workers=before), list(feed.pieces(250)), led,
        lambda state: ParallelEngine.from_state(state, SHORT, workers=after))
    with engine:
        assert digest(got) == digest(want)
        assert engine.state() == one.state()


def test_engines_of_both_kinds_continue_each_other(feed, tmp_path):
    pieces = list(feed.pieces(500))
    half = len(pieces) // 2
    whole = Engine(SHORT)
    want = [bits(whole.run(*trades)) for _, _, trades in pieces]
    with ParallelEngine(SHORT, workers=3, decisions=False) as first:
        for _, _, trades in pieces[:half]:
            first.submit_batch(*trades)
        first.save(tmp_path / "half.ckpt")
    engine = Engine.load(tmp_path / "half.ckpt")
    assert [bits(engine.run(*trades)) for _, _, trades in pieces[half:]] == want[half:]
    engine.save(tmp_path / "end.ckpt")
    with ParallelEngine.load(tmp_path / "end.ckpt", workers=2) as last:
        assert last.state() == whole.state() and last.symbols == whole.symbols


def test_the_feed_goes_on_while_a_mark_is_saved(feed, tmp_path):
    pieces = list(feed.pieces(500))
    whole = Engine(SHORT)
    with ParallelEngine(SHORT, workers=2, decisions=False) as engine:
        for n, (_, _, trades) in enumerate(pieces):
            engine.submit_batch(*trades)
            if n < 20:
                whole.run(*trades)
            if n == 19:
                snapshot = engine.snapshot()
        snapshot.save(tmp_path / "m.ckpt")
        assert snapshot.ready and snapshot.state() == whole.state()
        assert Engine.load(tmp_path / "m.ckpt").state() == whole.state()


def test_a_mark_that_was_never_reached_says_so(feed):
    engine = ParallelEngine(SHORT, workers=1)
    engine.submit_batch(*next(feed.pieces(2_000))[2])
    snapshot = engine.snapshot()
    engine.close()
    if not snapshot.ready:
        with pytest.raises(TickengError, match="closed"):
            snapshot.state()


def test_single_ticks_and_decisions(feed):
    one = Engine(SHORT)
    with ParallelEngine(SHORT, workers=2, order="total") as engine:
        rows = []
        for k in range(3_000):
            tick = (int(feed.ts[k]), float(feed.price[k]), float(feed.qty[k]), int(feed.side[k]),
                    str(feed.names[k]))
            rows.append(one.on_tick(*tick))
            assert engine.submit(*tick)
        frames = list(engine)
        alpha = np.concatenate([f["alpha"] for f in frames])
        k1 = np.concatenate([f["k1"] for f in frames])
        ok = np.array([d.status == 0 for d in rows])
        assert np.array_equal(k1[ok], [d.k1 for d in rows if d.status == 0], equal_nan=True)
        assert np.array_equal(alpha[ok], [d.alpha for d in rows if d.status == 0])
        last = {str(n): d for n, d in zip(feed.names, rows, strict=False)}
        assert all(repr(engine.decision(n).to_dict() | {"status": 0})
                   == repr(d.to_dict() | {"status": 0}) for n, d in last.items())


def test_decisions_can_be_delivered(feed):
    frames = []
    with ParallelEngine(SHORT, workers=2, unread=256, on_decisions=frames.append) as engine:
        for _, _, trades in feed.pieces(1_500):
            engine.submit_batch(*trades)
    assert sorted(np.concatenate([f["seq"] for f in frames])) == list(range(len(feed.ts)))


def test_flags_act_like_those_of_an_engine(feed):
    pieces = list(feed.pieces(2_000))
    one = Engine(SHORT)
    with ParallelEngine(SHORT, workers=2, order="total") as engine:
        for n, (_, _, trades) in enumerate(pieces[:12]):
            for e in (one, engine):
                if n == 5:
                    e.halt()
                if n == 7:
                    e.halt(on=False)
                    e.feed_down("LTC")
                    e.halt("new one")
            want = one.run(*trades)
            engine.submit_batch(*trades)
            engine.flush()
            assert np.array_equal(engine.poll()["reason"], want["reason"]), n
        assert engine.state() == one.state()


def test_hot_symbols_have_their_own_worker():
    with ParallelEngine(workers=3, map={"BTC": 1}) as engine:
        names = [f"S{n}" for n in range(50)]
        assert engine.worker_of("BTC") == 1
        assert {engine.worker_of(n) for n in names} == {0, 2}
    with ParallelEngine(workers=1, map={"BTC": 0}) as engine:
        assert engine.worker_of("ETH") == 0
    with ParallelEngine(workers=5) as engine:  # for ever: FNV-1a
        assert [engine.worker_of(n) for n in ("BTCUSDT", "ETHUSDT", "")] == [
            fnv(n) % 5 for n in ("BTCUSDT", "ETHUSDT", "")]


def fnv(name):
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = (h ^ byte) * 0x100000001B3 % 2**64
    return h


@pytest.mark.parametrize("bad", [
    {"workers": 0}, {"workers": "many"}, {"ring": 3}, {"ring": 1}, {"unread": 100},
    {"on_full": "wait"}, {"order": "time"}, {"map": {"A": 2}, "workers": 2}, {"map": {"A": -1}},
    {"on_late": "error"}, {"k1.window": 0}, {"decisions": False, "on_decisions": print}])
def test_bad_settings_are_named(bad):
    with pytest.raises(ConfigError, match=next(iter(bad)).partition(".")[2] or next(iter(bad))):
        ParallelEngine(**bad)


def test_bad_columns_and_states_are_refused():
    with ParallelEngine(workers=2) as engine:
        with pytest.raises(DataError, match="price has 2 rows"):
            engine.submit_batch([10**18], [1.0, 2.0], [1.0], [1])
        with pytest.raises(DataError, match="intern"):
            engine.submit_batch([10**18], [1.0], [1.0], [1], np.array([7], dtype=np.uint32))
    one = Engine()
    one.on_tick(10**18, 1.0, 1.0, 1)
    with pytest.raises((DataError, StateError)):
        ParallelEngine.from_state(one.state()[:-3], workers=2)
    with pytest.raises(StateError, match="kernels was"):
        ParallelEngine.from_state(one.state(), {"kernels": "speed"}, workers=2)
    one.run([10**18] * 2, [1.0, 1.0], [1.0, 1.0], [1, 1], leader=([10**18 + 5], [5.0]))
    with pytest.raises(StateError, match="1 leader ticks"):
        ParallelEngine.from_state(one.state(), workers=2)


def test_too_many_symbols_are_refused():
    with ParallelEngine(workers=2, max_symbols=3) as engine:
        engine.intern(["a", "b", "c"])
        with pytest.raises(DataError, match="max_symbols"):
            engine.submit(10**18, 1.0, 1.0, 1, "d")


def test_backpressure_says_which_tick_was_not_taken():
    n = 5_000
    columns = (10**18 + np.arange(n), np.full(n, 10.0), np.ones(n), np.ones(n, dtype=np.int8))
    with ParallelEngine(workers=1, unread=64) as engine:
        with pytest.raises(BackpressureError, match=r"tick 64 .*poll") as error:
            engine.submit_batch(*columns)
        at = error.value.taken
        while at < n:
            engine.flush()
            assert len(engine.poll()) == 64
            try:
                engine.submit_batch(*(c[at:] for c in columns))
                at = n
            except BackpressureError as again:
                at += again.taken
        engine.flush()
        assert engine.counters["0"]["processed"] == n
