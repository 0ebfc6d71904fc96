"""ADX, realised and EWMA volatility on bars of every kind: references, the same bits every way.

Bars that stand still, empty ones, gaps of days, prices of any size.
"""

import numpy as np
import pytest

from tests.contract.test_bars import tape
from tests.contract.test_clocks import START, one_by_one, same
from tests.reference import adx, ewma_vol, realized_vol
from tickeng import ConfigError, Engine

SECOND = 10**9
TEXT = """
m = time_bars(period=20s); v = volume_bars(size=20); t = tick_bars(size=7)
k = renko_bars(brick=0.05)
a = adx(m, window=3); b = adx(v); c = realized_vol(m, window=5); d = realized_vol(t, window=64)
e = ewma_vol(v, min_count=1); f = ewma_vol(k, decay=0.5, floor=0, ceiling=0.1)
"""
BUILDERS = ["time_bars(period=20s)", "volume_bars(size=20)", "tick_bars(size=7)",
            "renko_bars(brick=0.05)"]
FORMS = {
    "adx": [{}, {"window": 1}, {"window": 3}],
    "realized_vol": [{}, {"window": 2}, {"window": 64, "periods_per_year": 525600.0}],
    "ewma_vol": [{}, {"min_count": 1, "decay": 0.5, "floor": 0.0}, {"decay": 0.0},
                 {"decay": 0.999, "periods_per_year": 252.0, "ceiling": 0.2}],
}
CASES = [(name, form) for name, forms in FORMS.items() for form in forms]


def moving(bought):
    return bought


def still(bought):
    price = bought["price"].copy()
    price[100:1000] = price[100]
    return bought | {"price": price}


def leaping(bought):
    rng = np.random.default_rng(3)
    far = np.where(rng.random(len(bought["price"])) < 0.02, 1e3, 1.0)
    return bought | {"price": bought["price"] * far}


def call(name, form):
    return f"{name}(b{''.join(f', {key}={value}' for key, value in form.items())})"


def referred(name, frame, form):
    if name == "adx":
        return adx.reference(frame["b_high"], frame["b_low"], frame["b_close"], **form)
    module = {"realized_vol": realized_vol, "ewma_vol": ewma_vol}[name]
    return module.reference(frame["b_close"], **form)


@pytest.mark.parametrize("change", [moving, still, leaping], ids=lambda f: f.__name__)
@pytest.mark.parametrize("builder", BUILDERS)
@pytest.mark.parametrize(("name", "form"), CASES, ids=[call(*case) for case in CASES])
def test_it_is_its_reference(name, form, builder, change):
    bought, _ = tape(2)
    bought = change({column: values[:700] for column, values in bought.items()})
    frame = Engine(kernels=f"b = {builder}; x = {call(name, form)}").run(trades=bought, rows="b")
    assert len(frame) > (3 if "renko" in builder else 20)
    for column, want in referred(name, frame, form).items():
        got = frame[f"x_{column}"]
        np.testing.assert_array_equal(np.isnan(got), np.isnan(want), column)
        scale = np.maximum(abs(want), 1e-9 if column in ("adx", "plus_di", "minus_di") else 0)
        error = abs(got - want) / np.where(scale == 0, 1, scale)
        assert not (np.where(np.isnan(error), 0, error) > 1e-11).any(), column


@pytest.mark.parametrize("rows", ["trade", "quote"])
def test_one_by_one_together_and_resumed_are_one(rows):
    bought, quoted = tape(7)
    frame = Engine(kernels=TEXT, warmup="expanding").run(trades=bought, quotes=quoted, rows=rows)
    alone = one_by_one(TEXT, bought, quoted, rows)
    same(alone, frame)
    for cut in (5, 97, 997, 1_800):
        same(alone, one_by_one(TEXT, bought, quoted, rows, cut=cut))


def test_no_future_bar_is_seen():
    bought, _ = tape(9)
    frame = Engine(kernels=TEXT).run(**bought)
    later = {name: column.copy() for name, column in bought.items()}
    later["price"][900:] *= 2
    other = Engine(kernels=TEXT).run(**later)
    for name in frame.columns:
        assert frame[name][:900].tobytes() == other[name][:900].tobytes(), name


@pytest.mark.parametrize(("text", "first"), [
    ("adx(b)", {"adx": 27, "plus_di": 14, "minus_di": 14, "atr": 14}),
    ("adx(b, window=1)", {"adx": 1, "plus_di": 1, "minus_di": 1, "atr": 1}),
    ("realized_vol(b)", {"realized_vol": 20, "realized_vol_annual": 20}),
    ("ewma_vol(b)", {"ewma_vol": 10, "ewma_vol_unclipped": 10})])
def test_first_values_come_with_the_declared_bar(text, first):
    bought, _ = tape(4)
    engine = Engine(kernels=f"b = tick_bars(size=7); x = {text}")
    frame = engine.run(trades=bought, rows="b")
    for name, n in first.items():
        column = frame[f"x_{name}"]
        assert np.isnan(column[:n]).all() and np.isfinite(column[n:]).all()
        assert engine.warmup[f"x_{name}"] == n


def test_a_market_that_stands_still():
    bought, _ = tape(4)
    flat = bought | {"price": np.full(len(bought["price"]), 7.0)}
    frame = Engine(kernels="b = tick_bars(size=5); a = adx(b); c = realized_vol(b);"
                           "d = ewma_vol(b)").run(trades=flat, rows="b")
    last = {name: frame[name][-1] for name in frame.columns}
    assert [last[f"a_{n}"] for n in ("adx", "plus_di", "minus_di", "atr")] == [0, 0, 0, 0]
    assert last["c_realized_vol"] == last["d_ewma_vol_unclipped"] == 0
    assert last["d_ewma_vol"] == 0.05


def test_prices_of_any_size_leave_no_infinity():
    engine = Engine(kernels="b = tick_bars(size=1); a = adx(b, window=2); "
                            "c = realized_vol(b, window=2); d = ewma_vol(b, min_count=1)")
    for n, price in enumerate([1e300, 5e-324, 1e300, 1e-300, 1.0, 1e300] * 10):
        row = engine.on_tick(START + n, price, 1.0, 1)
    assert row.a_atr <= 1e300 and 0 <= row.a_adx <= 100 and row.c_realized_vol < 2_000
    assert row.d_ewma_vol == 3.0 and np.isfinite(row.d_ewma_vol_unclipped)
    for n in range(40):
        row = engine.on_tick(START + 100 + n, 100.0 + n % 2, 1.0, 1)
    assert row.c_realized_vol == pytest.approx(np.log(1.01), rel=1e-12)


def test_after_a_restart_of_the_bars_they_begin_anew():
    text = "m = time_bars(period=1s); a = adx(m, window=1); c = realized_vol(m, window=2)"
    engine = Engine(kernels=text)
    for n in range(9):
        row = engine.on_tick(START // SECOND * SECOND + n * SECOND, 100.0 + n % 2, 1.0, 1)
    assert np.isfinite(row.a_adx) and np.isfinite(row.c_realized_vol)
    row = engine.on_tick(START + 20_000 * SECOND, 100.0, 1.0, 1)
    assert np.isnan(row.a_adx) and np.isnan(row.c_realized_vol)


def test_a_floor_above_the_ceiling_is_refused():
    with pytest.raises(ConfigError, match="floor is at most"):
        Engine(kernels="b = tick_bars(size=5); d = ewma_vol(b, floor=4)")
