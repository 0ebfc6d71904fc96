"""Two windows by time, of which one ends some time ago: its reference, the same bits every way,
and a tick that costs the same however many rows it passes.
"""

import itertools

import numpy as np
import pytest

from tests.contract.test_bits import bits, joined
from tests.contract.test_time_windows import STEPS, N, tape
from tests.reference import without_leader
from tests.reference.trade_imbalance_change import reference
from tickeng import ConfigError, Engine, TickengError

START, SECOND = 1_700_000_000 * 10**9, 10**9
SPANS = {"2s": 2 * SECOND, "300ms": 3 * 10**8, "1s": SECOND, "1h": 3600 * SECOND, "1ns": 1,
         "10ms": 10**7}
FORMS = ["", "window=2s", "window=300ms, lag=1s", "window=1s, lag=10ms", "window=1ns, lag=1ns",
         "window=2s, lag=1s, max_rows=40", "window=1s, lag=2s, max_rows=1300, warmup=expanding",
         "window=1h, lag=1h, warmup=expanding", "lag=1h", "window=10ms, lag=1h, warmup=expanding"]


def text(form):
    return f"y = trade_imbalance_change({form})"


def told(form):
    words = dict(part.split("=") for part in form.split(", ")) if form else {}
    return {word: SPANS.get(x, int(x) if x.isdigit() else x) for word, x in words.items()}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", STEPS)
def test_it_is_its_reference_in_every_way(name, form):
    columns = tape(name)
    engine = Engine(kernels=text(form))
    whole = engine.run(*columns)
    want = bits(whole)
    expected = reference(without_leader(*columns), **told(form))["trade_imbalance_change"]
    np.testing.assert_array_equal(np.isnan(whole["y"]), np.isnan(expected))
    np.testing.assert_allclose(whole["y"], expected, rtol=0, atol=1e-12)

    rng = np.random.default_rng(5)
    edges = [0, *sorted(rng.choice(np.arange(1, N), 25, replace=False).tolist()), N]
    resumed, frames = Engine(kernels=text(form)), []
    for a, b in itertools.pairwise(edges):
        frames.append(resumed.run(*(c[a:b] for c in columns)))
        resumed = Engine.from_state(resumed.state()) if a % 2 else resumed.copy()
    assert joined(frames) == want
    streamed = Engine(kernels=text(form))
    got = [streamed.on_tick(*row).y for row in zip(*(c.tolist() for c in columns), strict=True)]
    assert np.array(got).tobytes() == want["y"]
    for other in (resumed, streamed):
        assert other.health == engine.health and other.state() == engine.state()
    for workers in (2, 3):
        many = Engine(kernels=text(form))
        assert bits(many.run(*columns, workers=workers)) == want
        assert many.health == engine.health and many.state() == engine.state()


@pytest.mark.parametrize("gap", [2e5, 1e4])
def test_long_tapes_go_in_chunks(gap):
    """Windows of some thousand rows, and of most of a tape."""
    n = 200_000
    rng = np.random.default_rng(2)
    steps = rng.exponential(gap, n).astype(np.int64)
    steps[::49_999] += SECOND // 2
    columns = (START + np.cumsum(steps), np.full(n, 100.0), rng.exponential(size=n),
               rng.choice([-1, 0, 1], n).astype(np.int8))
    spans = {"a": (3 * 10**8, 3 * 10**8), "b": (2 * 10**7, 7 * 10**7), "c": (SECOND, 10**7)}
    kernels = "; ".join(f"{name} = trade_imbalance_change(window={window}ns, lag={lag}ns)"
                        for name, (window, lag) in spans.items())
    one, many = Engine(kernels=kernels), Engine(kernels=kernels)
    whole = one.run(*columns)
    assert bits(whole) == bits(many.run(*columns, workers=3))
    assert many._chunks >= 3
    assert one.state() == many.state() and one.health == many.health
    v, q = (x.astype(np.longdouble) for x in (columns[2] * columns[3], columns[2]))
    for name, (window, lag) in spans.items():
        for m in rng.choice(np.arange(n // 2, n), 60, replace=False).tolist():
            t, ratio = int(columns[0][m]), []
            for end in (t, t - lag):
                inside = slice(*np.searchsorted(columns[0][:m + 1], [end - window, end],
                                                side="right"))
                ratio.append(v[inside].sum() / q[inside].sum() if v[inside].size else 0)
            assert abs(whole[name][m] - (ratio[0] - ratio[1])) <= 1e-12, (name, m)


def test_sums_keep_their_digits():
    """A quantity of 1e15 in the window and out of it again leaves nothing behind."""
    n = 3_000
    rng = np.random.default_rng(8)
    qty = rng.exponential(size=n)
    spiked = qty.copy()
    spiked[1_000:1_003] = 1e15, 1e300, 1e-300
    columns = [START + np.arange(n) * 10**6, np.full(n, 100.0), qty,
               rng.choice([-1, 1], n).astype(np.int8)]
    plain, other = Engine(kernels=text("")), Engine(kernels=text(""))
    want = plain.run(*columns)
    columns[2] = spiked
    got = other.run(*columns)
    assert np.isfinite(got["y"][700:]).all()
    assert want["y"][1_610:].tobytes() == got["y"][1_610:].tobytes()
    assert plain.state() == other.state()


def test_two_windows_by_hand():
    engine = Engine(kernels="y = trade_imbalance_change(window=2s, lag=1s)", warmup="expanding")
    rows = [(0, 2.0, 1), (1, 1.0, -1), (2, 3.0, 1), (2.5, 0.0, -1), (3, 1.0, 0), (9, 1.0, -1)]
    got = [engine.on_tick(START + int(s * SECOND), 1.0, q, side).y for s, q, side in rows]
    # The second windows: (-3, -1], (-2, 0], (-1, 1], (-0.5, 1.5], (0, 2], (6, 8]
    np.testing.assert_allclose(got, [1, 1 / 3 - 1, 0.5 - 1 / 3, 0.5 - 1 / 3, 0.75 - 0.5, -1],
                               rtol=0, atol=1e-15)


def test_what_cannot_be_is_refused():
    for word in ("window=20", "lag=0s", "lag=5", "window=105d"):
        with pytest.raises(ConfigError):
            Engine(kernels=text(word))


def test_damaged_windows_are_errors_not_crashes():
    columns = tape("random")
    engine = Engine(kernels="trade_imbalance_change(max_rows=90)")
    engine.run(*(c[:500] for c in columns))
    state = engine.state()
    begin = state.rindex(b"trade_imbalance_change") + 22
    for at in range(begin, len(state), 3):
        for flip in (0xFF, 0x01, 0x80):
            damaged = bytearray(state)
            damaged[at] ^= flip
            try:
                survivor = Engine.from_state(bytes(damaged), engine.config)
                survivor._feed(*(c[500:900] for c in columns))
            except TickengError:
                continue
