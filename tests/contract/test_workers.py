"""Law 1 with many threads: any number of workers gives the bits of one."""

import numpy as np
import pytest

from tests.contract.test_bits import KERNELS, MODES, bits, joined
from tests.golden.lcg import golden_stream
from tickeng import ConfigError, Engine, LateTickError

N = 90_000
SHORT = {"k1.window": 300, "k1.flow_window": 20, "k2.window": 300, "k3.window": 1000,
         "k3.mean_window": 64, "k4.norm_window": 1000, "k4.mean_window": 30, "k4.window": 300,
         "regime.step": 500}


def tape(n=N):
    """The golden stream again and again, moved on in time and price, with long stretches of unknown
    sides, zero quantities, and a leader that comes late."""
    s = golden_stream()
    size = len(s.ts_ns)
    again, place = np.divmod(np.arange(n), size)
    ts = s.ts_ns[place] + again * (s.ts_ns[-1] - s.ts_ns[0] + 1)
    price, qty, side = s.price[place] * (1 + again), s.qty[place].copy(), s.side[place].copy()
    side[5::17] = 0
    side[20_000:45_000] = 0
    qty[3::101] = 0.0
    late = slice(n // 2, None, 3)
    return (ts, price, qty, side), (ts[late] + 3, s.leader[place][late])


def assert_same(one, many, columns, leader, workers, **more):
    want = one.run(*columns, leader=leader, **more)
    got = many.run(*columns, leader=leader, workers=workers, **more)
    assert bits(got) == bits(want)
    assert many.state() == one.state()


@pytest.mark.parametrize("kernel", [*KERNELS, "chain"])
@pytest.mark.parametrize("mode", MODES, ids=lambda m: ",".join(m.values()) or "default")
def test_one_symbol_in_chunks(kernel, mode):
    columns, leader = tape()
    assert_same(Engine(kernels=kernel, **mode), Engine(kernels=kernel, **mode), columns, leader, 3)


@pytest.mark.parametrize("workers", [2, 3, 8])
@pytest.mark.parametrize("fused", [True, False])
def test_many_chunks_and_what_follows_them(workers, fused):
    columns, leader = tape()
    one, many = (Engine(SHORT, _fused=fused) for _ in range(2))
    for edges in ((0, 30_011), (30_011, 30_013), (30_013, 70_000), (70_000, N)):
        part = [c[slice(*edges)] for c in columns]
        mine = [c[(columns[0][edges[0]] <= leader[0]) & (leader[0] < part[0][-1])] for c in leader]
        assert_same(one, many, part, mine, workers)
    assert many.health == one.health and many.counters == one.counters
    tick = (int(columns[0][-1]) + 5, 101.5, 2.0, -1)
    assert repr(many.on_tick(*tick)) == repr(one.on_tick(*tick))


@pytest.mark.parametrize("policy", ["drop", "clamp", "error"])
def test_bad_rows_between_chunks(policy):
    (ts, price, qty, side), leader = tape()
    price[[0, 17_000, 60_000, N - 1]] = np.nan
    qty[40_001] = -1.0
    if policy != "error":
        ts[50_000] -= 10**15
    assert_same(Engine(SHORT, on_late=policy), Engine(SHORT, on_late=policy),
                (ts, price, qty, side), leader, 4)


def test_a_late_row_stops_where_it_does_with_one_worker():
    (ts, *rest), _ = tape()
    ts[70_000] -= 10**15
    engines = [Engine(SHORT, on_late="error") for _ in range(2)]
    for engine, workers in zip(engines, (1, 4), strict=True):
        with pytest.raises(LateTickError, match="row 70000"):
            engine.run(ts, *rest, workers=workers)
    assert engines[0].state() == engines[1].state()


@pytest.mark.parametrize("workers", [2, 3, 8])
@pytest.mark.parametrize("grouped", [False, True])
def test_many_symbols(workers, grouped):
    columns, leader = tape()
    symbol = (np.arange(N) * 2654435761 % 97 // 9).astype(np.uint32)
    if grouped:
        symbol.sort()
    one, many = Engine(SHORT), Engine(SHORT)
    for engine in (one, many):
        engine.intern([f"S{i}" for i in range(11)])
    assert_same(one, many, columns, leader, workers, symbol=symbol)
    assert many.counters == one.counters


@pytest.mark.parametrize("workers", [1, 2])
def test_slabs_of_many_symbols(workers):
    """More rows than are put in order at once, bad ones among them, against short pieces."""
    rows, names = 200_000, [f"S{i}" for i in range(600)]
    columns, leader = tape(rows)
    columns[1][11::9_973] = np.nan
    columns[0][13::9_967] -= 10**12  # late
    symbol = (np.arange(rows) * 2654435761 % 9973 % 600).astype(np.uint32)
    whole, pieces = Engine(SHORT), Engine(SHORT)
    whole.intern(names), pieces.intern(names)
    got = whole.run(*columns, leader=leader, symbol=symbol, workers=workers)
    want = [
        pieces._feed(*(c[at:at + 1_111] for c in columns), symbol=symbol[at:at + 1_111],
                     leader=None if at else leader)
        for at in range(0, rows, 1_111)
    ]
    assert bits(got) == joined(want)
    assert whole.state() == pieces.state()


def test_ids_are_looked_at_in_order():
    columns, leader = tape(40_000)
    ids = np.arange(40_000)
    ids[30_000] = 7
    assert_same(Engine(SHORT, dedupe="id"), Engine(SHORT, dedupe="id"), columns, leader, 2, id=ids)
    assert_same(Engine(SHORT), Engine(SHORT), columns, leader, 2, id=ids)


@pytest.mark.parametrize("workers", [0, -1, 1.5, "many", True])
def test_workers_must_be_a_number_or_auto(workers):
    columns, _ = tape(10)
    with pytest.raises(ConfigError, match="workers"):
        Engine().run(*columns, workers=workers)


def test_a_regime_of_every_trade_leaves_the_same_state():
    columns, leader = tape(20_000)
    engines = [Engine(kernels="r = regime(update=continuous, step=65)") for _ in range(2)]
    assert_same(*engines, columns, leader, 3)
    assert engines[1]._chunks == 3
