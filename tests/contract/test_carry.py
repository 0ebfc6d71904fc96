"""What a kernel carries over a long time is the same in every chunk of a long replay.

The tape stands still for 200,000 trades: one price, one time, sides unknown. What a chunk has to
know, the last known side or a last change, lies far before it.
"""

import numpy as np
import pytest

from tests.contract.test_bits import bits
from tests.feeds import OF_TRADES
from tickeng import Engine, catalogue

KERNELS = [k["name"] for k in OF_TRADES if k["memory"] in ("finite", "anchored")]
STILL, MOVING = 200_000, 3_000


def small():
    """Windows that do not reach far back, so that what is carried is all there is to know."""
    return {f"{k['name']}.{p['name']}": max(int(p["low"]), 33)
            for k in catalogue() for p in k["params"] if p["kind"] == "integer"}


def tape(seldom):
    """Trades that move, many that stand still, and a few that move again; `seldom`: a known side,
    a change of price or of time every so many trades, at different ones."""
    rng = np.random.default_rng(5)
    n = MOVING + STILL + MOVING
    still = np.zeros(n, bool)
    still[MOVING:-MOVING] = True
    ticks, step_ns = rng.choice([-1, 0, 1], size=n), rng.integers(1, 10**7, size=n)
    side, at = rng.choice([-1, 0, 1], size=n).astype(np.int8), np.arange(n)
    for column, phase in ((ticks, 0), (step_ns, 1), (side, 2)):
        column[still & ((at + phase * seldom // 3) % seldom != 0)] = 0
    return (10**18 + np.cumsum(step_ns), 500.0 + 0.01 * np.cumsum(ticks),
            np.round(rng.exponential(size=n) + 0.1, 3), side)


@pytest.mark.parametrize("seldom", [2 * STILL, 45_000])
@pytest.mark.parametrize("kernel", KERNELS)
def test_any_number_of_workers_carries_the_same(kernel, seldom):
    columns = tape(seldom)
    leader = columns[0][:MOVING:3] + 1, columns[1][:MOVING:3]
    want, state = None, b""
    for workers in (1, 2, 4):
        engine = Engine(small(), kernels=kernel)
        got = bits(engine.run(*columns, leader=leader, workers=workers))
        assert engine._chunks >= workers if workers > 1 else engine._chunks == 0
        want, state = want or got, state or engine.state()
        assert got == want and engine.state() == state, workers
