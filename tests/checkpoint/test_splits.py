"""A run that is saved and loaded, at every tick or at many, is the uninterrupted run, bit for bit.

In the suite every tick of the stream that has everything is a split; the long form goes through
20,000 ticks with default windows, in steps of primes, with one worker, two and eight.
"""

import os
import warnings
from collections.abc import Iterable

import numpy as np
import pytest

from tests.checkpoint.test_state_fields import LEADER, MODES, ROWS, N
from tests.feeds import OF_TRADES
from tests.golden.lcg import golden_stream
from tickeng import Config, Engine, NotAcceptedWarning, ParallelEngine

soak = pytest.mark.skipif("TICKENG_SOAK" not in os.environ, reason="a long form: make soak")
KERNELS = ["chain", *(k["name"] for k in OF_TRADES)]
LONG = 20_000


def run(engine: Engine, splits: Iterable[int], rows=ROWS, leader=LEADER) -> tuple[dict, Engine]:
    """The columns' bytes and the engine at the end; it is saved and loaded at each split."""
    parts: dict[str, list[bytes]] = {}
    edges = [0, *splits, len(rows["ts_ns"])]
    ahead = np.searchsorted(leader[0], [rows["ts_ns"][: edge + 1].max() for edge in edges])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotAcceptedWarning)
        for k in range(len(edges) - 1):
            piece = {name: column[edges[k] : edges[k + 1]] for name, column in rows.items()}
            ticks = slice(ahead[k] if k else 0, ahead[k + 1])
            frame = engine._feed(**piece, leader=tuple(column[ticks] for column in leader))
            for name in frame.columns:
                parts.setdefault(name, []).append(frame[name].tobytes())
            if k + 2 < len(edges):
                engine = Engine.from_state(engine.state())
    return {name: b"".join(pieces) for name, pieces in parts.items()}, engine


@pytest.mark.parametrize("mode", MODES)
def test_at_every_tick(mode):
    config = Config(MODES[mode])
    whole, one = run(Engine(config), ())
    split, other = run(Engine(config), range(1, N))
    assert split == whole
    assert other.counters == one.counters and other.health == one.health
    assert other.state() == one.state()


def primes(step: int) -> list[int]:
    """Every tick up to 2,000, then steps of about that many, prime."""
    found, at = list(range(1, 2_000)), 2_003
    while at < LONG:
        found.append(at)
        at += step
    return found


def long_stream():
    s = golden_stream().head(LONG)
    return ({"ts_ns": s.ts_ns, "price": s.price, "qty": s.qty, "side": s.side},
            (s.ts_ns - 2_000_000, s.leader))


@soak
@pytest.mark.parametrize("kernel", KERNELS)
def test_a_long_stream(kernel):
    rows, leader = long_stream()
    whole, one = run(Engine(kernels=kernel), (), rows, leader)
    for step in (97, 1_009, 4_999):
        split, other = run(Engine(kernels=kernel), primes(step), rows, leader)
        assert split == whole and other.state() == one.state()


@soak
@pytest.mark.parametrize("workers", [1, 2, 8])
def test_workers_continue_one_another(workers):
    rows, _ = long_stream()
    symbol = np.array([f"S{k % 11}" for k in range(LONG)])
    one = Engine()
    one.run(**rows, symbol=symbol)
    state = Engine().state()
    for k, (a, b) in enumerate(zip((edges := [0, 1, 997, 5_003, 11_279, LONG]), edges[1:],
                                   strict=False)):
        with ParallelEngine.from_state(state, workers=1 + (workers + k) % 8, pin=False,
                                       decisions=False) as many:
            many.submit_batch(**{name: column[a:b] for name, column in rows.items()},
                              symbol=symbol[a:b])
            state = many.state()
    assert Engine.from_state(state).state() == one.state()
