"""tickeng.rolling against exact arithmetic on the streams of test_primitives.

Bounds (design law): sums within 1e-12 of W max|x|, means of max|x|, standard deviations within
1e-11 relative, z-scores within 1e-12 max(1, |z|), order statistics to the bit. Streams are long
enough for every driver: tick by tick, block by block, several blocks side by side.
"""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from tests.property.test_primitives import exact, places, root, streams

from tickeng import rolling

STREAMS = streams(9_000)
WINDOWS = (1, 2, 3, 5, 8, 9, 64, 100, 1000, 1024)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("name", STREAMS)
def test_batches_hold_the_bounds(name, window):
    x = STREAMS[name]
    if name == "denormal":
        x = x * 2.0**600  # squares of denormals are 0 in any arithmetic
    total, mean = rolling.Sum(window, min_count=1).run(x), rolling.Mean(window, min_count=1).run(x)
    std = rolling.Std(window, min_count=1).run(x)
    z = rolling.ZScore(window, eps=0.0, min_count=1).run(x)
    for i in places(len(x), window)[::2]:
        want, middle, variance = exact(x, i, window)
        size = Fraction(float(np.abs(x[max(0, i - window + 1): i + 1]).max()))
        assert abs(Fraction(total[i]) - want) <= Fraction(1e-12) * window * size
        assert abs(Fraction(mean[i]) - middle) <= Fraction(1e-12) * size
        sigma = root(variance)
        if sigma == 0:
            assert std[i] == 0 and z[i] == 0
            continue
        with mpmath.workdps(60):
            assert abs(std[i] - sigma) <= 1e-11 * sigma
            away = Fraction(float(x[i])) - middle
            true = mpmath.mpf(away.numerator) / away.denominator / sigma
            assert abs(z[i] - true) <= 1e-12 * max(1, abs(true))


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("name", STREAMS)
def test_order_statistics_are_exact(name, window):
    x = STREAMS[name]
    low, high = rolling.Min(window, min_count=1).run(x), rolling.Max(window, min_count=1).run(x)
    quantile = rolling.Quantile(window, 0.3, min_count=1).run(x)
    for i in (*range(300), *range(0, len(x), 13)):
        part = np.sort(x[max(0, i - window + 1): i + 1])
        assert (low[i], high[i]) == (part[0], part[-1])
        h = 0.3 * (len(part) - 1)
        below, above = part[int(h)], part[min(int(h) + 1, len(part) - 1)]
        assert quantile[i] == below + (above - below) * (h - int(h))


def test_extremes_of_long_windows():
    walk = np.random.default_rng(3).standard_normal(60_000).cumsum()
    for x in (walk, -np.arange(60_000.0), np.arange(60_000.0), np.repeat(walk[:600], 100)):
        for window in (1_000, 10_000):
            views = np.lib.stride_tricks.sliding_window_view(x, window)[::101]
            assert (rolling.Max(window).run(x)[window - 1:][::101] == views.max(axis=1)).all()
            assert (rolling.Min(window).run(x)[window - 1:][::101] == views.min(axis=1)).all()


def fading(x, alpha, adjust):
    """(mean, variance, sum of weighted magnitudes) after each value, with 40 digits."""
    with mpmath.workdps(40):
        a = mpmath.mpf(alpha)
        weight, mean, variance, size = mpmath.mpf(0), mpmath.mpf(0), mpmath.mpf(0), mpmath.mpf(0)
        for i, value in enumerate(x.tolist()):
            weight = 1 + (1 - a) * weight
            part = (1 / weight) if adjust else (mpmath.mpf(1) if i == 0 else a)
            d = value - mean
            mean += part * d
            variance = (1 - part) * (variance + part * d * d)
            size += part * (abs(mpmath.mpf(value)) - size)
            yield mean, variance, size


@pytest.mark.parametrize("adjust", (True, False))
@pytest.mark.parametrize("alpha", (1.0, 0.97, 0.8, 0.5, 0.3, 0.29, 0.05, 2 / 1025, 1e-5))
@pytest.mark.parametrize("name", STREAMS)
def test_exponential_weights_hold_the_bounds(name, alpha, adjust):
    x = STREAMS[name][:2_500]
    if name == "denormal":
        x = x * 2.0**600
    made = {"alpha": alpha, "adjust": adjust, "min_count": 1}
    means, stds = rolling.Ewm(**made).run(x), rolling.EwmStd(**made).run(x)
    for i, (mean, variance, size) in enumerate(fading(x, alpha, adjust)):
        if i % 37 and i > 40:
            continue
        with mpmath.workdps(40):
            assert abs(means[i] - mean) <= 1e-12 * size
            sigma = mpmath.sqrt(variance)
            # What is left of a spike that has nearly faded carries the spike's rounding.
            assert abs(stds[i] - sigma) <= 1e-11 * sigma + 1e-30 * size, i


@pytest.mark.parametrize("alpha", (0.3, 2 / 1025, 1e-7))
def test_a_constant_stays_itself(alpha):
    for adjust in (True, False):
        x = np.full(5_000, 0.1)
        assert (rolling.Ewm(alpha=alpha, adjust=adjust, min_count=1).run(x) == 0.1).all()
        assert (rolling.EwmVar(alpha=alpha, adjust=adjust, min_count=1).run(x) == 0.0).all()


def test_ten_million_values_do_not_drift():
    x = np.tile(np.random.default_rng(5).standard_normal(100_000), 100)
    x[5_000_000] = 1e15
    _, mean, variance = exact(x, len(x) - 1, 1024)
    assert abs(rolling.Std(1024).run(x)[-1] - root(variance)) <= 1e-14
    assert abs(rolling.Mean(1024).run(x)[-1] - float(mean)) <= 1e-15
    x[5_000_000] = 1.0
    weights = np.exp(np.arange(400_000) * math.log1p(-1e-4))
    want = math.fsum(weights * x[: -400_001: -1]) / math.fsum(weights)
    assert abs(rolling.Ewm(alpha=1e-4).run(x)[-1] - want) <= 1e-14
