"""dedupe="id": an id that a symbol has had is dropped, whatever its size and order."""

import struct
from collections import deque

import numpy as np
import pytest

from tests.golden import freeze
from tickeng import DataError, Engine
from tickeng.checkpoint import read_checkpoint

T0 = 1_700_000_000_000_000_000
KEPT = 1 << 20
CHEAP = {"kernels": "v_norm", "dedupe": "id"}
NO_ID = -2**63


def feed(engine, ids, price=100.0, qty=1.0, **more):
    ids = np.asarray(ids, np.int64)
    n = len(ids)
    sizes = np.broadcast_to(np.asarray(qty, float), n)
    return engine._feed(np.full(n, T0), np.full(n, price), sizes, np.ones(n, np.int8), id=ids,
                        **more)["status"].tolist()


def test_ids_need_no_order():
    engine = Engine(**CHEAP)
    ids = [900, 5, 6, 5, 900, -3, 0, -3, 2**63 - 1, 7]
    assert feed(engine, ids) == [0, 0, 0, 2, 2, 0, 0, 2, 0, 0]
    assert feed(engine, [NO_ID, NO_ID, NO_ID]) == [0, 0, 0]
    assert engine.counters["0"]["duplicate_conflict"] == 0 and engine.id_conflict is None


def test_each_symbol_has_ids_of_its_own_and_only_accepted_ticks_are_remembered():
    engine = Engine(**CHEAP)
    codes = engine.intern(["A", "B"])[[0, 1, 0, 1]]
    assert feed(engine, [1, 1, 1, 2], symbol=codes) == [0, 0, 2, 0]
    late = Engine(**CHEAP)
    ts = np.array([T0, T0 - 1, T0])
    ones, ids = np.ones(3), np.array([1, 2, 2])
    assert late._feed(ts, ones, ones, ones, id=ids)["status"].tolist() == [0, 1, 0]


def test_another_price_or_quantity_is_a_conflict_and_dropped():
    engine = Engine(**CHEAP)
    assert feed(engine, [1, 2, 1, 2, 2], qty=[1, 1, 1, 3, 4]) == [0, 0, 2, 2, 2]
    counts = engine.counters["0"]
    assert (counts["duplicate"], counts["duplicate_conflict"]) == (3, 2)
    assert counts["in"] == counts["processed"] + counts["duplicate"]
    assert engine.id_conflict == {"symbol": "0", "id": 2, "price_before": 100.0, "qty_before": 1.0,
                                  "price": 100.0, "qty": 3.0}


@pytest.mark.parametrize("kind", ["counting", "random", "one slot"])
def test_the_last_million_ids_are_known_and_no_others(kind):
    """Against a set and a queue, through the time when the oldest leave."""
    n = KEPT + 150_000
    rng = np.random.default_rng(7)
    new = {"counting": np.arange(n), "random": rng.integers(-2**62, 2**62, n),
           "one slot": np.arange(n) << 40}[kind].astype(np.int64)
    ids = new.copy()
    again = np.flatnonzero(rng.random(n) < 0.2)
    ids[again] = new[(again * rng.random(len(again))).astype(int)]
    known, order, want = set(), deque(), []
    for id in ids.tolist():
        want.append(2 if id in known else 0)
        if id not in known:
            known.add(id)
            order.append(id)
            if len(order) > KEPT:
                known.remove(order.popleft())
    want += [0 if id not in known else 2 for id in new[:1].tolist()]
    engine = Engine(**CHEAP)
    half = n // 2
    got = feed(engine, ids[:half])
    engine = Engine.from_state(engine.state(), engine.config).copy()
    got += feed(engine, ids[half:]) + feed(engine, new[:1])
    assert got == want


def test_a_state_with_ids_twice_or_too_many_is_refused():
    engine = Engine(**CHEAP)
    feed(engine, [77, 78])
    state = engine.state()
    steps = struct.pack("<Qqq", 2, 77, 1)
    assert state.count(steps) == 1
    with pytest.raises(DataError, match="bad ids"):
        Engine.from_state(state.replace(steps, struct.pack("<Qqq", 2, 77, 0)), engine.config)


def first_format(state, last_id):
    """A state as the first format has it, with this last id for its only symbol."""
    at = 12
    assert struct.unpack_from("<I", state)[0] == 1
    for size in (1, 0, 8):  # name, base series, row
        if size:
            at += 8 + size * struct.unpack_from("<Q", state, at)[0]
        else:
            at += 24
    at += 7 * 8 + 8 + 7 * 8 + 8  # counters, last time
    assert struct.unpack_from("<q", state, at)[0] == NO_ID
    return state[:at] + struct.pack("<q", last_id) + state[at + 8:]


def test_a_state_of_the_first_format_knows_its_last_id():
    state, meta = read_checkpoint(freeze.CHECKPOINTS / "0.1.0-a12e4b7b.ckpt")
    engine = Engine.from_state(first_format(state, 500), {**meta["config"], "dedupe": "id"})
    last = next(ts for _, ts in engine.progress.values())
    ones = np.ones(4)
    frame = engine._feed(np.full(4, last), ones, ones, ones, id=np.array([500, 499, 501, 499]))
    assert frame["status"].tolist() == [2, 0, 0, 2]
    assert engine.counters[engine.symbols[0]]["duplicate_conflict"] == 0
    again = Engine.from_state(engine.state(), engine.config)
    assert again.state() == engine.state()
