"""G-01: Z(0.4 r_i + 0.3 r_{i-1} + 0.2 r_{i-2} + 0.1 r_{i-3}, 1024) of leader returns."""

import numpy as np

from tests.reference import L
from tests.reference.windows import float64, z_score


def reference(t, alignment="asof_diff", leader_max_age=0.0, warmup="strict", eps="absolute"):
    n = len(t.price)
    if alignment == "asof_diff":
        p = t.leader_price.astype(L)
        r = np.full(n, np.nan, L)
        r[1:] = np.log(p[1:] / p[:-1])
    else:
        r = t.leader_last_return.astype(L)
    if leader_max_age:
        stale = (t.ts_ns - t.leader_ts_ns) / 1e9 > leader_max_age
        r = np.where(stale & ~np.isnan(r), 0, r)
    signal = np.full(n, np.nan, L)
    signal[3:] = L("0.4") * r[3:] + L("0.3") * r[2:-1] + L("0.2") * r[1:-2] + L("0.1") * r[:-3]
    return float64(k2=z_score(signal, 1024, eps, warmup == "expanding"))
