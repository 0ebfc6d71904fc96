"""C-03: 0.75 Z(flow, 1024) + 0.25 Z(speed, 1024)."""

from tests.reference.speed import speed
from tests.reference.windows import float64, rolling_sum, z_score


def reference(t, mode="spec", warmup="strict", eps="absolute"):
    expanding = warmup == "expanding"
    v, fast = t.v.copy(), speed(t, mode)
    if mode == "engine" and expanding:
        v[0] = fast[0] = 0
    flow = rolling_sum(v, 64, expanding)
    return float64(k1=0.75 * z_score(flow, 1024, eps, expanding)
                   + 0.25 * z_score(fast, 1024, eps, expanding))
