"""Worked examples of single items, and the references against the tables of the golden stream."""

import numpy as np
import pytest

from tests.golden.test_golden_streams import (
    DEFAULT_COLUMNS,
    DEFAULTS,
    ENGINE,
    ENGINE_COLUMNS,
    MERGED,
    MERGED_COLUMNS,
    RELATIVE,
    RELATIVE_COLUMNS,
    SEED,
    SEED_COLUMNS,
    check,
)
from tests.reference import (
    Real,
    Trades,
    alpha,
    efficiency,
    gate,
    hurst,
    impact,
    k1,
    k2,
    k3,
    k4,
    merge_leader,
    regime,
    rolling_z,
    signal,
    size,
    speed,
    toxicity,
    v_norm,
    without_leader,
)
from tests.reference.golden_stream import golden_trades
from tickeng import Engine

CHAIN = {"k1": k1, "k2": k2, "k3": k3, "k4": k4, "signal": signal, "size": size, "gate": gate,
         "alpha": alpha}


def trades(price=None, qty=1.0, side=1, ts_s=None) -> Trades:
    """Few trades; scalars are repeated, one second apart unless said."""
    n = max(np.size(c) for c in (price, qty, side, ts_s))
    seconds = np.arange(n) if ts_s is None else np.array(ts_s)
    return without_leader(
        10**18 + np.round(seconds * 1e9).astype(np.int64),
        np.broadcast_to(100.0 if price is None else price, n).astype(float),
        np.broadcast_to(qty, n).astype(float), np.broadcast_to(side, n).astype(np.int8))


def run(t: Trades, kernels: str, leader=None, **settings):
    """Columns of a fresh engine."""
    return Engine(settings, kernels=kernels).run(t.ts_ns, t.price, t.qty, t.side, leader=leader)


def assert_both(engine, reference, want):
    for got in (engine, reference):
        np.testing.assert_allclose(np.asarray(got, float), want, rtol=1e-9, atol=0)


@pytest.mark.parametrize(("mode", "dt_s", "want"), [
    ("spec", 0.25, 3.992015968), ("engine", 0.25, 4), ("spec", 0, 2000),
    ("engine", 0, 63.2455532)])
def test_speed(mode, dt_s, want):
    t = trades(qty=2.0, ts_s=[0, dt_s])
    assert_both(run(t, "speed", mode=mode)["speed"], speed.reference(t, mode=mode)["speed"],
                [np.nan, want])


def test_toxicity():
    t = trades(qty=[1, 2, 3, 4], side=[1, -1, -1, 1])
    assert_both(run(t, "toxicity")["toxicity"], toxicity.reference(t)["toxicity"],
                [np.nan, 4, 0, 8])


@pytest.mark.parametrize(("carry", "want"), [(True, [np.nan, 0, 4, 0, 2]),
                                             (False, [np.nan, 1, 4, 0, 1])])
def test_toxicity_of_unknown_sides(carry, want):
    t = trades(qty=[1, 1, 2, 2, 1], side=[0, 1, -1, 0, 1])
    assert_both(run(t, "toxicity", **{"toxicity.carry": carry})["toxicity"],
                toxicity.reference(t, carry=carry)["toxicity"], want)


@pytest.mark.parametrize(("mode", "want"), [("spec", 0.0001923076923),
                                            ("engine", 6.666666667e-05)])
def test_impact(mode, want):
    """|r| = 1e-4 and q = 0.5 after quantities that put the 90th percentile at 2."""
    qty = [2.0] * 19 + [0.5]
    t = trades(price=[100.0] * 19 + [100 * np.exp(1e-4)], qty=qty)
    settings = {"mode": mode, "warmup": "expanding"}
    assert_both(run(t, "impact", **settings)["impact"][-1:],
                impact.reference(t, **settings)["impact"][-1:], [want])


@pytest.mark.parametrize(("eps", "want"), [("absolute", 1.341640774), ("relative", 1.341640756)])
def test_z_score_of_1_2_3_4(eps, want):
    """Through K1 with a flow of one trade and no speed."""
    t = trades(qty=[1, 2, 3, 4])
    settings = {"flow_window": 1, "window": 4, "flow_weight": 1.0, "speed_weight": 0.0,
                "warmup": "expanding", "eps": eps}
    config = {f"k1.{k}": v for k, v in settings.items()}
    assert_both(run(t, "k1", **config)["k1"][-1:], k1.reference(t, **settings)["k1"][-1:], [want])
    z = rolling_z(np.array([1, 2, 3, 4], dtype=Real), 4, "strict", eps)
    assert np.isnan(z[:3]).all() and abs(z[3] - want) < 1e-9


def test_quantile_of_1_to_10():
    t = trades(qty=np.arange(1, 11))
    assert_both(run(t, "v_norm", **{"v_norm.window": 10})["v_norm"],
                v_norm.reference(t, window=10)["v_norm"], [np.nan] * 9 + [9.1])


def test_leader_returns():
    """As of five trades; the engine shows their weighted sum as a z-score over two trades."""
    t = trades(price=np.full(7, 50.0))
    ticks = (t.ts_ns[:5], np.array([100, 100.1, 100.1, 100.2, 100.15]))
    r = k2.leader_return(merge_leader(t, *ticks), "asof_diff", 0.0)
    want = [0.0009995003331, 0, 0.0009985023296, -0.0004991265389]
    np.testing.assert_allclose(r[2:6].astype(float), want, rtol=1e-9, atol=0)
    sums = k2.lag_sum(r)
    assert np.isnan(sums[:5]).all() and abs(sums[5] - 0.0001998501166) < 1e-12
    got = run(t, "k2", ticks, **{"k2.window": 2})["k2"]
    half = float(sums[6] - sums[5]) / 2
    np.testing.assert_allclose(got[5:], [np.nan, half / (abs(half) + 1e-8)], rtol=1e-12)


def test_efficiency():
    t = trades(price=[100, 101, 100.5, 102])
    want = [np.nan] * 3 + [0.6661225137]
    got = run(t, "efficiency", **{"efficiency.window": 4})
    reference = efficiency.reference(t, window=4)
    assert_both(got["efficiency_signed"], reference["efficiency_signed"], want)
    assert_both(got["efficiency_unsigned"], reference["efficiency_unsigned"], want)


@pytest.mark.parametrize(("values", "spec", "engine"), [
    ((1.5, 1.0, 0.0, 0.0), 2, 1.5), ((3.0, 1.0, 1.5, 0.0), 1, 1.5),
    ((3.0, 1.0, 2.5, -1.2), 0, 0.6), ((1.0, 0.0, 0.0, -1.2), 0, 1),
    ((1.0, 0.0, 0.0, -1.6), 0, 0)])
def test_composite_alpha(values, spec, engine, monkeypatch):
    """K1..K4 as given, through the references: an engine cannot be handed kernel values."""
    for name, value in zip(("k1", "k2", "k3", "k4"), values, strict=True):
        monkeypatch.setattr(CHAIN[name], "reference",
                            lambda *_, _name=name, _value=value, **__: {_name: np.array([_value])})
    one = trades(qty=[1.0])
    for mode, want in (("spec", spec), ("engine", engine)):
        assert abs(alpha.reference(one, mode=mode)["alpha"][0] - want) < 1e-12


def reference_value(leader: str, **mode):
    stream, memo = golden_trades(leader), {}

    def value(index: int, name: str) -> float:
        if name not in memo:
            if name in ("hurst", "efficiency"):
                memo[name] = regime.reference(stream)[name]
            else:
                known = mode if name != "k2" else {k: v for k, v in mode.items() if k != "mode"}
                memo[name] = CHAIN[name].reference(stream, **known)[name]
        return memo[name][index]

    return value


def settings(mode="spec", warmup="strict", eps="absolute"):
    return {"mode": mode, "warmup": warmup, "eps": eps}


@pytest.mark.parametrize(("columns", "table", "leader", "mode", "digits"), [
    (DEFAULT_COLUMNS, DEFAULTS, "arrival", settings(), 10),
    (MERGED_COLUMNS, MERGED, "merged", settings(), 10),
    (RELATIVE_COLUMNS, RELATIVE, "arrival", settings(eps="relative"), 9),
    (ENGINE_COLUMNS, ENGINE, "none", settings("engine", eps="relative"), 9),
    (SEED_COLUMNS, SEED, "none", settings("engine", "expanding"), 10)])
def test_references_give_the_tables(columns, table, leader, mode, digits):
    check(columns, table, reference_value(leader, **mode), digits)


def test_references_of_the_last_window():
    stream = golden_trades("none")
    last = slice(15_000, None)
    price = stream.price[last]
    assert abs(hurst.exponent(hurst.lagged_differences(price)) - 0.530383051) < 1e-9
    assert abs(efficiency.efficiency(price, stream.log_return[15_001:]) - 0.0186370817) < 1e-9
    norm = v_norm.reference(stream)["v_norm"]
    for index, want in ((11_022, 1.34898931), (11_277, 1.34947788), (15_000, 1.34843714)):
        assert abs(norm[index] - want) < 6e-9


def test_where_strict_warm_up_meets_expanding():
    """Strict engine mode joins the original engine: K1 from 1087, K3 from 10000, K4 from 1024."""
    t = golden_trades("none")
    strict = run(t, "chain", mode="engine")
    expanding = run(t, "chain", mode="engine", warmup="expanding")
    for name, first in (("k1", 1087), ("k3", 10_000), ("k4", 1024)):
        error = abs(strict[name][first:] - expanding[name][first:])
        assert error.max() < 1e-11
