"""Every kernel of the registry against its reference, on real tapes.

The bound is 1e-12 max(1, |value|) against long double. Two inputs are not exact and carry more: a
price such as 61800.1 as a double is off by 1e-11 of a tick, but both sides read the same double, so
only rounding inside the kernel counts.
"""

import importlib

import numpy as np
import pytest

from tests.golden.lcg import golden_stream
from tests.parity.tapes import head, tape
from tests.reference import with_leader
from tickeng import Engine, catalogue

KERNELS = [k["name"] for k in catalogue()]
MODES = [{}, {"mode": "engine"}, {"warmup": "expanding"}, {"mode": "engine", "warmup": "expanding"},
         {"eps": "relative"}]
N = 12_000


def run(t, kernel, mode, leader=None):
    return Engine(kernels=kernel, **mode).run(
        t.ts_ns, t.price, t.qty, t.side.astype(np.int8), leader=leader)


def compare(t, kernel, mode, leader=None, bound=1e-12):
    module = importlib.import_module(f"tests.reference.{kernel}")
    allowed = module.reference.__code__.co_varnames[: module.reference.__code__.co_argcount]
    want = module.reference(t, **{k: v for k, v in mode.items() if k in allowed})
    got = run(t, kernel, mode, leader)
    for name, column in want.items():
        mine = got[name].astype(float)
        if kernel in ("hurst", "efficiency"):  # references of every seventh window only
            mine = np.where(np.isnan(column), np.nan, mine)
        assert (np.isnan(mine) == np.isnan(column)).all(), name
        error = np.abs(mine - column) / np.maximum(1.0, np.abs(column))
        assert not (error > bound).any(), (name, int(np.nanargmax(error)), np.nanmax(error))


@pytest.mark.parametrize("mode", MODES, ids=lambda m: ",".join(m.values()) or "default")
@pytest.mark.parametrize("kernel", KERNELS)
def test_bundled_perpetual_with_spot_as_leader(kernel, mode):
    from tests.parity.tapes import ROOT, columns

    spot = columns(ROOT / "examples/btcusdt_spot_20240808.gz")
    compare(head(tape("btc"), N), kernel, mode, leader=(spot[0], spot[1]))


@pytest.mark.parametrize("kernel", KERNELS)
def test_bundled_ltc(kernel):
    compare(head(tape("ltc"), N), kernel, {})


@pytest.mark.parametrize("kernel", ["k1", "k3", "k4", "v_norm", "regime", "alpha"])
def test_spy_signed_by_the_tick_rule(kernel):
    compare(head(tape("spy"), N), kernel, {"eps": "relative"})


@pytest.mark.parametrize("kernel", KERNELS)
def test_unknown_sides_and_zero_quantities(kernel):
    s = golden_stream().head(N)
    side, qty = s.side.astype(float), s.qty.copy()
    side[5::17], qty[3::101] = 0.0, 0.0
    leader = (s.ts_ns + 2_000_000, s.leader)
    compare(with_leader(s.ts_ns, s.price, qty, side, *leader), kernel, {}, leader)


@pytest.mark.parametrize("options", [
    {"alignment": "last_return"}, {"leader_max_age": 0.05},
    {"alignment": "last_return", "leader_max_age": 0.02}])
def test_lead_lag_options(options):
    s = golden_stream().head(4_000)
    leader = (s.ts_ns[::3] + 1_000_000, s.leader[::3])
    t = with_leader(s.ts_ns, s.price, s.qty, s.side, *leader)
    names = {"alignment": "leader_alignment"}
    from tests.reference import k2

    want = k2.reference(t, **options)["k2"]
    got = run(t, "k2", {names.get(k, k): v for k, v in options.items()}, leader)["k2"]
    assert (np.isnan(got) == np.isnan(want)).all()
    assert np.nanmax(np.abs(got - want)) <= 1e-12 * max(1, np.nanmax(np.abs(want)))


@pytest.mark.parametrize("name", ["btc", "ltc", "spy"])
def test_whole_tape_against_pandas(name):
    """The chain as a pandas user would write it, on the whole tape, to 1e-9."""
    import pandas as pd

    t = tape(name)
    got = run(t, "k1,k3,k4", {})
    v, q, side = pd.Series(t.v), pd.Series(t.qty), pd.Series(t.side)

    def z(x, w):
        roll = x.rolling(w)
        return (x - roll.mean()) / (roll.std(ddof=0) + 1e-8)

    dt = pd.Series(t.dt_s.astype(float))
    known = side.where(side != 0).ffill()
    flips = (side - known.shift()).abs().where(side != 0, 0.0).fillna(0.0)
    flips[0] = np.nan
    price = pd.Series(t.price)
    r = np.log1p(price.diff() / price.shift()).abs()
    impact = r / (q + 0.01 * q.rolling(10_000).quantile(0.9))
    want = {
        "k1": 0.75 * z(v.rolling(64).sum(), 1024) + 0.25 * z(v / (np.sqrt(dt) + 0.001), 1024),
        "k3": z((v.abs() * flips).rolling(1024).mean(), 10_000),
        "k4": -z(impact.rolling(256).mean(), 1024),
    }
    for column, values in want.items():
        error = np.abs(got[column] - values) / np.maximum(1.0, np.abs(values))
        assert (np.isnan(got[column]) == values.isna()).all(), column
        assert np.nanmax(error) <= 1e-9, (column, int(np.nanargmax(error)), np.nanmax(error))


def test_every_kernel_has_a_reference():
    for kernel in KERNELS:
        assert importlib.import_module(f"tests.reference.{kernel}").reference
