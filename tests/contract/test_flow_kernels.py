"""Price momentum, Amihud, CVD, VPIN and Kyle's lambda against their references on hostile tapes.

Relative errors, where the tests over the whole registry ask for absolute ones; every parameter; and
the same bits in a stream, in pieces that are saved and loaded, and where it may be, in chunks.
"""

import itertools
import math
from importlib import import_module

import numpy as np
import pytest

from tests.contract.test_bits import bits, joined
from tests.reference import kyle_lambda, without_leader
from tickeng import Engine, TickengError

START, SECOND, N = 1_700_000_000 * 10**9, 10**9, 3_000
FORMS = {
    "price_momentum": [{}, {"scale_1": 1, "scale_2": 7, "scale_3": 7, "scale_4": 300}],
    "amihud": [{}, {"window": 1}, {"window": 300, "floor": 0.0},
               {"window": 64, "floor": 1e-9, "warmup": "expanding"}],
    "cvd": [{}, {"reset": "never"}],
    "vpin": [{"bucket": 25.0, "window": 10}, {"bucket": 0.5, "window": 1, "rank_window": 40},
             {"bucket": 3.7, "window": 33, "rank_window": 300, "min_count": 1}],
    "kyle_lambda": [{"interval": 7}, {"interval": 1, "window": 3}, {"interval": 20, "window": 40}],
}
CASES = [(name, form) for name, forms in FORMS.items() for form in forms]
BOUND = {"price_momentum": 1e-15, "amihud": 1e-14, "cvd": 2.5e-16, "vpin": 1e-13,
         "kyle_lambda": 1e-11}


def plain(rng):
    steps = rng.exponential(2e8, N).astype(np.int64)
    price = 100 + np.round(np.cumsum(rng.normal(0, 0.02, N)), 2)
    qty = np.round(rng.exponential(1, N), 3)
    return steps, price, qty, rng.choice([-1, 0, 1], N)


def still(rng):
    steps, price, qty, side = plain(rng)
    price[500:1500] = price[500]
    steps[800:1200] = 0
    return steps, price, qty, side


def one_side(rng):
    steps, price, qty, side = plain(rng)
    side[200:] = 1
    side[1500:2000] = 0
    return steps, price, qty, side


def nothing(rng):
    steps, price, qty, side = plain(rng)
    qty[300:400] = 0.0
    qty[rng.random(N) < 0.3] = 0.0
    return steps, price, qty, side


def gaps(rng):
    steps, price, qty, side = plain(rng)
    steps[rng.random(N) < 0.01] = 7 * 3600 * SECOND
    return steps, price, qty, side


def large(rng):
    """Lots of a million buckets and prices of any size."""
    steps, price, qty, side = plain(rng)
    qty[rng.random(N) < 0.01] *= 1e7
    price *= np.exp(rng.normal(0, 20, N) * (rng.random(N) < 0.05))
    return steps, price, qty, side


def lots(rng):
    """Whole lots, which fill buckets exactly."""
    steps, price, _, side = plain(rng)
    return steps, price, rng.integers(0, 9, N).astype(float), side


TAPES = (plain, still, one_side, nothing, gaps, large, lots)


def tape(make):
    steps, price, qty, side = make(np.random.default_rng(TAPES.index(make)))
    return START + np.cumsum(steps), price, qty, side.astype(np.int8)


def text(name, form):
    return f"{name}({', '.join(f'{key}={value}' for key, value in form.items())})"


def scale_of(column, want, trades, form):
    """What an error is measured by: the value, or what it is made of where that cancels."""
    if column == "kyle_lambda":
        form = {"interval": 50, "window": 100} | form
        return np.maximum(abs(want), kyle_lambda.held(
            trades, form["interval"], form["window"],
            lambda dp, q: dp.std() / q.std() if q.std() else 1, 1))
    least = {"vpin": 1e-3, "kyle_lambda_t": 1}.get(column.removesuffix("_nowcast"), 0)
    return np.maximum(abs(want), least)


@pytest.mark.parametrize("make", TAPES, ids=lambda make: make.__name__)
@pytest.mark.parametrize(("name", "form"), CASES, ids=[text(*case) for case in CASES])
def test_it_is_its_reference(name, form, make):
    columns = tape(make)
    frame = Engine(kernels=f"x = {text(name, form)}").run(*columns)
    trades = without_leader(*columns)
    wanted = import_module(f"tests.reference.{name}").reference(trades, **form)
    for column, want in wanted.items():
        got = frame[f"x_{column}" if len(wanted) > 1 else "x"]
        np.testing.assert_array_equal(np.isnan(got), np.isnan(want), column)
        if column == "kyle_lambda_t":  # through the correlation that it stands for
            got, want = (t / np.sqrt(form.get("window", 100) - 2 + t**2) for t in (got, want))
        scale = scale_of(column, want, trades, form)
        error = abs(got - want) / np.where(scale == 0, 1, scale)
        assert not (error > BOUND[name]).any(), column


@pytest.mark.parametrize("make", TAPES, ids=lambda make: make.__name__)
@pytest.mark.parametrize(("name", "form"), CASES, ids=[text(*case) for case in CASES])
def test_every_way_gives_the_same_bits(name, form, make):
    columns, kernels = tape(make), text(name, form)
    engine = Engine(kernels=kernels)
    want = bits(engine.run(*columns))
    rng = np.random.default_rng(6)
    edges = [0, 1, *sorted(rng.choice(np.arange(2, N), 25, replace=False).tolist()), N]
    resumed, frames = Engine(kernels=kernels), []
    for a, b in itertools.pairwise(edges):
        frames.append(resumed.run(*(c[a:b] for c in columns)))
        resumed = Engine.from_state(resumed.state()) if a % 2 else resumed.copy()
    assert joined(frames) == want
    streamed = Engine(kernels=kernels)
    rows = [streamed.on_tick(*row) for row in zip(*(c.tolist() for c in columns), strict=True)]
    for column in want:
        assert np.array([getattr(row, column) for row in rows], np.dtype(
            "u1" if column == "status" else float)).tobytes() == want[column], column
    assert resumed.state() == streamed.state() == engine.state()


@pytest.mark.parametrize("kernels", [
    "price_momentum", "amihud", "kyle_lambda", "kyle_lambda(interval=7, window=50)",
    "price_momentum; amihud(window=1000); kyle_lambda(interval=3, window=777)"])
def test_a_long_tape_goes_in_chunks(kernels):
    n = 120_000
    rng = np.random.default_rng(2)
    columns = (START + np.cumsum(rng.exponential(5e6, n).astype(np.int64)),
               np.exp(1e-3 * rng.standard_normal(n).cumsum()), rng.exponential(size=n),
               rng.choice([-1, 0, 1], n).astype(np.int8))
    one = Engine(kernels=kernels)
    want = bits(one.run(*columns))
    for workers in (2, 3, 4):
        many = Engine(kernels=kernels)
        assert bits(many.run(*columns, workers=workers)) == want
        assert many._chunks >= workers and many.state() == one.state()


@pytest.mark.parametrize(("kernels", "reach"), [
    ("x = price_momentum", "finite(1001 rows)"), ("x = price_momentum(scale_1=5000)",
                                                 "finite(5001 rows)"),
    ("x = amihud", "finite(51 rows)"), ("x = amihud(floor=0)", "serial"), ("x = cvd", "serial"),
    ("x = vpin", "serial"), ("x = kyle_lambda", "finite(5051 rows)")])
def test_memory_is_told(kernels, reach):
    engine = Engine(kernels=kernels)
    assert [node["memory"] for node in engine.config.nodes()] == [reach]


@pytest.mark.parametrize("name", ["price_momentum", "amihud", "kyle_lambda"])
@pytest.mark.parametrize("form", [0, -1])
def test_no_row_less_than_the_memory_would_do(name, form):
    """An engine that begins as many rows before says the same; the row before these matters."""
    kernels = text(name, FORMS[name][form])
    columns = tape(plain)
    (node,) = Engine(kernels=kernels).config.nodes()
    rows = int(node["memory"].removeprefix("finite(").removesuffix(" rows)"))
    whole = Engine(kernels=kernels).run(*columns)
    at = 2_400 if name != "kyle_lambda" else 2_799  # the last trade of an interval of 7 and of 20
    changed = {}
    for begin in (at - rows + 1, at - rows + 2):
        other = [c.copy() for c in columns]
        other[1][:begin] *= 3.0
        frame = Engine(kernels=kernels).run(*other)
        changed[begin] = any(frame[c][at] != whole[c][at] for c in whole.columns)
    assert list(changed.values()) == [False, True]


def test_cvd_is_exact_where_a_plain_sum_is_not():
    rng = np.random.default_rng(1)
    n = 200_000
    qty = rng.lognormal(0, 8, n)
    qty[1000] = qty[-2] = 1e22
    side = rng.choice([-1, 1], n).astype(np.int8)
    side[1000], side[-2] = 1, -1
    columns = START + np.arange(n), np.full(n, 1.0), qty, side
    got = Engine(kernels="cvd(reset=never)").run(*columns)["cvd"][-1]
    want = math.fsum((qty * side).tolist())
    assert abs(got - want) <= 1e-15 * abs(want)
    assert abs(np.cumsum(qty * side)[-1] - want) > 1e-9 * abs(want)


def test_the_largest_quantities_leave_sums_finite():
    engine = Engine(kernels="cvd(reset=never); amihud; vpin(bucket=1, window=3); "
                            "kyle_lambda(interval=2, window=3)")
    for n in range(400):
        row = engine.on_tick(START + n, 1e300 if n % 2 else 5e-324, 1e300, 1)
    assert row.cvd == pytest.approx(4e302) and row.vpin == 1.0
    for n in range(400):
        row = engine.on_tick(START + 400 + n, 100.0 + n % 3, 1.0, 1 - 2 * (n % 3 % 2))
    assert 0 < row.amihud < 1 and np.isfinite(row.kyle_lambda)


def test_one_trade_of_any_size_closes_the_window_at_most():
    engine = Engine(kernels="vpin(bucket=1e-12, window=10000, min_count=1)")
    assert engine.on_tick(START, 1.0, 1e300, 1).vpin == 1.0
    after = engine.on_tick(START, 1.0, 1e300, 0)
    assert after.vpin == 0.0 and after.vpin_rank == 0.25 and 0 <= after.vpin_nowcast <= 1e-4


def test_a_trade_of_whole_buckets_closes_them_all():
    engine = Engine(kernels="vpin(bucket=4, window=3)")
    assert np.isnan(engine.on_tick(START, 1.0, 8.0, 1).vpin)
    assert engine.on_tick(START, 1.0, 4.0, -1).vpin == 1.0


@pytest.mark.parametrize("name", FORMS)
def test_a_damaged_state_is_an_error_not_a_crash(name):
    columns = tape(plain)
    engine = Engine(kernels=text(name, FORMS[name][-1]))
    engine.run(*(c[:1000] for c in columns))
    state = engine.state()
    survived = 0
    for at in range(state.rindex(name.encode()) + len(name), len(state), 5):
        for flip in (0xFF, 0x01):
            damaged = bytearray(state)
            damaged[at] ^= flip
            try:
                survivor = Engine.from_state(bytes(damaged), engine.config)
                survivor._feed(*(c[1000:1300] for c in columns))
                survived += 1
            except TickengError:
                continue
    assert survived > 10


def test_without_a_floor_amihud_runs_in_one_pass():
    columns = tape(nothing)
    many = [np.tile(c, 20) for c in columns]
    many[0] = START + np.cumsum(np.ones(20 * N, np.int64))
    one, team = Engine(kernels="amihud(floor=0)"), Engine(kernels="amihud(floor=0)")
    assert bits(one.run(*many)) == bits(team.run(*many, workers=3))
    assert team._chunks == 0 and one.state() == team.state()


def test_amihud_of_bars_is_a_formula():
    """The kernel moves on trades; on bars it is a mean of a formula over their columns."""
    columns = tape(plain)
    text_of_bars = ("m = tick_bars(size=7); x = log(m.close); r = diff(x, rows=1); "
                    "f = abs(r) / (m.close * m.volume + 1); y = mean(f, window=30)")
    frame = Engine(kernels=text_of_bars).run(
        trades=dict(zip(("ts_ns", "price", "qty", "side"), columns, strict=True)), rows="m")
    bars = without_leader(frame["ts_ns"], frame["m_close"], frame["m_volume"],
                          np.zeros(len(frame), np.int8))
    want = import_module("tests.reference.amihud").reference(bars, window=30)["amihud"]
    np.testing.assert_allclose(frame["y"], want, rtol=1e-9)
