"""Bars that come as such, and own fills: what kernels see of them, and what is refused."""

import math

import numpy as np
import pytest

from tickeng import ConfigError, DataError, Engine, LateTickError
from tickeng import kernels as k

START = 1_700_000_000_000_000_000
MINUTE = 60 * 10**9
BAR = {"open": 100.0, "high": 102.0, "low": 99.0, "close": 101.0}


def bars_of(trades, period=MINUTE):
    """What time_bars gives of trades, as columns."""
    frame = Engine(kernels="m = time_bars(period=60)").run(trades=trades, rows="m")
    return {"ts_ns": frame["ts_ns"]} | {name: frame[f"m_{name}"] for name in (
        "open", "high", "low", "close", "volume", "signed_volume", "vwap", "trades")}


@pytest.fixture
def trades():
    rng = np.random.default_rng(5)
    return {"ts_ns": START + np.sort(rng.integers(0, 300 * MINUTE, 4000)),
            "price": 100 + np.cumsum(rng.choice([-0.01, 0, 0.01], 4000)),
            "qty": rng.integers(1, 9, 4000).astype(float), "side": rng.choice([-1, 1], 4000)}


def test_bars_that_came_give_what_a_builders_bars_give(trades):
    built = Engine(kernels="m = time_bars(period=60); r = rsi(m); x = adx(m); z1 = z(m.close)")
    want = built.run(trades=trades, rows="m")
    fed = Engine(kernels="r = rsi(bar); x = adx(bar); z1 = z(bar.close)")
    got = fed.run(bars=bars_of(trades), rows="bar")
    for name in got.columns:
        if name != "status":
            np.testing.assert_array_equal(got[name], want[name], name)
    assert np.isfinite(got["r"]).sum() > 200


def test_one_by_one_is_together_and_a_kernel_runs_alone(trades):
    bars = bars_of(trades)
    engine = Engine(kernels="r = rsi(bar, window=5)")
    want = Engine(kernels="r = rsi(bar, window=5)").run(bars=bars, rows="bar")["r"]
    got = [engine.on_event({"kind": "bar"} | {n: c[i].item() for n, c in bars.items()}).r
           for i in range(len(bars["close"]))]
    np.testing.assert_array_equal(got, want)
    stream = k.rsi("bar", window=5).stream()
    fed = [stream.update(*(bars[n][i] for n in ("ts_ns", *BAR))) for i in range(50)]
    np.testing.assert_array_equal(fed, want[:50])


def test_at_one_stamp_trades_come_first_then_quotes_books_bars_and_fills():
    text = ("t = 0*trade.price + bar.close; b = ema(own.qty, span=2, on=bar);"
            "o = 0*own.qty + bar.close")
    frames = [Engine(kernels=text).run(
        trades={"ts_ns": [START], "price": [1.0], "qty": [1.0], "side": [1]},
        bars={"ts_ns": [START]} | {name: [value] for name, value in BAR.items()},
        fills={"ts_ns": [START], "price": [1.0], "qty": [2.0], "side": [-1]}, rows=rows)
        for rows in ("trade", "bar", "own")]
    assert math.isnan(frames[0]["t"][0]) and math.isnan(frames[1]["b"][0])
    assert frames[2]["o"][0] == 101.0


def test_own_fills_are_seen_by_formulas_and_series():
    engine = Engine(kernels="position = sum(own.qty*own.side, window=9, warmup=expanding)")
    assert engine.on_fill(START, 100.0, 2.0, 1).position == 2.0
    assert engine.on_fill(START + 1, 100.0, 3.0, -1).position == -1.0
    assert engine.on_tick(START + 2, 100.0, 1.0, 1).position == -1.0
    assert engine.on_fill(START, 100.0, 3.0, 1).status == 1
    counters = engine.fill_counters["0"]
    assert (counters["in"], counters["processed"], counters["late"]) == (3, 2, 1)
    again = Engine.from_state(engine.state())
    assert again.fill_counters == engine.fill_counters
    assert again.on_fill(START + 9, 100.0, 1.0, 1).position == 0.0


@pytest.mark.parametrize(("changed", "reason"), [
    ({"low": 100.5}, "bad_price"), ({"high": 100.5}, "bad_price"), ({"close": 0.0}, "bad_price"),
    ({"open": math.nan}, "bad_price"), ({"volume": -1.0}, "bad_qty"),
    ({"volume": math.inf}, "bad_qty"),
    ({"volume": 1.0, "signed_volume": -1.1}, "bad_qty"), ({"vwap": 103.0}, "bad_price"),
    ({"trades": -1.0}, "bad_qty")])
def test_a_bar_that_cannot_be_is_rejected_and_changes_nothing(changed, reason):
    engine = Engine(kernels="r = bar.close")
    engine.on_bar(START, *BAR.values(), 5.0)
    before = engine.state()
    told = {"volume": 5.0} | BAR | changed
    decision = engine.on_bar(START + 1, **told)
    assert decision.status == 3 and math.isnan(decision.r)
    assert engine.bar_counters["0"]["reasons"] == {reason: 1}
    assert Engine.from_state(before).on_tick(START + 2, 1.0, 1.0, 1).r == 101.0


def test_a_fill_has_a_side():
    engine = Engine(kernels="p = own.price")
    assert engine.on_fill(START, 100.0, 1.0, 0).status == 3
    assert engine.fill_counters["0"]["reasons"] == {"bad_side": 1}


def test_what_is_not_told_is_undefined():
    engine = Engine(kernels="v = bar.volume; n = bar.trades; c = bar.close")
    decision = engine.on_bar(START, *BAR.values())
    assert math.isnan(decision.v) and math.isnan(decision.n) and decision.c == 101.0


def test_what_cannot_be_is_refused(trades):
    with pytest.raises(ConfigError, match="rsi moves on bars, and there are none: give run"):
        Engine(kernels="rsi(bar)").run(**trades)
    with pytest.raises(DataError, match="bars have no column close"):
        Engine(kernels="rsi(bar)").run(bars={"ts_ns": [1], "open": [1], "high": [1], "low": [1]})
    with pytest.raises(DataError, match="bars have unequal lengths"):
        Engine(kernels="rsi(bar)").run(bars=bars_of(trades) | {"vwap": [1.0]})
    with pytest.raises(ConfigError, match="a statement may not|is taken|reserved|name"):
        Engine(kernels="bar = time_bars(period=60)")
    strict = Engine(kernels="rsi(bar)", on_late="error")
    strict.on_bar(START, *BAR.values())
    with pytest.raises(LateTickError, match="a bar of"):
        strict.on_bar(START - 1, *BAR.values())
    with pytest.raises(LateTickError, match="fill 1"):
        Engine(kernels="p = own.price", on_late="error").run(
            fills={"ts_ns": [START + 1, START], "price": [1.0, 1.0], "qty": [1.0, 1.0],
                   "side": [1, -1]})
