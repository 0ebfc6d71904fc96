"""Time without ticks, symbols that start anew, symbols that are done with."""

import numpy as np
import pytest

from tests.contract.test_bits import bits
from tests.contract.test_workers import SHORT, tape
from tickeng import DataError, Engine, ParallelEngine, SymbolError

SECOND = 10**9


def warm(n=3_000, **settings):
    columns, _ = tape(n)
    engine = Engine(SHORT, min_k4=-100, **settings)
    engine.run(*columns)
    row = (int(columns[0][-1]), float(columns[1][-1]), 1.0, 1)
    decision = engine.on_tick(*row)
    assert decision.gate == 1 and decision.alpha != 0.0
    return engine, row, decision


def test_a_stale_decision_is_shut_until_the_next_tick():
    engine, row, before = warm(stale_after="5s")
    assert engine.on_time(row[0] + 5 * SECOND, 0).gate == 1
    shut = engine.on_time(row[0] + 5 * SECOND + 1, 0)
    assert (shut.gate, shut.alpha, shut.reason) == (0, 0.0, before.reason | 8)
    assert shut.signal == before.signal and shut.k1 == before.k1
    assert engine.on_time(row[0], 0).gate == 0  # the clock never goes back
    assert engine.copy().on_time(row[0], 0).gate == 0
    assert Engine.from_state(engine.state(), engine.config).on_time(row[0], 0).gate == 0
    kept = engine.decision(0)
    assert (kept.gate, kept.ts_ns, kept.accepted, kept.seq) == (0, row[0], True, None)
    assert engine.on_tick(*row).gate == 1
    assert engine.on_time(row[0] + SECOND, 0).gate == 0  # it is later than that already


def test_time_changes_no_later_row():
    engine, row, _ = warm(stale_after="5s")
    told = engine.copy()
    columns, _ = tape(500)
    later = (columns[0] - columns[0][0] + row[0], *columns[1:])
    assert told.on_time(row[0] + 10**6 * SECOND) is None
    for part in (slice(100), slice(100, 500)):
        want = engine.run(*(c[part] for c in later))
        assert bits(told.run(*(c[part] for c in later))) == bits(want)
        told.on_time(row[0] + 10**7 * SECOND)
    assert told.counters == engine.counters and told.progress == engine.progress


def test_without_stale_after_time_shuts_nothing():
    engine, row, before = warm()
    assert repr(engine.on_time(row[0] + 10**6 * SECOND, "0")) == repr(before)


def test_time_is_for_known_symbols_and_sane_times():
    engine = Engine(stale_after=5)
    with pytest.raises(SymbolError, match="no symbol 'X'"):
        engine.on_time(10**18, "X")
    for wild in (5, 2**62):
        with pytest.raises(DataError, match="outside"):
            engine.on_time(wild)
    engine.on_tick(10**18, 1.0, 1.0, 1, "A")
    assert engine.symbols == ["A"] and engine.on_time(10**18 + 6 * SECOND, "A").reason == 9
    assert Engine(kernels="v_norm", stale_after=5).on_time(10**18) is None


@pytest.mark.parametrize("end", ["reset", "forget"])
@pytest.mark.parametrize("settings", [{}, {"dedupe": "id"}], ids=["plain", "dedupe"])
def test_a_symbol_starts_anew_and_the_others_go_on(end, settings):
    columns, _ = tape(4_000)
    codes = (np.arange(4_000) % 2).astype(np.uint32)
    ids = np.arange(4_000)
    engine, fresh = Engine(SHORT, **settings), Engine(SHORT, **settings)
    for e in (engine, fresh):
        e.intern(["A", "B"])
    engine.run(*columns, symbol=codes, id=ids)
    engine.halt("A")
    engine.halt("A", False)
    getattr(engine, end)("A")
    gone = engine.decision("A")
    assert (gone.ts_ns, gone.accepted, gone.gate, gone.alpha) == (None, False, 0, 0.0)
    assert np.isnan(gone.k1) and engine.decision("B").accepted
    assert engine.progress["A"] == (0, None) and engine.progress["B"][0] == 2_000
    assert engine.counters["A"]["processed"] == 2_000
    engine = Engine.from_state(engine.state(), engine.config)
    other = slice(1, None, 2)
    fresh.run(*(c[other] for c in columns), symbol=codes[other], id=ids[other])
    assert bits(engine._feed(*columns, symbol=codes, id=ids)) == bits(
        fresh._feed(*columns, symbol=codes, id=ids))
    assert engine.counters["A"]["in"] == 4_000
    with pytest.raises(SymbolError, match="no symbol 'C'"):
        getattr(engine, end)("C")
    assert engine.symbols == ["A", "B"]


@pytest.mark.parametrize("rows", [1, 5, 33, 70])
def test_a_reset_leaves_the_same_state_whether_one_was_saved_before(rows):
    columns, _ = tape(rows)
    saved, other = Engine(SHORT), Engine(SHORT)
    for engine in (saved, other):
        engine.run(*columns)
    saved.state()
    saved.reset("0")
    other.reset("0")
    assert saved.state() == other.state()


def test_a_halt_outlives_a_reset_of_its_symbol():
    engine, row, _ = warm()
    engine.halt("0")
    engine.reset("0")
    assert engine.on_tick(*row).reason & 16


def resident():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096


def test_forgotten_symbols_give_their_memory_to_new_ones():
    columns, _ = tape(300)
    engine = Engine(dedupe="id")

    def life(generation):
        names = [f"{generation}:{k}" for k in range(60)]
        for name in names:
            codes = np.full(300, engine.intern([name])[0], np.uint32)
            engine.run(*columns, symbol=codes, id=np.arange(300))
        peak = resident()
        for name in names:
            engine.forget(name)
        return peak

    life(0)
    first = life(1)
    peaks = [life(generation) for generation in range(2, 8)]
    assert max(peaks) < first + 20 * 2**20  # generations that stayed would take 60 or more
    assert engine.counters["0:0"]["processed"] == 300


def test_a_parallel_engine_starts_a_symbol_anew():
    columns, _ = tape(2_000)
    codes = (np.arange(2_000) % 3).astype(np.uint32)
    one = Engine(SHORT)
    one.intern(["A", "B", "C"])
    with ParallelEngine(SHORT, workers=2, pin=False, decisions=False) as engine:
        engine.intern(one.symbols)
        for e in (one, engine):
            (e._feed if e is one else e.submit_batch)(*columns, codes)
            e.reset("B")
            assert not e.decision("B").accepted and e.decision("A").accepted
            (e._feed if e is one else e.submit_batch)(*columns, codes)
        engine.flush()
        assert engine.state() == one.state()
        with pytest.raises(SymbolError, match="no symbol 'X'"):
            engine.reset("X")
