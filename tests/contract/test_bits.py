"""Law 1 over the whole registry: one truth, whatever way the ticks are fed."""

import itertools
import pickle

import numpy as np
import pytest

from tests.feeds import OF_TRADES
from tests.golden.lcg import golden_stream
from tickeng import Engine, LateTickError, NotAcceptedWarning

KERNELS = [k["name"] for k in OF_TRADES]
OWN_ROWS = [k["name"] for k in OF_TRADES if not k["builds"]
            and k["name"] != "vpin"]  # which waits for buckets, however many rows they take
MODES = [{}, {"mode": "engine"}, {"warmup": "expanding"}, {"mode": "engine", "warmup": "expanding"},
         {"eps": "relative"}]
N = 12_500


def tape(n=N):
    """The golden stream with unknown sides, zero quantities and leader ticks of their own time."""
    s = golden_stream().head(n)
    side, qty = s.side.copy(), s.qty.copy()
    side[5::17] = 0
    qty[3::101] = 0.0
    return (s.ts_ns, s.price, qty, side), (s.ts_ns + 3_000_000, s.leader)


def bits(frame):
    """Every column as raw bytes, so that NaN patterns and signed zeros count."""
    return {name: frame[name].tobytes() for name in frame.columns}


def joined(frames):
    return {name: b"".join(f[name].tobytes() for f in frames) for name in frames[0].columns}


def cut(columns, leader, edges):
    for a, b in itertools.pairwise(edges):
        yield [c[a:b] for c in columns], (leader[0][a:b], leader[1][a:b])


@pytest.mark.parametrize("kernel", [*KERNELS, "chain"])
@pytest.mark.parametrize("mode", MODES, ids=lambda m: ",".join(m.values()) or "default")
def test_stream_chunks_resume_and_pieces_agree(kernel, mode):
    columns, leader = tape()
    whole = Engine(kernels=kernel, **mode).run(*columns, leader=leader)
    want = bits(whole)

    edges = [0, 1, 2, 63, 64, 65, 1023, 1025, 5000, 5001, 7919, 10_000, 11_023, 11_278, 12_007, N]
    resumed, frames = Engine(kernels=kernel, **mode), []
    for part, part_leader in cut(columns, leader, edges):
        frames.append(resumed.run(*part, leader=part_leader))
        resumed = Engine.from_state(resumed.state(), resumed.config)
    assert joined(frames) == want

    streamed = Engine(kernels=kernel, **mode)
    streamed.run(*(c[:0] for c in columns), leader=leader)  # the leader, ahead of its time
    rows = zip(*(c.tolist() for c in columns), strict=True)
    decisions = [streamed.on_tick(*row) for row in rows]
    for name in whole.columns:
        got = np.array([getattr(d, name) for d in decisions], dtype=whole[name].dtype)
        assert got.tobytes() == want[name], name


@pytest.mark.parametrize("mode", MODES, ids=lambda m: ",".join(m.values()) or "default")
def test_fused_chain_is_the_erased_chain(mode):
    columns, leader = tape()
    fused = Engine(**mode).run(*columns, leader=leader)
    erased = Engine(_fused=False, **mode).run(*columns, leader=leader)
    assert bits(fused) == bits(erased)


@pytest.mark.parametrize("kernel", [*KERNELS, "chain"])
def test_copy_pickle_and_reset(kernel):
    columns, leader = tape(3_000)
    engine = Engine(kernels=kernel)
    engine.run(*(c[:2000] for c in columns), leader=leader)
    copies = [engine.copy(), pickle.loads(pickle.dumps(engine))]
    rest = [c[2000:] for c in columns]
    want = bits(engine.run(*rest))
    assert all(bits(copy.run(*rest)) == want for copy in copies)
    engine.reset()
    fresh = Engine(kernels=kernel)
    assert bits(engine.run(*columns, leader=leader)) == bits(fresh.run(*columns, leader=leader))


@pytest.mark.parametrize("kernel", [*KERNELS, "chain"])
def test_causal(kernel):
    columns, leader = tape(6_000)
    base = Engine(kernels=kernel).run(*columns, leader=leader)
    changed = [c.copy() for c in columns]
    changed[1][4000:] *= 2.0
    changed[2][4000:] += 5.0
    changed[3][4000:] = 1
    after = Engine(kernels=kernel).run(*changed, leader=leader)
    for name in base.columns:
        assert base[name][:4000].tobytes() == after[name][:4000].tobytes(), name


@pytest.mark.parametrize("kernel", [*OWN_ROWS, "chain"])
@pytest.mark.parametrize("mode", MODES, ids=lambda m: ",".join(m.values()) or "default")
def test_warmup_is_the_declared_index(kernel, mode):
    s = golden_stream().head(N)
    engine = Engine(kernels=kernel, **mode)
    first_leader = (s.ts_ns[:1] - 1, s.leader[:1])
    frame = engine.run(s.ts_ns, s.price, s.qty, s.side, leader=first_leader)
    for name, index in engine.warmup.items():
        column = frame[name]
        if column.dtype == np.uint8 or name in ("alpha", "size"):
            assert not column[:index].any() or name == "reason", name
        else:
            index += int(np.argmax(s.ts_ns >= s.ts_ns[0] + engine.warmup_ns.get(name, 0)))
            assert np.isnan(column[:index]).all(), name
            assert not np.isnan(column[index]), name


def test_one_canonical_nan():
    columns, leader = tape(11_500)
    frame = Engine().run(*columns, leader=leader)
    for name in frame.columns:
        if frame[name].dtype == np.float64:
            raw = frame[name].view(np.uint64)[np.isnan(frame[name])]
            assert (raw == 0x7FF8000000000000).all(), name


def test_symbols_do_not_touch_each_other():
    columns, _ = tape(6_000)
    names = np.where(np.arange(6_000) % 3 == 0, "A", "B")
    mixed = Engine().run(*columns, symbol=names)
    for name in ("A", "B"):
        alone = Engine().run(*(c[names == name] for c in columns))
        for column in alone.columns:
            assert alone[column].tobytes() == mixed[column][names == name].tobytes()


@pytest.mark.parametrize("policy", ["drop", "clamp"])
def test_bad_ticks_change_nothing_and_are_counted(policy):
    columns, _ = tape(3_000)
    clean, dirty = Engine(on_late=policy), Engine(on_late=policy)
    for i, row in enumerate(zip(*(c.tolist() for c in columns), strict=True)):
        want = clean.on_tick(*row)
        got = dirty.on_tick(*row)
        assert repr(got) == repr(want)
        if i % 10 == 0:
            for bad in ((row[0], float("nan"), 1.0, 1), (row[0], -1.0, 1.0, 1),
                        (row[0], 1.0, -1.0, 1), (row[0], 1.0, float("inf"), 1), (-5, 1.0, 1.0, 1),
                        (row[0], 1.0, 1.0, 7)):
                assert dirty.on_tick(*bad).status == 3
            if policy == "drop" and i:
                assert dirty.on_tick(row[0] - 10**12, 1.0, 1.0, 1).status == 1
    counted = dirty.counters["0"]
    assert counted["in"] == sum(counted[k] for k in ("processed", "duplicate", "late", "rejected",
                                                     "dropped", "held"))
    assert counted["processed"] == 3_000 and counted["rejected"] == 1_800
    assert counted["late"] == (299 if policy == "drop" else 0)


def test_late_is_an_error_when_asked():
    from tickeng import LateTickError

    engine = Engine(on_late="error")
    engine.on_tick(10**18, 1.0, 1.0, 1)
    with pytest.raises(LateTickError):
        engine.on_tick(10**18 - 1, 1.0, 1.0, 1)
    with pytest.raises(LateTickError, match="row 1"):
        engine.run(np.array([10**18, 10**18 - 1]), [1.0, 1.0], [1.0, 1.0], [1, 1])


def test_duplicate_ids_are_dropped_only_when_asked():
    ts, ones = np.full(4, 10**18), np.ones(4)
    ids = np.array([1, 2, 2, 3])
    sides = np.ones(4, np.int8)
    assert Engine().run(ts, ones, ones, sides, id=ids)["status"].tolist() == [0, 0, 0, 0]
    with pytest.warns(NotAcceptedWarning, match="1 of 4 rows .* 1 duplicate"):
        frame = Engine(dedupe="id").run(ts, ones, ones, sides, id=ids)
    assert frame["status"].tolist() == [0, 0, 2, 0]


def test_peek_halt_and_feed():
    columns, _ = tape(12_000)
    engine = Engine()
    engine.run(*columns)
    row = (int(columns[0][-1]), float(columns[1][-1]), 1.0, 1)
    before = engine.state()
    peeked = engine.peek(*row)
    assert engine.state() == before
    assert repr(peeked) == repr(engine.copy().on_tick(*row))
    engine.halt()
    engine.feed_down("0")
    shut = engine.on_tick(*row)
    assert shut.gate == 0 and shut.alpha == 0.0 and shut.reason & 24 == 24


def test_eps_health_is_raised_and_mended():
    (ts, price, qty, side), _ = tape()
    loud = Engine()
    loud.run(ts, price, qty * 1e6, side)
    assert loud.health["k4"].flagged and loud.health["k4"].remedy == "eps=relative"
    calm = Engine(eps="relative")
    calm.run(ts, price, qty * 1e6, side)
    assert not any(h.flagged for h in calm.health.values())


def test_damaged_state_is_an_error_not_a_crash():
    from tickeng import TickengError

    columns, leader = tape(1_200)
    engine = Engine(kernels="k1,v_norm,regime,k2")
    engine.run(*columns, leader=leader)
    state = engine.state()
    for size in range(0, len(state), 997):
        with pytest.raises(TickengError):
            Engine.from_state(state[:size], engine.config)
    for place in range(0, len(state), 211):
        damaged = bytearray(state)
        damaged[place] ^= 0xFF
        try:
            survivor = Engine.from_state(bytes(damaged), engine.config)
            survivor._feed(*(c[:50] for c in columns))
        except TickengError:
            pass


@pytest.mark.parametrize("settings", [{}, {"on_late": "clamp"}, {"dedupe": "id"}],
                         ids=["drop", "clamp", "dedupe"])
def test_many_symbols_in_a_mix_are_each_their_own_stream(settings):
    """Rows of many symbols, late and bad ones among them: run() puts them in order by symbol."""
    (ts_ns, price, qty, side), leader = tape(24_000)
    rng = np.random.default_rng(3)
    symbol = (40 ** rng.random(len(ts_ns))).astype(np.uint32)  # a few busy symbols, many quiet ones
    symbol[6_000:6_400] = 7  # and a stretch of one
    ts_ns = ts_ns - np.where(rng.random(len(ts_ns)) < 0.02, 5_000_000_000, 0)
    price = np.where(rng.random(len(ts_ns)) < 0.01, np.nan, price)
    ids = np.arange(len(ts_ns)) - np.where(rng.random(len(ts_ns)) < 0.02, 500, 0)
    batch = Engine(regime_step=500, **settings)
    batch.intern([f"S{k}" for k in range(40)])
    frame = batch._feed(ts_ns, price, qty, side, symbol=symbol, leader=leader, id=ids)

    streamed = Engine(regime_step=500, **settings)
    streamed.intern(batch.symbols)
    streamed.run(*(c[:0] for c in (ts_ns, price, qty, side)), leader=leader)
    one = [streamed._feed(ts_ns[i:i + 1], price[i:i + 1], qty[i:i + 1], side[i:i + 1],
                          symbol=symbol[i:i + 1], id=ids[i:i + 1]) for i in range(len(ts_ns))]
    assert joined(one) == bits(frame)
    assert batch.counters == streamed.counters
    assert batch.state() == streamed.state()
    assert set(np.unique(frame["status"])) >= {0, 3}


def test_a_late_row_that_is_an_error_stops_a_mix_there():
    (ts_ns, price, qty, side), _ = tape(400)
    symbol = (np.arange(len(ts_ns)) % 5).astype(np.uint32)
    ts_ns = ts_ns.copy()
    ts_ns[200] = ts_ns[190] - 1
    engine, whole = Engine(on_late="error"), Engine()
    for e in (engine, whole):
        e.intern("ABCDE")
    with pytest.raises(LateTickError):
        engine.run(ts_ns, price, qty, side, symbol=symbol)
    whole.run(ts_ns[:200], price[:200], qty[:200], side[:200], symbol=symbol[:200])
    assert sum(c["processed"] for c in engine.counters.values()) == 200
    assert engine.progress == whole.progress
