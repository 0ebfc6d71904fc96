"""K1..K4 on streams that stand still, or nearly so, against exact arithmetic.

Series are computed in 300-bit floats and then as integers in units of 2^-400, so that sums, means
and variances are exact. A series that does not vary must give exactly 0; one whose sigma is above
the bound of its rounding must give its z-score; between, where rounding is all there is, 0.
`python -m tests.parity.test_standing_still` prints the worst error of each kernel, and how far the
noise of constants and the signal of near-constants are from the bound; `--long` takes more streams.
"""

import bisect
import math
import sys
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from tickeng import Engine

N = 4600
WINDOWS = {"k3.mean_window": 1024, "k3.window": 2048, "k4.norm_window": 1000}
ONE = 2**400
UNIT = 2.0**-53
EPS = Fraction(1, 10**8)


def ints(values):
    """Numbers in units of 2^-400."""
    with mpmath.workprec(500):
        return [int(mpmath.nint(mpmath.mpf(v) * ONE)) for v in values]


def sums(values):
    total, all_sums = 0, [0]
    for v in values:
        total += v
        all_sums.append(total)
    return all_sums


def rolling_sum(values, window):
    s = sums(values)
    return [s[i + 1] - s[i + 1 - window] for i in range(window - 1, len(values))]


class Exact:
    """One scored series: from trade `first` on, in units of 2^-400 / `scale`, and its bound d."""

    def __init__(self, first, values, scale, window, bound):
        self.first, self.values, self.scale, self.window = first, values, scale, window
        self.bound = bound
        self.s1, self.s2 = sums(values), sums([v * v for v in values])

    def at(self, i):
        """(deviation, variance, mean) of the window that ends with trade i, exact; or None."""
        end = i - self.first + 1
        n, unit = self.window, Fraction(1, ONE * self.scale)
        if end < n:
            return None
        s1, s2 = self.s1[end] - self.s1[end - n], self.s2[end] - self.s2[end - n]
        return ((n * self.values[end - 1] - s1) * unit / n,
                Fraction(n * s2 - s1 * s1, n * n) * unit * unit, s1 * unit / n)


def sum_rounding(window, seen, block):
    """What include/tickeng/stat/rolling_sum.hpp derives."""
    return (block * math.sqrt(min(1.0, 1 / 3 + 2 * block / (3 * seen))) + block / 8
            + window / (8 * block) + 8)


def quantiles(qty, window, p=Fraction(9, 10)):
    """Exact, linear between neighbours, from index window - 1 on."""
    kept, found = [], []
    for i, q in enumerate(qty):
        bisect.insort(kept, q)
        if i >= window:
            kept.pop(bisect.bisect_left(kept, qty[i - window]))
        if i >= window - 1:
            at = p * (window - 1)
            low, part = int(at), at - int(at)
            above = kept[min(low + 1, window - 1)]
            found.append(Fraction(kept[low]) + part * (Fraction(above) - Fraction(kept[low])))
    return found


def series(t):
    """Kernel -> [(weight, Exact), ...]."""
    ts, price, qty, side, leader = t
    v = [float(a) for a in side * qty]
    with mpmath.workprec(300):
        mp = mpmath.mpf
        speed = [v[i] / (mpmath.sqrt(mp(int(ts[i] - ts[i - 1])) / 10**9) + mp(1) / 1000)
                 for i in range(1, N)]
        change = [abs(mpmath.log(mp(price[i]) / mp(price[i - 1]))) if price[i] != price[i - 1]
                  else mp(0) for i in range(1, N)]
        lead = [mpmath.log(mp(leader[i]) / mp(leader[i - 1])) if leader[i] != leader[i - 1]
                else mp(0) for i in range(1, N)]
        norm = quantiles(qty.tolist(), 1000)
        impact = []
        for i in range(999, N):
            scale = Fraction(float(qty[i])) + norm[i - 999] / 100
            impact.append(change[i - 1] * scale.denominator / scale.numerator)
        lagged = [(4 * lead[i] + 3 * lead[i - 1] + 2 * lead[i - 2] + lead[i - 3]) / 10
                  for i in range(3, N - 1)]
    toxicity = [abs(v[i]) * abs(int(side[i]) - int(side[i - 1])) for i in range(1, N)]
    flow = 64 * UNIT * sum_rounding(64, 1024, 32) * float(np.abs(v).max())
    def level(r):
        return lambda mean: r * UNIT * abs(float(mean))
    return {
        "k1": [(0.75, Exact(63, rolling_sum(ints(v), 64), 1, 1024, lambda _: flow)),
               (0.25, Exact(1, ints(speed), 1, 1024, level(4)))],
        "k2": [(1.0, Exact(4, ints(lagged), 1, 1024, level(10)))],
        "k3": [(1.0, Exact(1024, rolling_sum(ints(toxicity), 1024), 1024, 2048,
                           level(sum_rounding(1024, 2048, 128) + 2)))],
        "k4": [(-1.0, Exact(1254, rolling_sum(ints(impact), 256), 256, 1024,
                            level(sum_rounding(256, 1024, 128) + 14)))],
    }


def made(seed=5, **columns):
    """Ordinary trades with some columns put in their place."""
    rng = np.random.default_rng(seed)
    n = np.arange(N)
    ordinary = {
        "ts": 1_700_000_000_000_000_000 + n * 1_000_000,
        "price": np.where(n % 2, 100.1, 100.2),
        "qty": np.full(N, 0.1), "side": np.ones(N, np.int8),
        "leader": np.where(n % 2, 50.1, 50.3)}
    ordinary |= {k: f(rng, n) for k, f in columns.items()}
    return tuple(np.asarray(c) for c in ordinary.values())


def lots(amount):
    return lambda _rng, n: np.full(len(n), amount)


def sides(rng, n):
    return rng.choice(np.array([-1, 1], np.int8), len(n))


def alternating(_rng, n):
    return np.where(n % 2, 1, -1).astype(np.int8)


def about(level, width):
    return lambda rng, n: level + rng.normal(0, width, len(n))


def after(quantity, amount):
    """Noise up to trade 1000, then equal trades."""
    return lambda rng, n: np.where(n < 1000, quantity(rng, n), amount)


def pattern(rng, n):
    return rng.lognormal(10, 2, 64)[n % 64]


STREAMS = {
    **{f"all buy {q:g}": made(qty=lots(q)) for q in (1e-6, 1234567.1, 1e12 / 3)},
    "alternating": made(qty=lots(1234567.1), side=alternating),
    "32 buys, 32 sells": made(qty=lots(1234567.1),
                              side=lambda _, n: np.where(n // 32 % 2, 1, -1).astype(np.int8)),
    "pattern of 64": made(qty=pattern, side=lambda rng, n: sides(rng, n[:64])[n % 64]),
    "last digits": made(qty=lambda rng, n: 1234567.1 + 2.0**-32 * rng.integers(-1, 2, len(n)),
                        side=alternating),
    "1e9 ± 1e-3, all buy": made(qty=about(1e9, 1e-3)),
    "1e9 ± 1e-3, alternating": made(qty=about(1e9, 1e-3), side=alternating),
    "1e9 ± 1e-3, both sides": made(qty=about(1e9, 1e-3), side=sides),
    "prices 1e9 ± 1e-3": made(price=about(1e9, 1e-3), leader=about(1e9, 1e-3), side=sides),
    "leader of constant growth": made(leader=lambda _, n: 50 * 1.0001**n, side=sides),
    "leader of great growth": made(leader=lambda _, n: 1e-100 * 1.1**n, side=sides),
    "still after noise": made(qty=after(about(1e6, 1e5), 1234567.1), side=after(sides, 1),
                              leader=after(about(50, 1), 50.1)),
    "still after a spike": made(qty=lambda _, n: np.where(n == 900, 1e15, 1234567.1)),
}
LONG = {
    **{f"all buy {q:g}": made(qty=lots(q)) for q in (1e-5, 1e-3, 0.7, 3.3, 1e3 / 7, 1e7 / 3, 1e10)},
    **{f"alternating {q:g}": made(qty=lots(q), side=alternating) for q in (1e-6, 0.1, 3e8 / 7)},
    **{f"pattern {seed}": made(seed, qty=pattern, side=lambda rng, n: sides(rng, n[:64])[n % 64])
       for seed in range(6)},
    "spikes of 1e12": made(qty=lambda rng, n: np.where(n % 997 == 0, 1e12, rng.lognormal(0, 1, N)),
                           side=sides),
    "1e5 ± 0.1": made(qty=about(1e5, 0.1), price=about(1e5, 0.1), side=sides),
    "alternating 1e15": made(qty=lots(1e15), side=alternating),
}


def worst_of(t, eps):
    """Kernel -> {"error", "noise", "signal"}; raises where a value is wrong."""
    ts, price, qty, side, leader = t
    engine = Engine(eps=eps, kernels="k1,k2,k3,k4", **WINDOWS)
    got = engine.run(ts, price, qty, side, leader=(ts - 1, leader))
    assert not got["status"].any()
    found = {}
    for kernel, parts in series(t).items():
        worst = {"error": 0.0, "noise": 0.0, "signal": math.inf, "zeros": 0}
        for i in range(0, N, 7):
            moments = [s.at(i) for _, s in parts]
            if None in moments:
                assert math.isnan(got[kernel][i])
                continue
            want, room = 0.0, 0.0
            still = []
            for (weight, s), (dev, variance, mean) in zip(parts, moments, strict=True):
                with mpmath.workprec(200):
                    sigma = mpmath.sqrt(mpmath.mpf(variance.numerator) / variance.denominator)
                    base = sigma + (1e-8 if eps == "absolute" else 1e-8 * abs(float(mean)))
                    z = float(mpmath.mpf(dev.numerator) / dev.denominator / base) if sigma else 0.0
                d, sigma, base = s.bound(mean), float(sigma), float(base)
                still.append(sigma <= 2 * d)
                want += weight * z
                if 0 < sigma <= 2 * d:  # z may be itself or 0
                    room += abs(weight) * (abs(z) + 2 * d / base)
                elif sigma > 0:
                    room += abs(weight) * 2 * d / base * (1 + abs(z))
                    worst["signal"] = min(worst["signal"], sigma / d if d else math.inf)
            value = float(got[kernel][i])
            error = abs(value - want)
            if all(v[1] == 0 for v in moments):
                assert value == 0.0, (kernel, i, value)
                worst["zeros"] += 1
            assert error <= 1e-12 * max(1.0, abs(want)) + room, (kernel, i, value, want, room)
            if not any(still):
                worst["error"] = max(worst["error"], error / max(1.0, abs(want)))
        found[kernel] = worst | {"still": engine.health[kernel].still}
    return found


@pytest.mark.parametrize("eps", ["absolute", "relative"])
@pytest.mark.parametrize("name", STREAMS)
def test_scores_are_exact_or_zero(name, eps):
    worst_of(STREAMS[name], eps)


def noise_and_signal():
    """(largest sigma of rounding, least real sigma at 1e9 ± 1e-3), in units of the flow's bound."""
    def flow(t):
        got = Engine(kernels="trade_flow").run(*t[:4])["trade_flow"][63:]
        exact = rolling_sum(ints([float(v) for v in t[3] * t[2]]), 64)
        off = np.array([float(Fraction(g) - Fraction(e, ONE))
                        for g, e in zip(got.tolist(), exact, strict=True)])
        bound = 64 * UNIT * sum_rounding(64, 1024, 32) * float(t[2].max())
        return np.array([off[i:i + 1024].std() for i in range(0, len(off) - 1024, 97)]) / bound, \
            np.array([got[i:i + 1024].std() for i in range(0, len(off) - 1024, 97)]) / bound
    still = [flow(t)[0].max() for name, t in STREAMS.items()
             if ("buy" in name and "±" not in name) or "pattern" in name]
    return max(still), flow(STREAMS["1e9 ± 1e-3, all buy"])[1].min()


def test_the_bound_lies_between_noise_and_signal(capsys):
    noise, signal = noise_and_signal()
    with capsys.disabled():
        print(f"\nflow: noise {noise:.3f}, signal of 1e9 ± 1e-3 {signal:.1f} times the bound")
    assert noise < 1 < signal / 4


def test_equal_trades_give_no_signal():
    for qty in (0.1, 1234567.1, 123456789.123):
        for eps in ("absolute", "relative"):
            t = made(qty=lots(qty))
            engine = Engine(eps=eps, **WINDOWS)
            frame = engine.run(*t[:4])
            assert frame["gate"].any() and not frame["alpha"].any()
            assert engine.health["k1"].still == 1.0


def main(arguments):
    streams = STREAMS | (LONG if "--long" in arguments else {})
    print("flow: noise {:.3f}, signal {:.1f} times the bound".format(*noise_and_signal()))
    for name, t in streams.items():
        for eps in ("absolute", "relative"):
            row = worst_of(t, eps)
            print(f"{name:<26}{eps:<9}", *(
                f"{k} {w['error']:.1e} ({w['still']:.2f} still, signal {w['signal']:.3g})"
                for k, w in row.items()), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
