"""The model of docs/scaling.md: it shards as the engine does, each limit is where it must be."""

import pytest
from bench.parallel import model

from tickeng import ParallelEngine

PARTS = {"engine": 100.0, "submit": 10.0, "poll": 6.0, "worker": 120.0, "bytes": 200.0}
HERE = model.Machine(cores=12, smt=0.0, bandwidth=1e9)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_symbols_go_where_the_engine_puts_them(workers):
    with ParallelEngine(workers=workers) as engine:
        for k in range(300):
            assert model.worker_of(f"S{k}", workers) == engine.worker_of(f"S{k}")


def test_shares_are_all_of_the_ticks():
    assert sum(model.shares(100)) == pytest.approx(1.0)
    assert model.busiest(100, 1) == pytest.approx(1.0)
    assert model.shares(100)[0] < model.busiest(100, 8) < 1.0


def test_what_ends_live_scaling():
    assert model.live(1, PARTS, None, HERE) == (10.0, "engine")
    assert model.live(3, PARTS, None, HERE) == (pytest.approx(1e3 * 2 / 120), "workers")
    assert model.live(12, PARTS, None, HERE) == (pytest.approx(1e3 / 16), "sequencer")
    assert model.live(12, PARTS, 0.5, HERE) == (pytest.approx(1e3 / 60), "busiest worker")
    thin = model.Machine(cores=12, smt=0.0, bandwidth=2.0)
    assert model.live(12, PARTS, None, thin) == (pytest.approx(10.0), "memory")


def test_a_second_thread_a_core():
    assert HERE.speed(12) == 1.0 and HERE.speed(24) == 0.5
    assert model.Machine(12, 1.0, 1.0).speed(24) == 1.0


def test_chunks_repeat_the_rows_that_kernels_remember():
    parts = {"batch": 50.0, "start": 0.0, "memory": 10_000.0, "bytes": 100.0}
    assert model.chunks(1, 100_000, parts, HERE)[0] == pytest.approx(20.0)
    took = (90_000 / 2 + 10_000) * 50.0  # the first chunk is longer, the second begins earlier
    assert model.chunks(2, 100_000, parts, HERE)[0] == pytest.approx(1e3 * 100_000 / took)


def test_stages_of_a_replay_overlap():
    parts = {"decode": 20.0, "around": 10.0, "engine": 40.0, "output": 0.0, "repeat": 0.0,
             "bytes": 100.0}
    assert model.replay(1, parts, HERE) == (pytest.approx(1e3 / 70), "one thread")
    assert model.replay(2, parts, HERE) == (pytest.approx(2e3 / 70), "all cores")
    assert model.replay(12, parts, HERE) == (pytest.approx(50.0), "decoding")
    assert model.replay(2, parts | {"output": 99.0}, HERE)[1] == "writing"
