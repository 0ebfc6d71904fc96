"""`ParallelEngine.health` is that of one Engine, whatever the workers."""

import numpy as np
import pytest

from tests.golden.lcg import golden_stream
from tickeng import Engine, ParallelEngine, TickengError

SHORT = {"k1.window": 30, "k1.flow_window": 7, "k3.window": 40, "k3.mean_window": 9}
TEXT = "k1; k3; short = sum(trade.qty, window=2s, max_rows=3)"


def tape():
    """Symbols that differ: one whose price and sides stand still, one whose moves are tiny."""
    s = golden_stream().head(3_000)
    names = np.array(["flat", "tiny", "usual"], dtype=object)[np.arange(3_000) % 3]
    price, side, qty = s.price.copy(), s.side.copy(), s.qty.copy()
    flat, tiny = names == "flat", names == "tiny"
    price[flat], side[flat], qty[flat] = 100.0, 1, 1.0
    qty[tiny] = 1e-9 * qty[tiny]
    return s.ts_ns, price, qty, side, names


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_it_is_that_of_one_engine(workers):
    columns = tape()
    one = Engine(SHORT, kernels=TEXT)
    one.run(*columns[:4], symbol=columns[4])
    assert any(h.flagged for h in one.health.values()) and one.health["short"].overflow > 0
    assert one.health["k1"].still > 0
    with ParallelEngine(SHORT, kernels=TEXT, workers=workers, pin=False,
                        decisions=False) as engine:
        assert engine.health == {}
        engine.submit_batch(*columns[:4], columns[4])
        engine.flush()
        assert engine.health == one.health
        with ParallelEngine.from_state(engine.state(), workers=2, pin=False,
                                       decisions=False) as again:
            again.flush()
            assert again.health == one.health
    assert engine.health == one.health  # also once it is closed


def test_it_needs_an_engine_that_was_made():
    with pytest.raises(TickengError, match="never constructed"):
        _ = ParallelEngine.__new__(ParallelEngine).health
