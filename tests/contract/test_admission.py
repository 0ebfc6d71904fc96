"""Which ticks are taken: one rule, told here a second time and slowly, for every way of feeding."""

import itertools

import numpy as np
import pytest

from tests.contract.test_bits import bits, joined
from tests.contract.test_workers import SHORT
from tests.golden.lcg import golden_stream
from tickeng import ConfigError, DataError, Engine, ParallelEngine

DAY = 86_400 * 10**9
T0 = 1_700_000_000_000_000_000
MIN, MAX = T0 - 200 * DAY, T0 + 900 * DAY
BOUNDS = {"min_time": MIN, "max_time": MAX}
ENDS = ("processed", "duplicate", "late", "rejected", "dropped", "held")
OK, LATE, DUPLICATE, REJECTED = range(4)


class Symbol:
    """The rule for one symbol, row by row."""

    def __init__(self):
        self.last = self.awaited = None
        self.seen = {}
        self.conflicts = 0

    def status(self, ts, price, qty, id, *, dedupe, clamp, jump):
        if not (price > 0) or not MIN <= ts <= MAX:
            return REJECTED
        if dedupe and id in self.seen:
            self.conflicts += self.seen[id] != (price, qty)
            return DUPLICATE
        if self.last is not None and ts < self.last:
            if not clamp:
                return LATE
            ts = self.last
        elif self.last is not None and ts - self.last > jump and (
                self.awaited is None or not 0 <= ts - self.awaited <= jump):
            self.awaited = ts
            return REJECTED
        self.last, self.awaited = ts, None
        self.seen[id] = (price, qty)
        return OK


def stream(seed, n=6_000, symbols=1):
    """Trades with gaps, strays ahead of time (alone and in pairs), stamps out of bounds and late,
    bad prices, and ids that come again, some with another quantity."""
    rng = np.random.default_rng(seed)
    s = golden_stream().head(n)
    ts = T0 + (s.ts_ns - s.ts_ns[0])
    for at in rng.integers(1, n, 4):
        ts[at:] += int(rng.integers(20, 90)) * DAY
    late = rng.random(n) < 0.02
    ts[late] -= 10**11
    stray = np.flatnonzero(rng.random(n) < 0.01)
    ts[stray] += rng.integers(25, 300, len(stray)) * DAY
    again = stray[::3][stray[::3] + 1 < n]
    ts[again + 1] = ts[again] + rng.integers(-5, 5, len(again)) * DAY
    wild = np.flatnonzero(rng.random(n) < 0.01)
    ts[wild] = rng.choice([0, -5, 1, MIN - 1, MAX + 1, 4_070_908_800 * 10**9, 2**63 - 1, -2**63],
                          len(wild))
    price = np.where(rng.random(n) < 0.005, np.nan, s.price)
    qty = s.qty.copy()
    ids = np.where(rng.random(n) < 0.5, np.arange(n), rng.integers(-2**63 + 1, 2**63 - 1, n))
    back = np.flatnonzero(rng.random(n) < 0.05)
    origin = (back * rng.random(len(back))).astype(int)
    ids[back], price[back], qty[back] = ids[origin], price[origin], qty[origin]
    qty[back[::4]] += 1.0
    codes = rng.integers(0, symbols, n).astype(np.uint32)
    if symbols > 1:
        codes[n // 3:n // 2] = 0  # and a stretch of one
    leader = np.sort(T0 + rng.integers(0, int(s.ts_ns[-1] - s.ts_ns[0]), n // 4))
    leader[leader.size // 2:] += 50 * DAY
    leader[::40] += 400 * DAY
    return (ts, price, qty, s.side.astype(np.int8)), ids, codes, (leader, 50 + rng.random(n // 4))


def parts(n, seed):
    edges = np.unique(np.append(np.random.default_rng(seed).integers(0, n, 25), [0, n]))
    return [slice(a, b) for a, b in itertools.pairwise(edges)]


POLICIES = [{}, {"on_late": "clamp"}, {"dedupe": "id"}, {"max_jump": "off"},
            {"dedupe": "id", "on_late": "clamp", "max_jump": "26d"}]


def as_words(policy):
    return "-".join(f"{key}={value}" for key, value in policy.items()) or "default"


def engine_for(policy, names, **more):
    engine = Engine(SHORT, **BOUNDS, **policy, **more)
    engine.intern(names)
    return engine


@pytest.mark.parametrize("symbols", [1, 7])
@pytest.mark.parametrize("policy", POLICIES, ids=as_words)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_driver_takes_the_same_ticks(policy, symbols, seed):
    columns, ids, codes, leader = stream(seed, symbols=symbols)
    names = [f"S{k}" for k in range(symbols)]
    n = len(ids)

    model = [Symbol() for _ in names]
    rule = {"dedupe": policy.get("dedupe") == "id", "clamp": policy.get("on_late") == "clamp",
            "jump": {"off": 2**63, "26d": 26 * DAY}.get(policy.get("max_jump"), 30 * DAY)}
    rows = zip(*(c.tolist() for c in (*columns[:3], ids, codes)), strict=True)
    want = [model[k].status(ts, price, qty, id, **rule) for ts, price, qty, id, k in rows]

    one = engine_for(policy, names)
    frame = one._feed(*columns, symbol=codes, leader=leader, id=ids)
    assert frame["status"].tolist() == want
    assert {OK, REJECTED} <= set(want)
    for k, name in enumerate(names):
        counts = one.counters[name]
        assert counts["in"] == sum(counts[end] for end in ENDS) == int((codes == k).sum())
        assert counts["rejected"] == sum(counts["reasons"].values())
        assert counts["duplicate_conflict"] == model[k].conflicts <= counts["duplicate"]

    many = engine_for(policy, names)
    assert bits(many._feed(*columns, symbol=codes, leader=leader, id=ids, workers=3)) == bits(frame)

    resumed, frames = engine_for(policy, names), []
    resumed.run(*(c[:0] for c in columns), leader=leader)
    for number, part in enumerate(parts(n, seed)):
        frames.append(resumed._feed(*(c[part] for c in columns), codes[part], None, ids[part],
                                    workers=1 + number % 2))
        resumed = (resumed.copy() if number % 3 == 0
                   else Engine.from_state(resumed.state(), resumed.config))
    assert joined(frames) == bits(frame)

    streamed = engine_for(policy, names)
    streamed.run(*(c[:0] for c in columns), leader=leader)
    singles = [streamed._feed(*(c[i:i + 1] for c in columns), codes[i:i + 1], None, ids[i:i + 1])
               for i in range(n)]
    assert joined(singles) == bits(frame)
    assert one.state() == many.state() == resumed.state() == streamed.state()
    assert one.leader_counters == streamed.leader_counters


@pytest.mark.parametrize("policy", [{}, {"on_late": "clamp"}, {"max_jump": "26d"}], ids=as_words)
def test_on_tick_takes_what_run_takes(policy):
    columns, _, _, leader = stream(3)
    batch = engine_for(policy, ["0"])
    frame = batch._feed(*columns, leader=leader)
    streamed = engine_for(policy, ["0"])
    streamed.run(*(c[:0] for c in columns), leader=leader)
    decisions = [streamed.on_tick(*row) for row in
                 zip(*(c.tolist() for c in columns), strict=True)]
    assert [d.status for d in decisions] == frame["status"].tolist()
    for name in ("alpha", "k1", "k2", "k3", "k4", "gate", "reason"):
        got = [getattr(d, name) for d in decisions if d.status == OK]
        accepted = frame[name][frame["status"] == OK]
        assert np.array(got, accepted.dtype).tobytes() == accepted.tobytes()
    assert batch.state() == streamed.state()


@pytest.mark.parametrize("policy", POLICIES, ids=as_words)
def test_workers_of_their_own_take_the_same_ticks(policy):
    columns, ids, codes, _ = stream(4, symbols=5)
    names = [f"S{k}" for k in range(5)]
    one = engine_for(policy, names)
    frame = one._feed(*columns, symbol=codes, id=ids)
    with ParallelEngine(SHORT, workers=2, pin=False, order="total", **BOUNDS, **policy) as engine:
        engine.intern(names)
        engine.submit_batch(*(c[:2_000] for c in columns), codes[:2_000], ids[:2_000])
        state, config = engine.state(), engine.config
        head = engine.poll()
    with ParallelEngine.from_state(state, config, workers=3, pin=False, order="total") as engine:
        engine.submit_batch(*(c[2_000:] for c in columns), codes[2_000:], ids[2_000:])
        engine.flush()
        assert engine.state() == one.state() and engine.counters == one.counters
        tail = engine.poll()
    for name in frame.columns:
        assert head[name].tobytes() + tail[name].tobytes() == frame[name].tobytes(), name


def statuses(engine, *ts, **more):
    return [engine.on_tick(t, 100.0, 1.0, 1, **more).status for t in ts]


def test_a_gap_costs_one_tick_and_a_stray_itself():
    gap = Engine(**BOUNDS)
    assert statuses(gap, T0, T0 + 31 * DAY, T0 + 31 * DAY, T0 + 32 * DAY, T0 + 1) == [0, 3, 0, 0, 1]
    assert gap.counters["0"]["reasons"] == {"jump": 1}
    stray = Engine(**BOUNDS)
    far = T0 + 700 * DAY
    assert statuses(stray, T0, far, T0 + 1, far, T0 + 2, far + 1) == [0, 3, 0, 3, 0, 3]
    assert statuses(stray, far - 1, far, T0 + 3) == [3, 0, 1]
    border = Engine(**BOUNDS)
    assert statuses(border, T0, T0 + 30 * DAY, T0 + 60 * DAY + 1) == [0, 0, 3]


def test_the_first_tick_and_another_source_are_no_jumps():
    engine = Engine(**BOUNDS)
    assert statuses(engine, T0) == statuses(engine, T0 + 400 * DAY, symbol="X") == [0]
    engine.begin_source()
    engine = Engine.from_state(engine.state(), engine.config)
    assert statuses(engine, T0 + 100 * DAY, T0 + 200 * DAY, T0 + 101 * DAY) == [0, 3, 0]
    assert statuses(engine, T0 + 500 * DAY, symbol="X") == [0]


def test_a_leader_has_the_same_rule():
    engine = Engine(**BOUNDS)
    ticks = (T0, T0 + 31 * DAY, T0 + 1, MAX + 1, T0 + 40 * DAY, T0 + 41 * DAY, T0 + 2)
    assert [engine.on_leader(t, 100.0) for t in ticks] == [0, 3, 0, 3, 3, 0, 1]
    assert engine.leader_counters["*"]["reasons"] == {"bad_timestamp": 1, "jump": 2}
    with ParallelEngine(workers=1, pin=False, **BOUNDS) as many:
        assert [many.on_leader(t, 100.0) for t in ticks] == [0, 3, 0, 3, 3, 0, 1]
    queued = Engine(**BOUNDS)
    none = np.empty(0)
    queued.run(none, none, none, none, leader=(np.array(ticks), np.full(len(ticks), 100.0)))
    assert queued.leader_counters["*"]["reasons"] == {"bad_timestamp": 1, "jump": 2}
    engine.begin_source()
    assert engine.on_leader(T0 + 300 * DAY, 100.0) == 0


def test_bounds_are_inclusive_and_settable():
    as_text = {"min_time": "2023-04-28T22:13:20Z", "max_time": "2026-05-02T22:13:20Z"}
    for settings in (BOUNDS, as_text):
        assert statuses(Engine(**settings), MIN - 1, MIN) == [3, 0]
        assert statuses(Engine(**settings), MAX, MAX + 1) == [0, 3]
    assert statuses(Engine(), 1, 631_152_000 * 10**9 - 1, 631_152_000 * 10**9) == [3, 3, 0]
    assert statuses(Engine(), 4_070_908_800 * 10**9) == [3]
    assert statuses(Engine(min_time=0), 0, 5) == [0, 0]
    with pytest.raises(ConfigError, match="before min_time"):
        Engine(min_time="2024-01-02", max_time="2024-01-01")
    for bad in ("soon", -1, 2**63, 1.5):
        with pytest.raises(ConfigError, match="min_time"):
            Engine(min_time=bad)
    for bad in ("soon", -1, "nan", "1 fortnight"):
        with pytest.raises(ConfigError, match="max_jump"):
            Engine(max_jump=bad)


def test_auto_moves_with_the_clock_and_a_set_bound_does_not(tmp_path):
    week_old = Engine(_max_time_ns=T0)  # as if it had been made then
    assert week_old.max_time_ns == T0
    assert statuses(week_old, T0 + 1) == [0] and week_old.max_time_ns > T0 + DAY
    assert statuses(Engine(max_time=T0), T0 + 1) == [3]
    fresh = Engine()
    fresh.save(tmp_path / "k")
    assert Engine.load(tmp_path / "k").max_time_ns == fresh.max_time_ns == fresh.copy().max_time_ns
    assert Engine(max_time=T0).config.hash == Engine().config.hash
    assert Engine(max_jump="1d").config.hash != Engine().config.hash


def typed(remedy, given, factor):
    """What the remedy of a message makes of an array; the text is one of the two there are."""
    if remedy == f"np.asarray(ts, 'int64') * {factor:_}":
        return np.asarray(given, "int64") * factor
    assert remedy == f"(np.asarray(ts) * {factor:_}).astype('int64')"
    return (np.asarray(given) * factor).astype("int64")


@pytest.mark.parametrize(("unit", "factor"), [("microseconds", 10**3), ("milliseconds", 10**6),
                                              ("seconds", 10**9)])
def test_arrays_of_another_unit_are_named(unit, factor):
    ts = T0 + np.arange(5) * factor
    ones, sides = np.ones(5), np.ones(5, np.int8)
    small = ts // factor
    with ParallelEngine(workers=1, pin=False) as parallel:
        calls = [lambda t: Engine().run(t, ones, ones, sides),
                 lambda t: Engine().run(ts, ones, ones, sides, leader=(t, ones)),
                 lambda t: parallel.submit_batch(t, ones, ones, sides)]
        for call in calls:
            for given in (small, small.tolist(), small.astype(float), small.astype(np.uint64)):
                with pytest.raises(DataError, match=f"look like {unit}: give ") as caught:
                    call(given)
                remedy = str(caught.value).partition(": give ")[2].partition(", or")[0]
                mended = typed(remedy, given, factor)
                assert np.abs(mended - ts).max() <= 1_000
                call(mended)
    with pytest.raises(DataError, match="every time lies before min_time"):
        Engine().run([1, 2], [1.0, 1.0], [1.0, 1.0], [1, 1])
