"""Several leaders in one pipeline, each read by the kernels that name it."""

import numpy as np
import pytest

from tickeng import ConfigError, DataError, Engine, ParallelEngine

BEGIN, N = 1_700_000_000_000_000_000, 6_000
TEXT = ('chain; a = leader(leader="ETH"); b = leader(leader="BTC"); c = leader;'
        'ka = k2(leader="ETH", window=64); kb = k2(leader="BTC", window=64, leader_max_age=2s);'
        'kc = k2(window=64); ratio = leader(leader="BTC").leader_price / trade.price;'
        'sig = signal(k2=kb, leader="BTC", leader_max_age=300ms);'
        'shut = gate(k2=kb, leader="BTC", leader_required=true, leader_max_age=1s)')


def ticks(seed, n=N):
    rng = np.random.default_rng(seed)
    ts_ns = BEGIN + np.cumsum(rng.integers(0, 2_000_000_000, n) * rng.integers(0, 2, n))
    return ts_ns, 100 + np.cumsum(rng.normal(0, 0.01, n))


@pytest.fixture(scope="module")
def trades():
    rng = np.random.default_rng(1)
    ts_ns, price = ticks(2)
    return ts_ns, price, rng.random(N) + 0.1, rng.choice([-1, 0, 1], N).astype(np.int8)


@pytest.fixture(scope="module")
def leaders(trades):
    found = {"ETH": ticks(3), "BTC": ticks(4, N // 2), None: ticks(5, N // 3)}
    for ts_ns, _ in found.values():
        ts_ns[10:200] = trades[0][10:200]  # at the same time as trades
        ts_ns.sort()
    return found


def equal(one, two):
    assert [*one] == [*two]
    for name in one:
        assert np.array_equal(one[name], two[name], equal_nan=one[name].dtype.kind == "f"), name


def as_of(trades, leader):
    """The obvious reference: of the ticks strictly before the trade the last one, and its age."""
    price, age = np.full(N, np.nan), np.full(N, np.nan)
    for i, ts_ns in enumerate(trades[0]):
        before = np.flatnonzero(leader[0] < ts_ns)
        if len(before):
            price[i], age[i] = leader[1][before[-1]], (ts_ns - leader[0][before[-1]]) / 1e9
    return price, age


def test_each_reads_its_own(trades, leaders):
    frame = Engine(kernels=TEXT).run(*trades, leader=leaders)
    for node, name in (("a", "ETH"), ("b", "BTC"), ("c", None)):
        price, age = as_of(trades, leaders[name])
        assert np.array_equal(frame[f"{node}_leader_price"], price, equal_nan=True)
        assert np.array_equal(frame[f"{node}_leader_age_s"], age, equal_nan=True)
    assert np.array_equal(frame["ratio"], as_of(trades, leaders["BTC"])[0] / trades[1],
                          equal_nan=True)
    assert len({frame[name].tobytes() for name in ("ka", "kb", "kc")}) == 3


@pytest.mark.parametrize("mode", ["asof_diff", "last_return"])
def test_as_if_it_were_the_only_leader(trades, leaders, mode):
    """The chain whose kernels all name one is the chain that it leads, fused or not."""
    settings = {"leader_alignment": mode, "leader_max_age": 1.0, "leader_required": True}
    plain = Engine(settings).run(*trades, leader=leaders["ETH"])
    for fused in (True, False):
        named = Engine(settings, leader="ETH", _fused=fused)
        equal(plain, named.run(*trades, leader={"ETH": leaders["ETH"], None: leaders[None]}))


def streamed(engine, trades, leaders, begin=0, end=N):
    """By on_tick and on_leader, a leader's tick of a trade's time behind it."""
    at = {name: np.searchsorted(column[0], trades[0][begin - 1] if begin else 0)
          for name, column in leaders.items()}
    rows = []
    for i in range(begin, end):
        for name, (ts_ns, price) in leaders.items():
            while at[name] < len(ts_ns) and ts_ns[at[name]] < trades[0][i]:
                engine.on_leader(int(ts_ns[at[name]]), float(price[at[name]]), leader=name)
                at[name] += 1
        rows.append(engine.on_tick(*(column[i].item() for column in trades)))
    return {name: np.array([getattr(row, name) for row in rows], float)
            for name in engine.outputs.names}


def test_every_way_gives_the_same_bits(trades, leaders):
    whole = Engine(kernels=TEXT).run(*trades, leader=leaders)
    stream = streamed(Engine(kernels=TEXT), trades, leaders)
    for name, column in stream.items():
        assert np.array_equal(column, whole[name].astype(float), equal_nan=True), name
    equal(whole, Engine(kernels=TEXT).run(*trades, leader=leaders, workers=2))
    columns = dict(zip(("ts_ns", "price", "qty", "side"), trades, strict=True))
    equal(whole, Engine(kernels=TEXT).run(trades=columns, leader=leaders))


def test_resumed_and_copied(trades, leaders, tmp_path):
    whole = Engine(kernels=TEXT).run(*trades, leader=leaders)
    first, second = (tuple(c[part] for c in trades) for part in (slice(0, 2000), slice(2000, N)))
    for continued in (lambda e: Engine.from_state(e.state()), Engine.copy):
        engine = Engine(kernels=TEXT)
        head = engine.run(*first, leader=leaders)
        engine = continued(engine)
        tail = engine.run(*second)
        equal({name: np.concatenate([head[name], tail[name]]) for name in whole}, dict(whole))


def test_many_symbols_share_a_leader(trades, leaders):
    rng = np.random.default_rng(7)
    names = np.array(["S1", "S2", "S3"], dtype=object)[rng.integers(0, 3, N)]
    whole = Engine(kernels=TEXT).run(*trades, symbol=names, leader=leaders)
    equal(whole, Engine(kernels=TEXT).run(*trades, symbol=names, leader=leaders, workers=2))
    price, _ = as_of(trades, leaders["ETH"])
    assert np.array_equal(whole["a_leader_price"], price, equal_nan=True)
    runs = np.repeat(names[::40], 40)[:N]  # long stretches and short ones
    equal(Engine(kernels=TEXT).run(*trades, symbol=runs, leader=leaders),
          Engine(kernels=TEXT).run(*trades, symbol=runs, leader=leaders, workers=2))


def test_over_threads(trades, leaders):
    whole = Engine(kernels=TEXT).run(*trades, leader=leaders)
    with ParallelEngine(kernels=TEXT, workers=2, pin=False, unread=1 << 14) as engine:
        at = dict.fromkeys(leaders, 0)
        for i in range(N):
            for name, (ts_ns, price) in leaders.items():
                while at[name] < len(ts_ns) and ts_ns[at[name]] < trades[0][i]:
                    assert engine.on_leader(int(ts_ns[at[name]]), float(price[at[name]]),
                                            leader=name) == 0
                    at[name] += 1
            engine.submit(*(column[i].item() for column in trades), "0")
        engine.flush()
        columns = engine.poll()
        for name in ("a_leader_price", "b_leader_age_s", "ka", "kb", "sig", "shut_gate"):
            assert np.array_equal(columns[name], whole[name],
                                  equal_nan=whole[name].dtype.kind == "f"), name
        assert engine.named_leaders["BTC"]["processed"] == at["BTC"]
        state = engine.state()
    assert Engine.from_state(state).named_leaders["BTC"]["processed"] == at["BTC"]


def test_counted_by_name():
    engine = Engine(kernels=TEXT)
    assert engine.on_leader(BEGIN + 10, 1.0, leader="ETH") == 0
    assert engine.on_leader(BEGIN + 9, 1.0, leader="ETH") == 1
    assert engine.on_leader(BEGIN + 11, -1.0, leader="ETH") == 3
    assert engine.on_leader(1, 1.0, leader="BTC") == 3
    eth, btc = (engine.named_leaders[name] for name in ("ETH", "BTC"))
    assert (eth["in"], eth["processed"], eth["late"], eth["rejected"]) == (3, 1, 1, 1)
    assert eth["reasons"] == {"bad_price": 1} and btc["reasons"] == {"bad_timestamp": 1}
    assert engine.leader_counters["*"]["in"] == 0
    assert Engine.from_state(engine.state()).named_leaders == engine.named_leaders
    engine.reset()
    assert engine.named_leaders["ETH"]["in"] == 0


def test_no_input_feeds_it(trades, leaders):
    engine = Engine(kernels=TEXT)
    with pytest.raises(ConfigError, match="kernels name the leader BTC, and there is none"):
        engine.run(*trades, leader={"ETH": leaders["ETH"]})
    with pytest.raises(ConfigError, match="no kernel names the leader 'SOL'; ETH, BTC are named"):
        engine.run(*trades, leader={**leaders, "SOL": leaders["ETH"]})
    with pytest.raises(ConfigError, match="no kernel names the leader 'SOL'; ETH, BTC are named"):
        engine.on_leader(BEGIN, 1.0, leader="SOL")
    with pytest.raises(DataError, match="leads=.X. cannot be said with it"):
        engine.on_leader(BEGIN, 1.0, "ETH", leads="X")
    row = engine.on_tick(BEGIN, 1.0, 1.0, 1)
    assert np.isnan(row.a_leader_price)
    assert engine.health["ka"].remedy == engine.health["a"].remedy == (
        "no tick of the leader ETH yet")
    engine.on_leader(BEGIN, 5.0, leader="ETH")
    assert engine.on_tick(BEGIN, 1.0, 1.0, 1).a_leader_price == 5.0
    assert "a" not in engine.health and "b" in engine.health


def test_latency_holds_for_each(trades, leaders):
    late = Engine(kernels=TEXT, leader_latency=0.5).run(*trades, leader=leaders)
    moved = {name: (ts_ns + 500_000_000, price) for name, (ts_ns, price) in leaders.items()}
    plain = Engine(kernels=TEXT).run(*trades, leader=moved)
    for name in ("a_leader_price", "b_leader_price", "ka"):
        assert np.array_equal(late[name], plain[name], equal_nan=True)


def test_one_call_leads_several_symbols():
    engine, apart = Engine(kernels="leader"), Engine(kernels="leader")
    for each in (engine, apart):
        for name in "ABC":
            each.on_tick(BEGIN, 1.0, 1.0, 1, name)
    assert engine.on_leader(BEGIN + 1, 7.0, leads=["A", "B"]) == 0
    for name in "AB":
        apart.on_leader(BEGIN + 1, 7.0, leads=name)
    assert engine.state() == apart.state()
    assert [engine.on_tick(BEGIN + 2, 1.0, 1.0, 1, name).leader_price for name in "AB"] == [7.0] * 2
    assert np.isnan(engine.on_tick(BEGIN + 2, 1.0, 1.0, 1, "C").leader_price)
    engine.on_leader(BEGIN + 5, 7.5, leads="A")
    assert engine.on_leader(BEGIN + 3, 8.0, leads=("A", "B")) == 1  # late for A
    assert engine.on_tick(BEGIN + 5, 1.0, 1.0, 1, "B").leader_price == 8.0


def test_a_leader_as_an_event():
    engine = Engine(kernels=TEXT)
    assert engine.on_event({"kind": "leader", "ts_ns": BEGIN, "price": 3.0, "leader": "ETH"}) == 0
    assert engine.on_event({"kind": "leader", "ts_ns": BEGIN, "price": 3.0, "leads": "A"}) == 0
    with pytest.raises(DataError, match="leads= says which symbols it leads"):
        engine.on_event({"kind": "leader", "ts_ns": BEGIN, "price": 3.0, "symbol": "A"})
