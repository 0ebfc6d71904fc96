"""Rolling primitives against exact arithmetic on streams made to break them (REL-N1, REL-N4).

Exact means fractions of the very doubles that went in. Bounds: sums within 1e-12 of W max|x|,
standard deviations within 1e-11 relative, z-scores within 1e-12 max(1, |z|), quantiles equal bit
for bit. The usual schemes (running sums, sliding Welford, refresh now and then) are held to the
same bounds and must fail them: that is what shows that the streams bite.
"""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import tickeng_probe as probe
from hypothesis import given, settings
from hypothesis import strategies as st

RNG = np.random.default_rng(7)
N = 4_000


def streams(n=N):
    noise = RNG.standard_normal(n)
    spikes = noise.copy()
    spikes[50::997] = 1e12
    lone = noise.copy()
    lone[700] = 1e15
    level = np.where(np.arange(n) // 700 % 2, 1e9, 0.0) + 1e-3 * noise
    then_noise = np.where(np.arange(n) < n // 2, 5.25, noise)
    return {
        "normal": noise, "spikes leave": spikes, "one spike leaves": lone,
        "1e9 +- 1e-3": 1e9 + 1e-3 * noise, "1e5 +- 0.1": 1e5 + 0.1 * noise, "levels": level,
        "alternating 1e15": np.where(np.arange(n) % 2, 1e15, -1e15) + noise,
        "constant": np.full(n, 0.1), "constant, then noise": then_noise,
        "tiny": 1e-140 * noise, "huge": 1e150 * noise, "1.7e18": 1.7e18 + 1e3 * np.rint(noise),
        "denormal": np.rint(1e3 * np.abs(noise)) * 5e-324, "rising": np.arange(n) * 0.1,
    }


STREAMS = streams()
WINDOWS = (2, 3, 5, 16, 64, 100, 1000, 1024)


def places(n, window):
    """Ticks to check: the start, window and block edges, and a spread over the rest."""
    edges = [0, 1, 2, window - 1, window, window + 1, 2 * window, n - 1]
    return sorted({i for i in [*edges, *range(17, n, 211)] if 0 <= i < n})


def exact(x, i, window):
    """(sum, mean, variance) of the window that ends at i, as fractions."""
    values = [Fraction(v) for v in x[max(0, i - window + 1): i + 1].tolist()]
    total = sum(values)
    mean = total / len(values)
    return total, mean, sum((v - mean) ** 2 for v in values) / len(values)


def root(fraction):
    with mpmath.workdps(60):
        return mpmath.sqrt(mpmath.mpf(fraction.numerator) / fraction.denominator)


def worst_errors(x, window, dev, variance):
    """Largest relative error of std, of z / max(1, |z|); inf where a constant is missed."""
    std_error = z_error = 0.0
    for i in places(len(x), window):
        _, mean, true = exact(x, i, window)
        sigma = root(true)
        got = math.sqrt(variance[i]) if variance[i] >= 0 else math.nan
        if sigma == 0:
            std_error = max(std_error, 0.0 if got == 0 and dev[i] == 0 else math.inf)
            continue
        with mpmath.workdps(60):
            std_error = max(std_error, float(abs(got - sigma) / sigma))
            away = Fraction(float(x[i])) - mean
            z = (mpmath.mpf(away.numerator) / away.denominator) / sigma
            z_got = dev[i] / got if got else math.inf
            z_error = max(z_error, float(abs(z_got - z) / max(1, abs(z))))
    return std_error, z_error


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("window", WINDOWS)
def test_moments_are_exact(name, window):
    x = STREAMS[name]
    if name == "denormal":
        x = x * 2.0**600  # squares of denormals are 0 in any arithmetic: scale, which is exact
    out = probe.moments(x, window, index=63)
    std_error, z_error = worst_errors(x, window, out[:, 0], out[:, 1])
    assert std_error <= 1e-11
    assert z_error <= 1e-12
    assert (out[:, 1] >= 0).all()


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("window", (1, *WINDOWS))
def test_sums_are_exact(name, window):
    x = STREAMS[name]
    out = probe.sum(x, window, index=5)[:, 0]
    for i in places(len(x), window):
        total, _, _ = exact(x, i, window)
        size = max(abs(v) for v in x[max(0, i - window + 1): i + 1].tolist())
        assert abs(Fraction(out[i]) - total) <= Fraction(1e-12) * window * Fraction(size)


def test_the_largest_window():
    x = 1e9 + 1e-3 * RNG.standard_normal(25_000)
    x[11_000] = 1e15
    out = probe.moments(x, 10_000)
    for i in (9_999, 10_000, 20_999, 21_000, 21_127, 24_999):
        _, mean, variance = exact(x, i, 10_000)
        sigma = root(variance)
        assert abs(math.sqrt(out[i, 1]) - sigma) / sigma <= 1e-11
        z = float(root((Fraction(x[i]) - mean) ** 2 / variance)) * (1 if x[i] > mean else -1)
        assert abs(out[i, 0] / math.sqrt(out[i, 1]) - z) <= 1e-12 * max(1, abs(z))


def naive(x, window):
    total = np.cumsum(x)
    squares = np.cumsum(x * x)
    total[window:] -= total[:-window].copy()
    squares[window:] -= squares[:-window].copy()
    n = np.minimum(np.arange(len(x)) + 1, window)
    return x - total / n, squares / n - (total / n) ** 2


def sliding_welford(x, window, refresh=0):
    mean = m2 = 0.0
    dev, variance = np.empty(len(x)), np.empty(len(x))
    for i, v in enumerate(x):
        n = min(i + 1, window)
        if refresh and i % refresh == 0 and i:
            part = x[max(0, i - window + 1): i + 1]
            mean, m2 = part.mean(), ((part - part.mean()) ** 2).sum()
        elif i < window:
            d = v - mean
            mean += d / n
            m2 += d * (v - mean)
        else:
            old, before = x[i - window], mean
            mean += (v - old) / window
            m2 += (v - old) * ((v - mean) + (old - before))
        dev[i], variance[i] = v - mean, m2 / n
    return dev, variance


@pytest.mark.parametrize("scheme", [
    naive, sliding_welford, lambda x, w: sliding_welford(x, w, refresh=1000)],
    ids=["running sums", "sliding Welford", "refreshed Welford"])
def test_the_usual_schemes_fail_here(scheme):
    failed = []
    for name in ("spikes leave", "one spike leaves", "1e9 +- 1e-3"):
        std_error, _ = worst_errors(STREAMS[name], 64, *scheme(STREAMS[name], 64))
        failed.append(not std_error <= 1e-11)
    assert any(failed)


@pytest.mark.parametrize("p", (0.0, 0.1, 0.5, 0.9, 1.0))
@pytest.mark.parametrize("window", (1, 2, 3, 100, 1000))
@pytest.mark.parametrize("name", [*STREAMS, "lots", "falling", "two clusters", "sawtooth"])
def test_quantile_equals_numpy(name, window, p):
    i = np.arange(N)
    x = {"lots": np.ceil(np.exp(1.5 * RNG.standard_normal(N))), "falling": -0.1 * i,
         "two clusters": np.where(i // 600 % 2, 1e6, 1.0) + RNG.standard_normal(N),
         "sawtooth": (i % 777) * 1.0}.get(name, STREAMS.get(name))
    out = probe.quantile(x, window, p)[:, 0]
    for k in places(N, window):
        part = np.sort(x[max(0, k - window + 1): k + 1])
        h = p * (len(part) - 1)
        low = int(h)
        want = part[low] + (part[min(low + 1, len(part) - 1)] - part[low]) * (h - low)
        assert out[k] == want


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_saved_and_loaded_anywhere_changes_no_bit(data):
    n = data.draw(st.integers(1, 700))
    window = data.draw(st.integers(2, 300))
    cuts = sorted(data.draw(st.sets(st.integers(0, n - 1), max_size=6)))
    index = data.draw(st.integers(0, 5000))
    x = np.random.default_rng(n).standard_normal(n) * 10.0 ** data.draw(st.integers(-8, 8))
    runs = (
        lambda c: probe.moments(x, window, index, c), lambda c: probe.sum(x, window, index, c),
        lambda c: probe.quantile(x, window, 0.9, c), lambda c: probe.extreme(x, window, 1.0, c),
        lambda c: probe.lag_sum(x, [0.4, 0.3, 0.2, 0.1], c), lambda c: probe.slice_moments(x, c))
    for run in runs:
        assert run(cuts).tobytes() == run([]).tobytes()


@given(st.integers(2, 200), st.integers(-40, 40), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_z_scores_do_not_know_the_unit(window, power, seed):
    x = np.random.default_rng(seed).standard_normal(400)
    z = probe.z_score(x, window, True)
    assert z.tobytes() == probe.z_score(x * 2.0**power, window, True).tobytes()
    assert (-z).tobytes() == probe.z_score(-x, window, True).tobytes() or (z == 0).any()
    assert (np.abs(z) <= math.sqrt(window - 1) * (1 + 1e-12)).all()


def test_extremes():
    x = STREAMS["normal"]
    for window in (1, 2, 7, 100):
        high, low = probe.extreme(x, window, 1.0)[:, 0], probe.extreme(x, window, -1.0)[:, 0]
        for i in places(N, window):
            part = x[max(0, i - window + 1): i + 1]
            assert (high[i], low[i]) == (part.max(), part.min())


def test_no_drift_over_ten_million_ticks():
    x = np.tile(RNG.standard_normal(100_000), 100)
    x[5_000_000] = 1e15
    _, variance, _ = probe.moments(x, 1024)[-1]
    _, mean, true = exact(x, len(x) - 1, 1024)
    sigma = root(true)
    assert abs(math.sqrt(variance) - sigma) / sigma <= 1e-14
    assert abs(probe.sum(x, 1024)[-1, 0] - float(mean * 1024)) <= 1e-12


def test_logarithms():
    p = np.exp(RNG.uniform(-300, 300, 3_000))
    q = p * np.exp(RNG.choice([1e-9, 1e-5, 1e-2, 0.3, 3.0], 3_000) * RNG.standard_normal(3_000))
    with mpmath.workdps(50):
        for a, b, ratio, ln in zip(p, q, probe.log_ratio(p, q), probe.log(p), strict=True):
            want = mpmath.log(mpmath.mpf(a) / mpmath.mpf(b))
            assert abs(ratio - want) <= 1e-15 * abs(want)
            want = mpmath.log(mpmath.mpf(a))
            assert abs(ln - want) <= 5e-16 * max(abs(want), math.log(2))
    assert probe.log(1.0) == 0.0 and probe.log_ratio(3.3, 3.3) == 0.0


@pytest.mark.parametrize("kernels", ["chain", "v_norm,hurst,efficiency,base,leader,impact"])
def test_a_tick_allocates_only_where_windows_grow(kernels):
    """The first one, and each that is eight times as many as the last such one could hold."""
    assert probe.ticks_that_allocate(kernels, 30_000) == [0, 4, 32, 256, 2_048]


@pytest.mark.parametrize("symbols", [1, 2, 50])
def test_a_batch_allocates_nothing_once_every_window_is_full(symbols):
    """Full at about 23,000 ticks of each symbol: then every ring and table has its last size."""
    rows, full = 20_000, 23_000
    batches = full * symbols // rows + 3
    found = probe.allocations_per_batch("chain", symbols, rows, batches)
    assert found[0] > 0 and found[-2:] == [0, 0]
