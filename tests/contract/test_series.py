"""Series kernels: what each says of any output, in the same bits whichever way the ticks come.

Inputs warm up, vanish for a while, move on trades or on quotes; what is not defined is not pushed.
"""

import contextlib
import warnings
from importlib import import_module

import numpy as np
import pytest

from tests.contract.test_bits import bits, cut, joined, tape
from tests.contract.test_clocks import one_by_one, same
from tests.contract.test_clocks import tape as two_clocks
from tickeng import Config, ConfigError, Engine, TickengError, catalogue
from tickeng import kernels as k

SERIES = {kernel["name"]: kernel for kernel in catalogue() if kernel["reads_any"]}
N = 4_000
# Of these the first warms up, the second is undefined here and there, the third now and then.
INPUTS = ("k1(window=64, flow_window=8)", "corr(base.signed_qty, base.log_price, window=2)",
          "leader.leader_price")
FORMS = {
    "sum": ["", "window=1", "window=300, excl=true"],
    "mean": ["", "window=7, warmup=expanding", "window=64, excl=true, warmup=expanding"],
    "std": ["", "window=2", "window=300", "window=64, excl=true"],
    "z": ["", "window=2", "window=200", "window=300, excl=true", "window=40, eps=relative",
          "window=64, warmup=expanding", "window=33, excl=true, warmup=expanding, eps=relative"],
    "rank": ["", "window=1", "window=9, min_count=4", "window=1000"],
    "quantile": ["q=0.9", "window=1", "window=300, q=0.1, excl=true"],
    "median": ["", "window=64", "window=5, warmup=expanding"],
    "lowest": ["", "window=1", "window=300, excl=true"],
    "highest": ["", "window=100, warmup=expanding", "window=33, excl=true"],
    "ema": ["span=19", "alpha=1", "halflife=30", "span=9, warmup=expanding"],
    "lag": ["", "rows=100"],
    "diff": ["", "rows=7"],
    "sample": [""],
    "corr": ["", "window=2", "window=300"],
    "cov": ["", "window=3", "window=100"],
    "beta": ["", "window=1000"],
    "slope": ["", "window=2", "window=4", "window=300"],
}
CASES = [(name, form, i) for name in SERIES for form in FORMS.get(name, [""])
         for i in range(len(INPUTS))]
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def inputs_of(name, i):
    return [INPUTS[(i + j) % len(INPUTS)] for j in range(len(SERIES[name]["inputs"]))]


def text_of(name, form, i):
    given = [*inputs_of(name, i), *([form] if form else [])]
    reads = "; ".join(f"in{j} = {text}" for j, text in enumerate(inputs_of(name, i))
                      if "(" in text)
    return f"y = {name}({', '.join(given)})" + (f"; {reads}" if reads else "")


def feed(n=N):
    """Trades, and a leader that comes in late."""
    columns, (ts_ns, price) = tape(n)
    return columns, (ts_ns[n // 3:], price[n // 3:])


@pytest.mark.parametrize(("name", "form", "i"), CASES)
def test_stream_cuts_and_resumed_agree(name, form, i):
    text = text_of(name, form, i)
    columns, leader = feed()
    whole = Engine(kernels=text).run(*columns, leader=leader)
    want = bits(whole)
    assert np.isfinite(whole["y"]).any() or (name, form) == ("corr", "window=1000")
    resumed, frames = Engine(kernels=text), []
    edges = [0, 1, 2, 63, 64, 255, 256, 257, 700, 1101, 1333, 1336, 2000, 2600, 3001, N]
    for part, ticks in cut(columns, (leader[0][:0], leader[1][:0]), edges):
        until = np.searchsorted(leader[0], part[0][-1] + 1)
        ticks = leader[0][:until], leader[1][:until]
        leader = leader[0][until:], leader[1][until:]
        frames.append(resumed.run(*part, leader=ticks))
        resumed = Engine.from_state(resumed.state(), resumed.config)
    assert joined(frames) == want
    columns, leader = feed()
    streamed = Engine(kernels=text)
    streamed.run(*(c[:0] for c in columns), leader=leader)
    rows = zip(*(c.tolist() for c in columns), strict=True)
    got = np.array([streamed.on_tick(*row).y for row in rows])
    assert got.tobytes() == want["y"]
    assert streamed.health == resumed.health


@pytest.mark.parametrize(("name", "form", "i"), CASES)
def test_every_series_is_its_reference(name, form, i):
    columns, leader = feed(2_500)
    names = [f"in{j}" for j in range(len(SERIES[name]["inputs"]))]
    reads = "; ".join(f"{n} = {text}" if "(" in text else "leader"
                      for n, text in zip(names, inputs_of(name, i), strict=True))
    frame = Engine(kernels=f"{text_of(name, form, i).partition(';')[0]}; {reads}").run(
        *columns, leader=leader)
    given = [np.asarray(frame[n] if n in frame else frame["leader_price"]) for n in names]
    params = dict(part.split("=") for part in form.split(", ")) if form else {}
    told = {word: value == "true" if word == "excl" else value if word in ("warmup", "eps")
            else float(value) if word in ("q", "span", "alpha", "halflife") else int(value)
            for word, value in params.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        want = import_module(f"tests.reference.series.{name}").reference(*given, **told)
    got = frame["y"]
    np.testing.assert_array_equal(np.isnan(got), np.isnan(want))
    scale = 1.0 if name in ("corr", "rank") else np.nanmax(np.abs(given[-1]))
    bound = 1e-11 * np.maximum(scale, np.abs(want)) if name not in ("z", "beta") else (
        1e-8 * np.maximum(1, np.abs(want)))  # sigma of what nearly stands still
    assert (np.abs(got - want) <= bound)[~np.isnan(want)].all()


def test_every_series_kernel_is_tried():
    assert set(FORMS) == set(SERIES)


@pytest.mark.parametrize("name", SERIES)
def test_warm_up_is_the_declared_index(name):
    columns, _ = tape(3_000)
    form = FORMS.get(name, [""])[0]
    text = text_of(name, form, 0).partition(";")[0].replace(INPUTS[1], "base.log_price")
    engine = Engine(kernels=text)
    frame = engine.run(*columns)
    index = engine.warmup["y"]
    assert np.isnan(frame["y"][:index]).all() and np.isfinite(frame["y"][index])


@pytest.mark.parametrize("rows", ["trade", "quote"])
def test_a_series_moves_with_its_input(rows):
    bought, quoted = two_clocks(7)
    text = ("a = z(mid, window=40); b = lag(spread, rows=3); c = mean(trade_flow, window=9); "
            "d = corr(mid, spread, window=30); e = sum(mid, window=5, on=trade); mid_spread")
    frame = Engine(kernels=text).run(trades=bought, quotes=quoted, rows=rows)
    alone = one_by_one(text, bought, quoted, rows)
    engine = Engine(kernels=text, warmup="expanding")
    same(alone, engine.run(trades=bought, quotes=quoted, rows=rows))
    assert [node["clocks"] for node in Config({"kernels": text}).nodes()
            if node["kernel"] in ("z", "mean", "sum")] == [["quote"], ["trade"], ["trade"]]
    assert np.isfinite(frame["a"]).any() and np.isfinite(frame["e"]).any()


def test_a_breakout_is_above_the_highest_before():
    columns, _ = tape(500)
    frame = Engine(kernels="h = highest(base.log_price, window=20, excl=true); base").run(*columns)
    x, want = frame["log_price"], np.full(500, np.nan)
    for n in range(20, 500):
        want[n] = x[n - 20:n].max()
    np.testing.assert_array_equal(frame["h"], want)


def test_golden_values():
    ts = 10**18 + np.arange(4)
    trades = ts, np.ones(4), [1.0, 2.0, 3.0, 4.0], np.ones(4, np.int8)
    frame = Engine(kernels="z(base.signed_qty, window=4); r = z(base.signed_qty, window=4, "
                           "eps=relative)").run(*trades)
    assert frame["z"][3] == pytest.approx(1.341640774, abs=1e-9)
    assert frame["r"][3] == pytest.approx(1.341640756, abs=1e-9)
    slope = Engine(kernels="slope(base.signed_qty, window=4)").run(
        ts, np.ones(4), [1.0, 2.0, 2.0, 5.0], np.ones(4, np.int8))
    assert slope["slope"][3] == pytest.approx(1.2, abs=1e-15)
    ten = Engine(kernels="quantile(base.signed_qty, window=10, q=0.9)").run(
        10**18 + np.arange(10), np.ones(10), np.arange(1.0, 11.0), np.ones(10, np.int8))
    assert ten["quantile"][9] == pytest.approx(9.1, abs=1e-15)


def test_what_does_not_vary_has_no_score_and_no_correlation():
    n = np.arange(900)
    columns = 10**18 + n, np.full(900, 7.0), np.where(n < 100, n, 5.0), np.ones(900, np.int8)
    frame = Engine(kernels="v = z(base.signed_qty, window=64); r = corr(base.signed_qty, "
                           "base.log_price, window=9); c = cov(base.log_price, base.signed_qty)"
                   ).run(*columns)
    assert not frame["v"][163:].any() and np.isnan(frame["r"]).all()
    assert not frame["c"][19:].any()


@pytest.mark.parametrize(("text", "word"), [
    ("z", "z reads no number of its own"), ("a = corr(k1)", "corr reads 2 outputs, here are 1"),
    ("a = corr(y=k1)", "nothing says what x is; write corr(k1, k3)"),
    ("mean(k1, 20)", "a parameter goes by its name, as window=20"),
    ("ema(k1)", "exactly one of span, halflife, alpha and tau"),
    ("ema(k1, span=3, alpha=0.1)", "exactly one of"), ("ema(k1, span=0.5)", "at least 1"),
    ("z = k1", "z is a kernel's name"), ("a = signal(k1=z)", "z reads no number"),
    ("a = corr(k1, mid)", "reads outputs of several clocks"),
    ("x = k1; mean(x=base)", "base is no output"),
    ("rank(k1, window=65537)", "out of bounds")])
def test_what_cannot_be_is_refused(text, word):
    with pytest.raises(ConfigError) as error:
        Engine(kernels=text)
    assert word in str(error.value)


def test_objects_and_settings():
    node = k.z(k.k1(window=64), window=200, name="slow")
    assert str(node) == "slow = z(k1(window=64), window=200)"
    columns, _ = tape(2_000)
    text = Engine(kernels="slow = z(k1(window=64))", **{"slow.window": 200})
    assert text.run(*columns)["slow"].tobytes() == node.run(*columns)["slow"].tobytes()
    assert Config({"slow.window": 200}, kernels="slow = z(k1)").hash == Config(
        kernels="z(k1, window=200)").hash != Config(kernels="z(k1)").hash
    stream = k.mean(k.mid_spread.mid, window=2).stream()
    at = 1_700_000_000_000_000_000
    assert np.isnan(stream.update(at, 1.0, 1.0, 3.0, 1.0))
    assert stream.update(at, 3.0, 1.0, 5.0, 1.0) == 3.0


def test_health_speaks_of_z():
    columns, _ = tape(2_000)
    engine = Engine(kernels="small = z(impact(norm_window=9), window=50)")
    engine.run(columns[0], columns[1], columns[2] * 1e9, columns[3])
    assert engine.health["small"].flagged


def test_a_damaged_state_is_an_error():
    columns, _ = tape(600)
    for name in FORMS:
        form = {"ema": "span=9", "lag": "rows=400", "diff": "rows=400",
                "sample": ""}.get(name, "window=400")
        reads = ", ".join(["base.log_price"] * len(SERIES[name]["inputs"]))
        engine = Engine(kernels=f"y = {name}({reads}, {form})")
        engine.run(*columns)
        state = engine.state()
        for place in range(state.index(name.encode(), 200) + len(name), len(state), 97):
            damaged = bytearray(state)
            damaged[place] ^= 0xFF
            with contextlib.suppress(TickengError):
                Engine.from_state(bytes(damaged), engine.config)._feed(*(c[-9:] for c in columns))
