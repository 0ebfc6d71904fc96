"""Streams that stand still give 0, and the same bits whatever way they are fed.

What decides about 0 is a state of its own: the peak of the flow, taken where a block starts. Each
driver must look at the same values, also in a window that held others before a reset.
"""

import math
from itertools import pairwise

import numpy as np
import pytest

from tests.reference.hurst import exponent, lagged_differences
from tickeng import Engine

N = 3_000
SMALL = {"k3.mean_window": 128, "k3.window": 256, "k4.norm_window": 100, "k4.mean_window": 64}
WINDOWS = [{}, *({"k1.flow_window": flow, "k1.window": window}
                for flow, window in ((63, 1000), (300, 64), (1000, 16), (5, 7)))]
MODES = [{"warmup": "expanding"}, {"mode": "engine", "warmup": "expanding"}, {"eps": "relative"}]


def still_after_noise(quiet=900, lots=1234567.1):
    """Noise with one huge trade, then equal trades, noise again, then a pattern that repeats."""
    rng = np.random.default_rng(9)
    n = np.arange(N)
    noise = (n < 400) | ((n >= 400 + quiet) & (n < 500 + quiet))
    qty = np.where(noise, rng.lognormal(12, 2, N), lots)
    side = np.where(noise, rng.choice([-1, 1], N), 1).astype(np.int8)
    pattern = n >= 500 + quiet
    qty[pattern] = rng.lognormal(12, 2, 5)[n[pattern] % 5]
    qty[350] = 1e14
    ts = 1_700_000_000_000_000_000 + n * 1_000_000
    return ts, np.where(n % 2, 100.1, 100.2), qty, side


def bits(frame):
    return {name: frame[name].tobytes() for name in frame.columns}


@pytest.mark.parametrize("params", [*WINDOWS, *MODES], ids=lambda p: repr(p) if p else "default")
def test_scores_of_still_streams_keep_their_bits(params):
    columns, settings = still_after_noise(), {"kernels": "k1", **params}
    engine = Engine(**settings)
    want = bits(engine.run(*columns))
    streamed = Engine(**settings)
    rows = list(zip(*(c.tolist() for c in columns), strict=True))
    assert np.array([streamed.on_tick(*r).k1 for r in rows]).tobytes() == want["k1"]
    assert streamed.health == engine.health and streamed.state() == engine.state()

    rng = np.random.default_rng(4)
    edges = [0, *sorted(rng.choice(np.arange(1, N), 40, replace=False).tolist()), N]
    resumed, parts = Engine(**settings), []
    for i, (a, b) in enumerate(pairwise(edges)):
        if i % 3 == 0:  # now and then tick by tick, up to the middle of a block
            parts += [np.float64(resumed.on_tick(*r).k1).tobytes() for r in rows[a:b]]
        else:
            parts.append(resumed.run(*(c[a:b] for c in columns))["k1"].tobytes())
        resumed = Engine.from_state(resumed.state(), resumed.config)
    assert b"".join(parts) == want["k1"]

    used = Engine(**settings)
    used.run(columns[0], columns[1], columns[2] * 1e9, columns[3])
    used.reset()
    assert bits(used.run(*columns)) == want
    assert bits(Engine(_fused=False, **settings).run(*columns)) == want


def test_the_chain_of_a_still_stream_is_one_in_all_drivers():
    columns = still_after_noise()
    leader = columns[0] - 1, np.where(np.arange(N) < 700, 50 + np.arange(N) % 7, 50.1)
    want = bits(Engine(**SMALL).run(*columns, leader=leader))
    assert bits(Engine(_fused=False, **SMALL).run(*columns, leader=leader)) == want
    for workers in (2, 3):
        assert bits(Engine(**SMALL).run(*columns, leader=leader, workers=workers)) == want


@pytest.mark.parametrize("lots", [1e-6, 0.1, 1234567.1, 1e12 / 3])
def test_k1_of_equal_trades_is_zero_soon_after_noise(lots):
    engine = Engine(kernels="k1", **{"k1.flow_window": 64, "k1.window": 256})
    k1 = engine.run(*still_after_noise(lots=lots))["k1"]
    assert np.count_nonzero(k1[319:400]) > 40
    assert not k1[400 + 64 + 256:1300].any()
    assert 0.1 < engine.health["k1"].still < 0.9


def test_k2_of_a_leader_of_constant_growth_is_zero():
    n = np.arange(900)
    ts = 1_700_000_000_000_000_000 + n * 1_000_000
    for eps in ("absolute", "relative"):
        engine = Engine(kernels="k2", eps=eps, **{"k2.window": 256})
        k2 = engine.run(ts, np.full(900, 1.0), np.ones(900), np.ones(900, np.int8),
                        leader=(ts - 1, 2.0 ** (n - 450)))["k2"]
        assert np.isnan(k2[:200]).all() and not k2[300:].any() and not np.isnan(k2[300:]).any()
        assert engine.health["k2"].still == 1.0


def cycle(period, scale):
    rng = np.random.default_rng(period)
    return scale * rng.lognormal(0, 0.1, period)[np.arange(N) % period]


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e9 / 7])
@pytest.mark.parametrize("period", [2, 4, 5, 10, 20])
def test_hurst_of_prices_in_cycles_is_one_half(period, scale):
    price = cycle(period, scale)
    assert exponent(lagged_differences(price[:500])) == 0.5
    columns = [1_700_000_000_000_000_000 + np.arange(N), price, np.ones(N), np.ones(N, np.int8)]
    for settings, first in (({"kernels": "hurst", "hurst.window": 500}, 499),
                            ({"kernels": "regime", "regime.step": 500}, 500),
                            ({"kernels": "regime", "regime.step": 500,
                              "regime.update": "continuous"}, 499)):
        engine = Engine(**settings)
        name = next(c for c in engine.run(*(c[:0] for c in columns)).columns if "hurst" in c)
        got = Engine(**settings).run(*columns)[name]
        assert np.isnan(got[:first]).all() and (got[first:] == 0.5).all()
        cut = Engine(**settings)
        for a, b in ((0, 7), (7, 801), (801, 1500), (1500, N)):
            assert cut.run(*(c[a:b] for c in columns))[name].tobytes() == got[a:b].tobytes()
            cut = Engine.from_state(cut.state(), cut.config)
        values = [getattr(engine.on_tick(*row), name)
                  for row in zip(*(c.tolist() for c in columns), strict=True)]
        assert all(math.isnan(v) for v in values[:first]) and set(values[first:]) == {0.5}


def test_hurst_of_a_cycle_that_no_lag_divides_is_measured():
    price = cycle(7, 1.0)
    got = Engine(kernels="hurst", **{"hurst.window": 500}).run(
        1_700_000_000_000_000_000 + np.arange(N), price, np.ones(N), np.ones(N, np.int8))
    want = float(exponent(lagged_differences(price[-500:])))
    assert want != 0.5 and abs(got["hurst_continuous"][-1] - want) < 1e-12
