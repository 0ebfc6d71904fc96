"""ema(x, tau=2s): weights in time, of rows that count once or for as long as they stood."""

import contextlib
import itertools

import numpy as np
import pytest

from tests.contract.test_bits import bits, joined
from tests.contract.test_clocks import one_by_one, same
from tests.contract.test_clocks import tape as two_clocks
from tests.contract.test_time_windows import SECOND, START, STEPS, tape
from tests.golden import test_clock_tape
from tests.reference import Real
from tests.reference.series.ema import by_time
from tickeng import Config, ConfigError, Engine, TickengError

N = 2_500
SPANS = {"2s": 2 * SECOND, "300ms": 3 * 10**8, "1h": 3600 * SECOND, "1ns": 1}
FORMS = ["tau=2s", "tau=300ms, weights=time", "tau=1h, warmup=expanding", "tau=1ns",
         "tau=2s, weights=time, warmup=expanding", "tau=1h, weights=time, warmup=expanding"]
HALF_A_DAY = 12 * 3600 * SECOND


def told(form):
    params = dict(part.split("=") for part in form.split(", "))
    return {"tau": SPANS[params["tau"]], "held": params.get("weights") == "time",
            "warmup": params.get("warmup", "strict")}


def series(ts, x, form):
    """Of values that a price cannot have."""
    return Engine(kernels=f"y = ema(trade.qty*trade.side, {form})").run(
        ts, np.ones(len(x)), np.abs(x), np.sign(x).astype(np.int8))["y"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", STEPS)
def test_it_is_its_reference_in_every_way(name, form):
    """Over an input that is undefined now and then."""
    columns = [column[:N] for column in tape(name)]
    kernels = f"x = corr(base.signed_qty, base.dt_s, window=2); y = ema(x, {form})"
    engine = Engine(kernels=kernels)
    whole = engine.run(*columns)
    want = bits(whole)
    expected = by_time(whole["x"], columns[0], **told(form))
    np.testing.assert_allclose(whole["y"], expected, rtol=0, atol=1e-13)

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
    many = Engine(kernels=kernels)
    assert bits(many.run(*columns, workers=2)) == want
    for other in (resumed, streamed, many):
        assert other.state() == engine.state()


@pytest.mark.parametrize("rows", ["trade", "quote"])
def test_on_quotes_a_value_counts_as_long_as_it_stood(rows):
    bought, quoted = two_clocks(21)
    text = ("a = ema(spread, tau=300ms); b = ema(spread, tau=300ms, weights=rows); "
            "c = ema(spread, tau=300ms, on=trade); d = ema(trade.price, tau=300ms, on=quote); "
            "e = ema(trade.price, tau=300ms); g = timer(period=100ms); f = ema(mid, tau=1s, on=g)")
    frame = Engine(kernels=text, warmup="expanding").run(trades=bought, quotes=quoted, rows=rows)
    alone = one_by_one(text, bought, quoted, rows)
    same(alone, frame)
    same(alone, one_by_one(text, bought, quoted, rows, cut=1500))
    told = {node["names"][0]: node["computes"] for node in Config(kernels=text).nodes()
            if node["kernel"] == "ema"}
    assert {name: said.partition("weights=")[2][0] for name, said in told.items()} == {
        "a": "2", "b": "1", "c": "1", "d": "2", "e": "1", "f": "1"}
    if rows == "quote":
        x = Engine(kernels="mid_spread").run(trades=bought, quotes=quoted, rows=rows)["spread"]
        is_tick = ~(quoted["bid"] >= quoted["ask"])  # a crossed quote is none
        for name, held in (("a", True), ("b", False)):
            want = by_time(np.where(is_tick, x, np.nan), quoted["ts_ns"], 3 * 10**8, held,
                           "expanding")
            np.testing.assert_allclose(frame[name][is_tick], want[is_tick], rtol=0, atol=1e-14)


def test_on_books_too_and_what_is_equal_is_one():
    hashes = {Config(kernels=text).hash for text in (
        "ema(depth_imbalance_1, tau=1s)", "ema(depth_imbalance_1, tau=1000ms, weights=time)")}
    assert len(hashes) == 1
    assert Config(kernels="ema(k1, tau=1s)").hash == Config(
        kernels="ema(k1, tau=1s, weights=rows)").hash != Config(
        kernels="ema(k1, tau=1s, weights=time)").hash


def test_golden_values():
    bought, quoted = test_clock_tape.tape()
    text = "mid_spread; q = ema(trade.qty, tau=200ms); s = ema(spread_bps, tau=200ms)"
    engine = {"kernels": text, "warmup": "expanding"}
    frame = Engine(**engine).run(trades=bought, quotes=quoted)
    want = [1, 1.562176501, 1.333310719, 2.00270229, 2.001527289, 1.676457684, 1.440651189]
    np.testing.assert_allclose(frame["q"], want, rtol=1e-9)
    frame = Engine(**engine).run(trades=bought, quotes=quoted, rows="quote")
    test_clock_tape.check(frame, {"s": [np.nan, 20, 20, 19.98602568, None, 19.96631953]})
    strict = Engine(kernels=text).run(trades=bought, quotes=quoted)
    assert np.isfinite(strict["q"]).tolist() == [False] * 4 + [True] * 3  # 200 ms from that of 10


def test_warm_up_is_the_declared_time():
    engine = Engine(kernels="a = ema(trade.price, tau=2s); b = ema(trade.price, tau=2s, "
                            "weights=time); c = ema(trade.price, span=3)")
    assert engine.warmup == {"a": 0, "b": 1, "c": 1} and engine.warmup_ns == {
        "a": 2 * SECOND, "b": 2 * SECOND}
    ts = START + np.array([0, 1, 2 * SECOND - 1, 2 * SECOND, 3 * SECOND])
    frame = engine.run(ts, np.ones(5), np.ones(5), np.ones(5, np.int8))
    assert np.isfinite(frame["a"]).tolist() == [False] * 3 + [True] * 2
    assert np.isfinite(frame["b"]).tolist() == [False] * 3 + [True] * 2
    early = Engine(kernels="b = ema(trade.price, tau=2s, weights=time)", warmup="expanding")
    assert early.warmup == {"b": 1} and early.warmup_ns == {}


@pytest.mark.parametrize("form", ["tau=2s", "tau=2s, weights=time"])
def test_a_constant_stays_itself_and_a_long_gap_leaves_the_last_value_alone(form):
    rng = np.random.default_rng(1)
    ts = START + np.cumsum(rng.choice([0, 1, 10**6, SECOND, HALF_A_DAY], 5_000))
    x = np.full(5_000, 1_234_567.1)
    y = series(ts, x, f"{form}, warmup=expanding")
    assert set(y[np.isfinite(y)]) == {1_234_567.1} and np.isfinite(y[-4_000:]).all()
    x = rng.normal(size=500)
    y = series(START + np.arange(500) * HALF_A_DAY, x, form)
    np.testing.assert_array_equal(y[1:], x[:-1] if "time" in form else x[1:])


@pytest.mark.parametrize("form", ["tau=2s", "tau=2s, weights=time"])
def test_the_largest_values_neither_overflow_nor_stay(form):
    ts = START + np.arange(900) * (SECOND // 100)
    x = np.where(np.arange(900) % 2, 1e300, -1e300)
    x[599:] = 3.0
    ts[600:] += HALF_A_DAY
    y = series(ts, x, form)
    assert (np.abs(y[250:600]) <= 1e298 * 2).all() and np.isfinite(y[250:]).all()
    assert (y[601:] == 3.0).all()
    top = np.float64(1.7e308)
    frame = Engine(kernels=f"y = ema(trade.side * 1e9 * trade.qty, {form})").run(
        ts[:600], np.ones(600), np.full(600, top / 1e9), np.where(x[:600] > 0, 1, -1))
    assert np.isfinite(frame["y"][250:]).all()


@pytest.mark.parametrize("form", ["tau=1s", "tau=1s, weights=time", "tau=1h", "tau=5ms"])
def test_roundings_do_not_pile_up_in_a_crowd(form):
    """A million rows in a time constant, beside a level that is a billion times what moves."""
    n = 60_000
    rng = np.random.default_rng(4)
    ts = START + np.cumsum(rng.integers(0, 2_000, n))
    x = 1e9 + rng.normal(size=n) * 1e-3 + np.linspace(0, 1, n)
    span = {"1s": SECOND, "1h": 3600 * SECOND, "5ms": 5 * 10**6}[form.split(",")[0][4:]]
    held = "time" in form
    total, weight = Real(0), Real(0)
    want = []
    away = x.astype(Real) - Real(1e9)
    for i in range(n):
        u = -np.expm1(-Real(ts[i] - ts[i - 1]) / Real(span)) if i else Real(0)
        add = u if held else Real(1)
        total += -u * total + add * (away[i - 1] if held else away[i])
        weight += -u * weight + add
        want.append(total / weight if weight else Real(np.nan))
    y = series(ts, x, f"{form}, warmup=expanding")
    off = np.abs((y.astype(Real) - Real(1e9)) - np.array(want))[2:]
    assert off.max() <= 1.01 * np.spacing(1e9) / 2


def test_what_cannot_be_is_refused():
    for text, word in (("ema(k1)", "exactly one of span, halflife, alpha and tau"),
                       ("ema(k1, span=3, tau=2s)", "exactly one of"),
                       ("ema(k1, span=3, weights=time)", "weights= with tau="),
                       ("ema(k1, tau=2)", "tau is a duration, as 300ms"),
                       ("ema(trade.price - mid, tau=2s)", "reads outputs of several clocks")):
        with pytest.raises(ConfigError) as error:
            Engine(kernels=text)
        assert word in str(error.value)


@pytest.mark.parametrize("form", ["tau=2s", "tau=2s, weights=time"])
def test_a_damaged_state_is_an_error(form):
    columns = tape("random")
    engine = Engine(kernels=f"y = ema(trade.qty, {form})")
    engine.run(*(c[:600] for c in columns))
    state = engine.state()
    for place, flip in itertools.product(range(state.rindex(b"ema"), len(state)), (0xFF, 0x80)):
        damaged = bytearray(state)
        damaged[place] ^= flip
        with contextlib.suppress(TickengError):
            Engine.from_state(bytes(damaged), engine.config)._feed(*(c[-9:] for c in columns))
