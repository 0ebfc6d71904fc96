"""Covariance, correlation, beta and slope against exact arithmetic on streams made to break them.

Exact means fractions of the very doubles that went in. Bounds: a covariance within 1e-11 of
sigma x sigma y, a correlation within 1e-11, a beta or slope within 1e-11 of sigma y / sigma x.
Ranks are counted.
"""

import math
from fractions import Fraction

import numpy as np
import pytest
from tests.property.test_primitives import places, root, streams

from tickeng import Engine

N = 3_000
SIGNED = {name: x for name, x in streams(N).items() if name not in ("huge", "tiny", "denormal")}
WINDOWS = (2, 3, 7, 64, 100, 1000)


def fed(x, kernels):
    """The engine's columns where the signed quantity is x, a series in its own right log_price."""
    rng = np.random.default_rng(3)
    price = np.exp(np.cumsum(1e-4 * rng.standard_normal(len(x)))) * 100
    return Engine(kernels=kernels + "; base").run(
        10**18 + np.arange(len(x)), price, np.abs(x), np.where(x < 0, -1, 1).astype(np.int8))


def moments(x, y):
    """(var x, var y, cov) of a window, as fractions."""
    x, y = ([Fraction(v) for v in part.tolist()] for part in (x, y))
    mx, my = sum(x) / len(x), sum(y) / len(y)
    return (sum((a - mx) ** 2 for a in x) / len(x), sum((b - my) ** 2 for b in y) / len(y),
            sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True)) / len(x))


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("name", SIGNED)
def test_pairs_hold_the_bounds(name, window):
    frame = fed(SIGNED[name], "; ".join(
        f"{k} = {kernel}({x}, window={window})" for k, kernel, x in (
            ("c", "cov", "base.signed_qty, base.log_price"),
            ("r", "corr", "base.signed_qty, base.log_price"),
            ("b", "beta", "base.log_price, base.signed_qty"), ("s", "slope", "base.signed_qty"))))
    x, y = frame["signed_qty"], frame["log_price"]
    for i in places(N, window)[::2]:
        if i < window - 1:
            assert np.isnan([frame[k][i] for k in "crbs"]).all()
            continue
        part = slice(i - window + 1, i + 1)
        vx, vy, cov = moments(x[part], y[part])
        sx, sy = float(root(vx)), float(root(vy))
        assert abs(float(Fraction(frame["c"][i]) - cov)) <= 1e-11 * sx * sy
        if sx > 0:
            assert abs(frame["r"][i] - float(cov) / (sx * sy)) <= 1e-11
            assert abs(frame["b"][i] - float(cov / vy)) <= 1e-11 * sx / sy
        else:
            assert math.isnan(frame["r"][i]) and frame["b"][i] == 0
        vj, _, cov = moments(np.arange(float(window)), x[part])
        assert abs(frame["s"][i] - float(cov / vj)) <= 1e-11 * sx / float(root(vj))


@pytest.mark.parametrize("window", (1, 2, 100, 1000, 5000))
@pytest.mark.parametrize("made", ["normal", "ties", "rising", "falling", "saw", "two heaps"])
def test_ranks_are_counted(made, window):
    n, rng = 12_000, np.random.default_rng(window)
    at = np.arange(n)
    x = {"normal": rng.standard_normal(n), "ties": np.rint(3 * rng.standard_normal(n)),
         "rising": at + 1.0, "falling": n - at + 0.5, "saw": (at * 7919 % 5003) - 2500.0,
         "two heaps": np.where(at // 1500 % 2, 1e9, -1e9) + rng.standard_normal(n)}[made]
    got = fed(x, f"k = rank(base.signed_qty, window={window}, min_count=1)")["k"]
    for i in [*range(60), *range(60, n, 97), n - 1]:
        part = x[max(0, i - window + 1):i + 1]
        want = 100 * (np.sum(part < x[i]) + 0.5 * np.sum(part == x[i])) / len(part)
        assert got[i] == want, i
