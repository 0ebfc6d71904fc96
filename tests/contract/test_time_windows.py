"""Windows by time: what is in (t - D, t], on tapes that are hard on them, the same bits every way.

Equal times, gaps of hours, crowds that overflow; cut anywhere, resumed with windows part full and
overflowed, on several threads that begin in the middle.
"""

import itertools
from datetime import timedelta
from importlib import import_module

import numpy as np
import pytest

from tests.contract.test_bits import bits, joined
from tests.reference import without_leader
from tests.reference.trade_imbalance import ratios
from tickeng import Config, ConfigError, Engine, TickengError, catalogue
from tickeng import kernels as k

START, SECOND = 1_700_000_000 * 10**9, 10**9
N = 6_000
STEPS = {
    "even": lambda rng: np.full(N, 10**7),
    "random": lambda rng: rng.exponential(2e7, N).astype(np.int64),
    "equal times": lambda rng: np.where(rng.random(N) < 0.01, 3 * 10**8, 0),
    "gaps": lambda rng: np.where(rng.random(N) < 0.005, 3 * 3600 * SECOND,
                                 rng.integers(0, 10**7, N)),
    "crowds": lambda rng: np.where(np.arange(N) // 1500 % 2, 10**5, 10**8),
    "on the grid": lambda rng: rng.choice([0, 5 * 10**8, SECOND], N),
    "one a window": lambda rng: rng.choice([SECOND, 2 * SECOND, 2 * SECOND - 1], N),
}
FORMS = ["window=2s", "window=300ms, max_rows=40", "window=1h, warmup=expanding",
         "window=2s, max_rows=1300, warmup=expanding", "window=1ns", "window=100"]


def tape(name):
    rng = np.random.default_rng(len(name))
    ts = START + np.cumsum(STEPS[name](rng).astype(np.int64))
    qty = np.round(rng.lognormal(0, 2, N), 3)
    qty[rng.random(N) < 0.02] = 0.0
    qty[N // 3] = 1e12
    return ts, np.full(N, 100.0), qty, rng.choice([-1, 0, 1], N).astype(np.int8)


def text(form):
    return f"y = trade_imbalance({form}); b = buy_ratio({form})"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", STEPS)
def test_it_is_its_reference_in_every_way(name, form):
    columns = tape(name)
    engine = Engine(kernels=text(form))
    whole = engine.run(*columns)
    want = bits(whole)
    params = dict(part.split("=") for part in form.split(", "))
    window = params["window"]
    window = int(window) if window.isdigit() else window
    spans = {"2s": 2 * SECOND, "300ms": 3 * 10**8, "1h": 3600 * SECOND, "1ns": 1}
    span = f"{spans[window]}ns" if isinstance(window, str) else window
    expected = ratios(without_leader(*columns), span, int(params.get("max_rows", 1 << 20)),
                      params.get("warmup", "strict")).astype(float)
    np.testing.assert_array_equal(np.isnan(whole["y"]), np.isnan(expected))
    np.testing.assert_allclose(whole["y"], expected, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(whole["b"], (1 + whole["y"]) / 2)

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


def test_long_tapes_go_in_chunks():
    n = 200_000
    rng = np.random.default_rng(2)
    columns = (START + np.cumsum(rng.exponential(5e6, n).astype(np.int64)), np.full(n, 100.0),
               rng.exponential(size=n), rng.choice([-1, 0, 1], n).astype(np.int8))
    kernels = "trade_imbalance; t = trade_imbalance(window=300ms); toxicity; k3(window=64)"
    one, many = Engine(kernels=kernels), Engine(kernels=kernels)
    assert bits(one.run(*columns)) == bits(many.run(*columns, workers=3))
    assert many._chunks >= 3 and one.state() == many.state() and one.health == many.health


SERIES = {
    "sum": ["window=2s", "window=300ms, max_rows=40", "window=1h, warmup=expanding"],
    "mean": ["window=2s, max_rows=1300", "window=1ns, warmup=expanding"],
    "lag": ["time=2s", "time=300ms, max_rows=40", "time=1ns", "time=1h, max_rows=700"],
    "diff": ["time=2s"],
}


@pytest.mark.parametrize(("kernel", "form"), [(x, f) for x, forms in SERIES.items() for f in forms])
@pytest.mark.parametrize("name", STEPS)
def test_series_by_time_are_their_references_in_every_way(name, kernel, form):
    """Over an input that is undefined now and then."""
    columns = tape(name)
    kernels = f"x = corr(base.signed_qty, base.dt_s, window=2); y = {kernel}(x, {form})"
    engine = Engine(kernels=kernels)
    whole = engine.run(*columns)
    want, x = bits(whole), whole["x"]
    params = dict(part.split("=") for part in form.split(", "))
    span = {"2s": 2 * SECOND, "300ms": 3 * 10**8, "1h": 3600 * SECOND, "1ns": 1}[
        params.get("window") or params["time"]]
    told = {"max_rows": int(params.get("max_rows", 1 << 20))}
    if "warmup" in params:
        told["warmup"] = params["warmup"]
    made = import_module(f"tests.reference.series.{kernel.replace('diff', 'lag')}")
    expected = made.by_time(x, columns[0], span, **told)
    if kernel == "diff":
        expected = x - expected
    np.testing.assert_allclose(whole["y"], expected.astype(float), rtol=0, atol=1e-9)

    rng = np.random.default_rng(6)
    edges = [0, *sorted(rng.choice(np.arange(1, N), 25, replace=False).tolist()), N]
    resumed, frames = Engine(kernels=kernels), []
    for a, b in itertools.pairwise(edges):
        frames.append(resumed.run(*(c[a:b] for c in columns)))
        resumed = Engine.from_state(resumed.state()) if a % 2 else resumed.copy()
    assert joined(frames) == want
    streamed = Engine(kernels=kernels)
    got = [streamed.on_tick(*row).y for row in zip(*(c.tolist() for c in columns), strict=True)]
    assert np.array(got).tobytes() == want["y"]
    for other in (resumed, streamed):
        assert other.health == engine.health and other.state() == engine.state()


def test_a_lag_by_time_goes_in_chunks():
    n = 100_000
    rng = np.random.default_rng(3)
    steps = rng.exponential(5e6, n).astype(np.int64)
    steps[rng.random(n) < 0.001] = 3600 * SECOND
    columns = (START + np.cumsum(steps), np.exp(1e-3 * rng.standard_normal(n).cumsum()),
               rng.exponential(size=n), rng.choice([-1, 0, 1], n).astype(np.int8))
    kernels = ("a = lag(base.log_price, time=2s); b = diff(lag(trade_flow, rows=3), time=300ms); "
               "c = lag(a, time=1s); trade_imbalance(window=1s)")
    one = Engine(kernels=kernels)
    want = bits(one.run(*columns))
    for workers in (2, 4):
        many = Engine(kernels=kernels)
        assert bits(many.run(*columns, workers=workers)) == want
        assert many._chunks >= 2 and one.state() == many.state()


def test_a_window_that_overflows_says_so_and_recovers():
    columns = tape("crowds")
    engine = Engine(kernels="y = trade_imbalance(window=1s, max_rows=64)")
    y = engine.run(*columns)["y"]
    assert np.isnan(y[1600:2900]).all() and np.isfinite(y[1200:1500]).all()
    assert np.isfinite(y[3100:4400]).all()
    assert 0.3 < engine.health["y"].overflow < 0.6


def test_golden_value_and_neutral_ones():
    engine = Engine(kernels="trade_imbalance(window=2s); buy_ratio", warmup="expanding")
    rows = [engine.on_tick(START + i, 1.0, q, s) for i, (q, s) in enumerate(
        [(2.0, 1), (1.0, -1), (1.0, 1)])]
    assert (rows[-1].trade_imbalance, rows[-1].buy_ratio) == (0.5, 0.75)
    quiet = engine.on_tick(START + 9 * SECOND, 1.0, 0.0, 1)
    assert (quiet.trade_imbalance, quiet.buy_ratio) == (0.0, 0.5)
    unknown = engine.on_tick(START + 9 * SECOND, 1.0, 3.0, 0)
    assert (unknown.trade_imbalance, unknown.buy_ratio) == (0.0, 0.5)
    edge = engine.on_tick(START + 11 * SECOND, 1.0, 1.0, 1)  # what came 2 s before is out
    assert edge.trade_imbalance == 1.0


def test_a_length_is_rows_or_time_in_every_notation():
    def digest(**settings):
        return Config(settings, kernels="trade_imbalance").hash

    key = "trade_imbalance.window"
    default = Config(kernels="trade_imbalance").hash
    assert digest(**{key: "2000ms"}) == digest(**{key: timedelta(seconds=2)}) == default
    assert digest(**{key: 200}) == digest(**{key: "200"}) != default
    assert digest(**{key: "2.5s"}) == digest(**{key: "2500ms"}) != digest(**{key: "2s"})
    assert Config({key: "0.3s"})[key] == "300ms"
    a = Config(kernels="ti_2s = trade_imbalance(window=5s)").hash
    assert a == Config({"ti_2s.window": "5s"}, kernels="ti_2s = trade_imbalance").hash
    assert str(k.trade_imbalance(window="2s", name="ti")) == "ti = trade_imbalance(window=2s)"
    node = k.trade_imbalance(window=timedelta(milliseconds=300))
    assert Config({"kernels": [node]}).nodes()[0]["computes"].count("window=300ms") == 1


def test_what_cannot_be_is_refused():
    for value in ("0s", "1.5ns", "200d", "x", "-5", 0, -2, 1.5):
        with pytest.raises(ConfigError, match="expected rows from 1 to 16777216, or a duration"):
            Config({"trade_imbalance.window": value})
    for text_, word in (("trade_imbalance(window=2.0)", "a count of rows or a duration, as 2s"),
                        ("trade_imbalance(window=-2s)", "a count of rows or a duration"),
                        ("trade_imbalance(window=105d)", "at most 104 days"),
                        ("trade_imbalance(window=0)", "out of bounds"),
                        ("trade_flow(window=2s)", "window is an integer"),
                        ("lag(k1, time=5)", "time is a duration, as 300ms"),
                        ("lag(k1, rows=2, time=1s)", "rows= or time=, not both"),
                        ("sum(k1, window=2s, excl=true)", "goes with a window in rows")):
        with pytest.raises(ConfigError) as error:
            Engine(kernels=text_)
        assert word in str(error.value)


def test_warm_up_and_memory_are_told_in_rows_and_time():
    engine = Engine(kernels="a = trade_imbalance(window=300ms); b = trade_imbalance(window=50); k1")
    assert engine.warmup == {"a": 0, "b": 49, "k1": 1086}
    assert engine.warmup_ns == {"a": 300_000_000}
    nodes = {name: node["memory"] for node in engine.config.nodes()
             for name in (*node["names"], node["name"])}
    assert nodes["a"] == "finite(600ms)" and nodes["b"] == "finite(50 rows)"
    reach = {kernel["name"]: (kernel["memory"], kernel["reach"]) for kernel in catalogue()}
    assert reach["trade_imbalance"] == ("finite", "finite(4s)")
    assert reach["k3"][0] == "anchored" and reach["ema"] == ("serial", "serial")
    assert reach["mid_spread"] == ("none", "none")


def test_damaged_windows_are_errors_not_crashes():
    columns = tape("random")
    engine = Engine(kernels="trade_imbalance(max_rows=90)")
    engine.run(*(c[:500] for c in columns))
    state = engine.state()
    begin = state.rindex(b"trade_imbalance") + 15
    for place in range(begin, len(state), 7):
        for flip in (0xFF, 0x01):
            damaged = bytearray(state)
            damaged[place] ^= flip
            try:
                survivor = Engine.from_state(bytes(damaged), engine.config)
                survivor._feed(*(c[500:900] for c in columns))
            except TickengError:
                continue
