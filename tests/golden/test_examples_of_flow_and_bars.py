"""Worked examples of price momentum, Amihud, CVD, VPIN, Kyle's lambda, volatilities and ADX."""

import numpy as np
import pytest

from tests.golden.test_examples import assert_both, run, trades
from tests.reference import (
    Real,
    adx,
    amihud,
    cvd,
    ewma_vol,
    kyle_lambda,
    price_momentum,
    realized_vol,
    vpin,
)
from tickeng import Engine

NAN = np.nan
I30 = np.arange(30)
CLOSES = 100 + 5 * np.sin(I30 / 3) + 0.2 * I30


def test_price_momentum():
    t = trades(price=[100, 101, 100.5, 102, 103])
    got = run(t, "price_momentum", **{"price_momentum.scale_1": 4, "price_momentum.scale_2": 1})
    want = price_momentum.reference(t, scale_1=4, scale_2=1)
    assert_both(got["price_momentum_1"], want["price_momentum_1"], [NAN] * 4 + [0.03])
    assert_both(got["price_momentum_2"], want["price_momentum_2"],
                [NAN, 0.01, -0.00495049505, 0.01492537313, 0.009803921569])


def test_amihud():
    t = trades(price=[100, 101, 100.5, 102], qty=[2, 3, 1, 4])
    got = run(t, "amihud", **{"amihud.window": 3})["amihud"]
    assert_both(got, amihud.reference(t, window=3)["amihud"], [NAN] * 3 + [3.92828438e-05])


def test_cvd_begins_anew_at_midnight_utc():
    day = 86_400.0
    to_midnight = day - 10**18 / 1e9 % day
    t = trades(qty=[3, 1, 2, 4], side=[1, -1, 1, 0], ts_s=[0, to_midnight - 1, to_midnight,
                                                         to_midnight])
    assert int(t.ts_ns[2]) % (86_400 * 10**9) == 0
    assert_both(run(t, "cvd")["cvd"], cvd.reference(t)["cvd"], [3, 2, 2, 2])
    never = run(t, "cvd", **{"cvd.reset": "never"})["cvd"]
    assert_both(never, cvd.reference(t, reset="never")["cvd"], [3, 2, 4, 4])


def test_vpin():
    """Imbalances 0.2, 0.2, 1 of three buckets; then 4 bought and 3 sold of 10 in the open one."""
    t = trades(qty=[6, 8, 20, 3], side=[1, -1, 1, -1])
    settings = {"bucket": 10.0, "window": 3, "min_count": 1}
    got = run(t, "vpin", **{f"vpin.{name}": value for name, value in settings.items()})
    want = vpin.reference(t, **settings)
    assert_both(got["vpin"], want["vpin"], [NAN, NAN, 0.4666666667, 0.4666666667])
    assert_both(got["vpin_nowcast"], want["vpin_nowcast"], [NAN, NAN, 1.8 / 3.4, 1.5 / 3.7])
    assert_both(got["vpin_rank"], want["vpin_rank"], [NAN, NAN, 0.5, 0.5])


def test_vpin_on_the_tape_of_clocks():
    """Imbalances 0 and 0.5 of buckets of 4: no value before 330 ms, then it is held."""
    t = trades(price=[100.1, 99.9, 100.1, 100.2, 100.1, 100.3, 100.1], qty=[1, 2, 1, 3, 2, 1, 1],
               side=[1, -1, 1, 1, -1, 0, -1], ts_s=[0.01, 0.06, 0.1, 0.2, 0.33, 0.35, 0.45])
    got = run(t, "vpin", **{"vpin.bucket": 4.0, "vpin.window": 2})["vpin"]
    assert_both(got, vpin.reference(t, bucket=4.0, window=2)["vpin"], [NAN] * 4 + [0.25] * 3)


def test_kyle_lambda():
    """An interval a trade; what stands before the first has no price, so that five trades count."""
    change, signed = np.array([0.1, -0.2, 0, 0.3]), np.array([4, -9, -16, 25])
    price = np.concatenate(([100], 100 + np.cumsum(change), [100]))
    t = trades(price=price, qty=abs(np.concatenate(([1], signed, [1]))),
               side=np.sign(np.concatenate(([1], signed, [1]))))
    settings = {"interval": 1, "window": 4}
    got = run(t, "kyle_lambda", **{f"kyle_lambda.{name}": n for name, n in settings.items()})
    want = kyle_lambda.reference(t, **settings)
    assert_both(got["kyle_lambda"], want["kyle_lambda"], [NAN] * 5 + [0.009753593429])
    np.testing.assert_allclose(got["kyle_lambda_t"], want["kyle_lambda_t"], rtol=1e-9)


def bars(high, low, close, kernel):
    """One bar of four trades for each row."""
    price = np.column_stack([close, high, low, close]).ravel()
    n = len(price)
    return Engine(kernels=f"b = tick_bars(size=4); x = {kernel}").run(
        trades={"ts_ns": 10**18 + np.arange(n), "price": price, "qty": np.ones(n),
                "side": np.ones(n, np.int8)}, rows="b")


def test_realized_vol():
    got = bars(CLOSES, CLOSES, CLOSES, "realized_vol(b)")
    want = realized_vol.reference(CLOSES.astype(Real))
    assert_both(got["x_realized_vol"], want["realized_vol"], want["realized_vol"])
    assert got["x_realized_vol"][29] == pytest.approx(0.01159896725, rel=1e-9)
    assert got["x_realized_vol_annual"][29] == pytest.approx(0.2215979581, rel=1e-9)
    assert np.isnan(got["x_realized_vol"][:20]).all() and np.isfinite(got["x_realized_vol"][20])


@pytest.mark.parametrize(("periods", "value"), [(1, 0.01562505135), (252, 0.2480400006)])
def test_ewma_vol(periods, value):
    closes = 100 * np.exp(np.cumsum([0, 0.01, -0.02, 0.015]))
    got = bars(closes, closes, closes,
               f"ewma_vol(b, min_count=1, periods_per_year={periods})")["x_ewma_vol_unclipped"]
    want = ewma_vol.reference(closes, min_count=1, periods_per_year=periods)["ewma_vol_unclipped"]
    assert_both(got[-1:], want[-1:], [value])


def test_adx():
    high, low = CLOSES + 1 + 0.06 * (7 * I30 % 5), CLOSES - 1 - 0.05 * (3 * I30 % 4)
    got = bars(high, low, CLOSES, "adx(b)")
    want = adx.reference(high, low, CLOSES)
    for name, at in (("atr", {14: 2.387083541, 29: 2.411061967}),
                     ("plus_di", {14: 17.88506377, 29: 23.43469407}),
                     ("minus_di", {14: 24.30286113, 29: 22.06328758}),
                     ("adx", {27: 29.45863992, 29: 26.61276684})):
        column = got[f"x_{name}"]
        assert_both(column, want[name], want[name])
        assert np.isnan(column[:min(at)]).all() and np.isfinite(column[min(at):]).all()
        for n, value in at.items():
            assert column[n] == pytest.approx(value, rel=1e-9)
