"""What must hold of primitives and of the chain whatever the values: units, signs, shifts, bounds.

A power of two as unit changes no digit, so that answers agree to the bit; integers shift exactly.
An answer depends on its window only and on all of it.
"""

import math
import os

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tickeng import Engine, rolling

EXAMPLES = 2_000 if "TICKENG_SOAK" in os.environ else 100
N = 400
# Name -> a primitive of a window; the power of the unit that its answers have.
POWERS = {"Sum": 1, "Mean": 1, "Var": 2, "Std": 1, "ZScore": 0, "Median": 1, "Min": 1, "Max": 1,
          "Quantile": 1, "Ewm": 1, "EwmVar": 2, "EwmStd": 1}
ORDERED = ("Min", "Max", "Median", "Quantile")
WINDOWED = [name for name in POWERS if not name.startswith("Ewm")]
checked = settings(max_examples=EXAMPLES, deadline=None)
windows = st.integers(2, 150)
seeds = st.integers(0, 2**32 - 1)


def make(name, window, p=0.9):
    """Answers from the first value on; z-scores without an eps, which has a unit."""
    more = {"Quantile": {"p": p}, "ZScore": {"eps": 0.0}}.get(name, {})
    if name.startswith("Ewm"):
        return getattr(rolling, name)(span=window, min_count=1)
    return getattr(rolling, name)(window, min_count=1, **more)


def stream(seed, n=N):
    """Noise, lots, a spike or a stretch that stands still, as the seed has it."""
    random = np.random.default_rng(seed)
    x = random.standard_normal(n) * 10.0 ** random.integers(-6, 7)
    if seed % 4 == 1:
        x = np.rint(3 * random.standard_normal(n))
    elif seed % 4 == 2:
        x[random.integers(n)] *= 1e9
    elif seed % 4 == 3:
        x[n // 3: 2 * n // 3] = x[n // 3]
    return x


def integers(seed, n=N):
    return np.random.default_rng(seed).integers(-(2**20), 2**20, n).astype(float)


def same(a, b):
    """To the bit, but for the sign of zero."""
    return np.array_equal(a + 0.0, b + 0.0, equal_nan=True)


@pytest.mark.parametrize("name", POWERS)
@checked
@given(window=windows, seed=seeds, power=st.integers(-60, 60))
def test_a_unit_that_is_a_power_of_two_changes_no_digit(name, window, seed, power):
    x = stream(seed)
    found, want = make(name, window).run(x * 2.0**power), make(name, window).run(x)
    assert same(found, want * 2.0 ** (power * POWERS[name]))


@pytest.mark.parametrize("name", POWERS)
@checked
@given(window=windows, seed=seeds)
def test_the_sign_goes_through(name, window, seed):
    x = stream(seed)
    found, want = make(name, window).run(-x), make(name, window).run(x)
    if name in ("Min", "Max"):
        want = make({"Min": "Max", "Max": "Min"}[name], window).run(x)
    if name in ("Median", "Quantile"):  # goes from the lower neighbour to the upper one
        want = make(name, window, p=1 - 0.9).run(x)
        assert (np.abs(found + want) <= 1e-12 * np.abs(x).max()).all()
        return
    assert same(found, want if POWERS[name] == 2 or name.endswith("Std") else -want)


@pytest.mark.parametrize("name", WINDOWED)
@checked
@given(window=windows, seed=seeds, shift=st.integers(-(2**26), 2**26))
def test_a_shift_of_integers_is_exact(name, window, seed, shift):
    x = integers(seed)
    found, want = make(name, window).run(x + shift), make(name, window).run(x)
    count = np.minimum(np.arange(N) + 1, window)
    if name == "Sum":
        assert same(found, want + shift * count)
    elif name in ("Min", "Max"):
        assert same(found, want + shift)
    elif name in ("Var", "Std", "ZScore"):
        assert (np.abs(found - want) <= 1e-11 * np.maximum(1, np.abs(want))).all()
    else:
        assert (np.abs(found - shift - want) <= 1e-15 * (2**27)).all()


@checked
@given(window=windows, seed=seeds, ddof=st.integers(0, 1), p=st.floats(0, 1))
@example(window=2, seed=1, ddof=1, p=1.0)
def test_bounds(window, seed, ddof, p):
    x = stream(seed)
    n = np.minimum(np.arange(N) + 1, window)
    low, high = make("Min", window).run(x), make("Max", window).run(x)
    size = np.maximum(np.abs(low), np.abs(high))
    assert (low <= x).all() and (x <= high).all()
    for name in ("Quantile", "Median"):
        found = make(name, window, p=p).run(x)
        assert (low <= found).all() and (found <= high).all()
    mean = make("Mean", window).run(x)
    assert (low - 1e-12 * size <= mean).all() and (mean <= high + 1e-12 * size).all()
    z = make("ZScore", window).run(x)
    assert (np.abs(z) <= np.sqrt(n - 1) * (1 + 1e-12)).all()
    variance = rolling.Var(window, ddof=ddof, min_count=1 + ddof).run(x)
    assert (variance[ddof:] >= 0).all() and np.isnan(variance[:ddof]).all()
    faded = rolling.Ewm(span=window, min_count=1).run(x)
    lowest, highest = np.minimum.accumulate(x), np.maximum.accumulate(x)
    size = np.maximum(np.abs(lowest), np.abs(highest))
    assert (lowest - 1e-12 * size <= faded).all() and (faded <= highest + 1e-12 * size).all()


@pytest.mark.parametrize("name", ORDERED)
@checked
@given(window=windows, seed=seeds, p=st.floats(0, 1))
def test_larger_values_have_larger_ranks(name, window, seed, p):
    x = stream(seed)
    more = x + np.random.default_rng(seed + 1).random(N)
    assert (make(name, window, p=p).run(x) <= make(name, window, p=p).run(more)).all()
    lower = make("Quantile", window, p=p / 2).run(x)
    assert (lower <= make("Quantile", window, p=p).run(x)).all()


def depends(run, at, window):
    """Whether the answer at a place follows the oldest value of its window, and the one before."""
    x = integers(at)
    found = []
    for place in (at - window + 1, at - window):
        changed = x.copy()
        changed[place] = 2.0**40
        found.append(bool(run(changed)[at] != run(x)[at]))
    return found


@pytest.mark.parametrize("name", ["Sum", "Mean", "Var", "Std", "ZScore", "Max"])
@checked
@given(window=st.integers(3, 150), at=st.integers(150, N - 1))
def test_a_window_is_as_long_as_it_says(name, window, at):
    assert depends(lambda x: make(name, window).run(x), at, window) == [True, False]


@pytest.mark.parametrize("off", [-1, 1])
def test_a_window_off_by_one_is_seen(off):
    for name in ("Sum", "Max", "Std"):
        found = depends(lambda x, n=name: make(n, 40 + off).run(x), 200, 40)
        assert found != [True, False]


SHORT = {"k1.window": 60, "k1.flow_window": 10, "k2.window": 50, "k3.window": 50, "k4.window": 70,
         "k3.mean_window": 40, "k4.mean_window": 40, "k4.norm_window": 50, "regime.step": 100,
         "eps": "relative", "min_k4": -100}


def trades(seed, n=600):
    random = np.random.default_rng(seed)
    ts_ns = 1_700_000_000_000_000_000 + np.cumsum(random.integers(0, 5_000_000, n))
    price = 100 + np.cumsum(random.integers(-2, 3, n)) / 8
    qty = random.integers(1, 200, n) / 8
    side = random.choice(np.array([-1, 1, 1, 0], np.int8), n)
    leader = 50 + np.cumsum(random.integers(-2, 3, n)) / 8
    return [ts_ns, price, qty, side, ts_ns + random.integers(0, 3, n), leader]


def chain(ts_ns, price, qty, side, leader_ns, leader):
    return Engine(SHORT).run(ts_ns, price, qty, side, leader=(np.sort(leader_ns), leader))


def differing(a, b):
    return [name for name in a.columns if a[name].tobytes() != b[name].tobytes()]


@checked
@given(seed=seeds, units=st.tuples(*[st.integers(-30, 30)] * 3),
       shift_ns=st.integers(-10**17, 10**16))
def test_the_chain_knows_no_units_and_no_date(seed, units, shift_ns):
    columns = trades(seed)
    want = chain(*columns)
    for at, power in zip((1, 2, 5), units, strict=True):
        columns[at] = columns[at] * 2.0**power
    columns[0], columns[4] = columns[0] + shift_ns, columns[4] + shift_ns
    assert differing(want, chain(*columns)) == []


@checked
@given(seed=seeds)
def test_a_mirrored_market_is_mirrored(seed):
    """Buyers for sellers: flow and signal change their sign, sizes of trades do not."""
    columns = trades(seed)
    want = chain(*columns)
    columns[3] = -columns[3]
    found = chain(*columns)
    assert same(found["k1"], -want["k1"]) and same(found["k3"], want["k3"])
    assert differing(found, want) and not {"k2", "hurst", "size"} & set(differing(found, want))


@checked
@given(seed=seeds)
def test_bounds_of_the_chain(seed):
    frame = chain(*trades(seed))
    for name, window in (("k1", 60), ("k2", 50), ("k3", 50), ("k4", 70)):
        found = frame[name][np.isfinite(frame[name])]
        assert (np.abs(found) <= math.sqrt(window - 1) * (1 + 1e-12)).all() and found.size, name
    assert (np.abs(frame["alpha"]) <= 3).all() and set(frame["gate"].tolist()) <= {0, 1}
    assert set(frame["size"][np.isfinite(frame["size"])].tolist()) <= {0, 0.2, 0.5, 1}
    hurst = frame["hurst"][np.isfinite(frame["hurst"])]
    assert ((hurst >= 0) & (hurst <= 1)).all()


@pytest.mark.parametrize("seed", range(5))
def test_an_absolute_eps_has_a_unit(seed):
    """What shows that the tests of units would see one."""
    x = stream(4 * seed)
    run = rolling.ZScore(20, eps=1e-3).run
    assert not same(rolling.ZScore(20, eps=1e-3).run(x * 2.0**-20), run(x))
    columns = trades(seed)
    want = chain(*columns)
    columns[2] = columns[2] * 3.0
    assert differing(want, chain(*columns))
