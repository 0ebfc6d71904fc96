"""What each contestant of primitives.py does for a cell: a batch call, or an update function.

A maker is built inside the process that times it. `batch[op](x)` returns the answers for x;
`stream[op](history)` returns a function of one float whose window has already seen `history`, or
takes it itself where the library wants values one by one. NOTES says where the work differs.
"""

import importlib.metadata

import numpy as np

W, WIDE, P = 1024, 10_000, 0.9
OPS = ("sum", "mean", "std", "z", "min", "max", "ewm", "median", "quantile")
DDOF1 = float(np.sqrt(W / (W - 1)))
PACKAGES = {"tickeng": "tickeng", "wickra": "wickra", "talib": "TA-Lib", "screamer": "screamer",
            "polars": "polars", "bottleneck": "bottleneck", "numbagg": "numbagg",
            "pandas": "pandas"}
# contestant, op -> (what its answer has to be multiplied with to be ours, why)
SCALE = {("screamer", "std"): (1 / DDOF1, "ddof 1"), ("screamer", "z"): (DDOF1, "ddof 1"),
         ("numbagg", "std"): (1 / DDOF1, "ddof 1")}
NOTES = {
    "wickra": "EMA starts from a mean of W values, ours from the first; no sum, min, max, median",
    "talib": "EMA as wickra; no z-score, quantile, median",
    "screamer": "std and z with ddof 1",
    "polars": "one thread; z composed of two of its operations",
    "bottleneck": "z composed; no ewm, no quantile",
    "numbagg": "std with ddof 1; no min, max, median, quantile",
    "pandas": "z composed",
}


def version(name: str) -> str:
    try:
        return importlib.metadata.version(PACKAGES[name])
    except importlib.metadata.PackageNotFoundError:
        return ""


def fed(update, history):
    for value in history:
        update(value)
    return update


def tickeng():
    from tickeng import rolling as r

    makers = {
        "sum": lambda: r.Sum(W), "mean": lambda: r.Mean(W), "std": lambda: r.Std(W),
        "z": lambda: r.ZScore(W, eps=0.0), "min": lambda: r.Min(W), "max": lambda: r.Max(W),
        "ewm": lambda: r.Ewm(span=W), "median": lambda: r.Median(W),
        "quantile": lambda: r.Quantile(WIDE, P)}
    return ({op: lambda x, m=m: m().run(x) for op, m in makers.items()},
            {op: lambda history, m=m: fed(m().update, history) for op, m in makers.items()})


def wickra():
    import wickra as w

    makers = {"mean": lambda: w.SMA(W), "std": lambda: w.StdDev(W), "z": lambda: w.ZScore(W),
              "ewm": lambda: w.EMA(W), "quantile": lambda: w.RollingQuantile(WIDE, P)}
    return ({op: lambda x, m=m: np.frombuffer(m().batch(x)) for op, m in makers.items()},
            {op: lambda history, m=m: fed(m().update, history) for op, m in makers.items()})


def talib():
    import talib as t
    from talib import stream

    names = {"sum": "SUM", "mean": "SMA", "std": "STDDEV", "min": "MIN", "max": "MAX",
             "ewm": "EMA"}
    return ({op: lambda x, n=n: getattr(t, n)(x, timeperiod=W) for op, n in names.items()},
            {op: lambda history, n=n: getattr(stream, n)(np.array(history), timeperiod=W).update
             for op, n in names.items()})


def screamer():
    import screamer as s

    makers = {
        "sum": lambda: s.RollingSum(W), "mean": lambda: s.RollingMean(W),
        "std": lambda: s.RollingStd(W), "z": lambda: s.RollingZscore(W),
        "min": lambda: s.RollingMin(W), "max": lambda: s.RollingMax(W),
        "ewm": lambda: s.EwMean(span=W), "median": lambda: s.RollingMedian(W),
        "quantile": lambda: s.RollingQuantile(WIDE, P)}
    return ({op: lambda x, m=m: m()(x) for op, m in makers.items()},
            {op: lambda history, m=m: fed(m().process_scalar, history)
             for op, m in makers.items()})


def polars():
    import polars as pl

    def z(s):
        return (s - s.rolling_mean(W)) / s.rolling_std(W, ddof=0)

    work = {
        "sum": lambda s: s.rolling_sum(W), "mean": lambda s: s.rolling_mean(W),
        "std": lambda s: s.rolling_std(W, ddof=0), "z": z, "min": lambda s: s.rolling_min(W),
        "max": lambda s: s.rolling_max(W), "ewm": lambda s: s.ewm_mean(span=W),
        "median": lambda s: s.rolling_median(W),
        "quantile": lambda s: s.rolling_quantile(P, "linear", window_size=WIDE)}
    return {op: lambda x, f=f: f(pl.Series(x)).to_numpy() for op, f in work.items()}, {}


def bottleneck():
    import bottleneck as bn

    return {"sum": lambda x: bn.move_sum(x, W), "mean": lambda x: bn.move_mean(x, W),
            "std": lambda x: bn.move_std(x, W),
            "z": lambda x: (x - bn.move_mean(x, W)) / bn.move_std(x, W),
            "min": lambda x: bn.move_min(x, W), "max": lambda x: bn.move_max(x, W),
            "median": lambda x: bn.move_median(x, W)}, {}


def numbagg():
    import numbagg as nb

    return {"sum": lambda x: nb.move_sum(x, window=W), "mean": lambda x: nb.move_mean(x, window=W),
            "std": lambda x: nb.move_std(x, window=W),
            "ewm": lambda x: nb.move_exp_nanmean(x, alpha=2.0 / (W + 1))}, {}


def pandas():
    import pandas as pd

    def z(s):
        window = s.rolling(W)
        return (s - window.mean()) / window.std(ddof=0)

    work = {
        "sum": lambda s: s.rolling(W).sum(), "mean": lambda s: s.rolling(W).mean(),
        "std": lambda s: s.rolling(W).std(ddof=0), "z": z, "min": lambda s: s.rolling(W).min(),
        "max": lambda s: s.rolling(W).max(), "ewm": lambda s: s.ewm(span=W).mean(),
        "median": lambda s: s.rolling(W).median(),
        "quantile": lambda s: s.rolling(WIDE).quantile(P)}
    return {op: lambda x, f=f: f(pd.Series(x)).to_numpy() for op, f in work.items()}, {}


ALL = {f.__name__: f for f in (tickeng, wickra, talib, screamer, polars, bottleneck, numbagg,
                               pandas)}
