"""C-08: -Z(mean_256(impact), 1024), or -Z(impact, 1024)."""

from tests.reference.impact import impact
from tests.reference.windows import float64, rolling_mean, z_score


def reference(t, mode="spec", warmup="strict", eps="absolute"):
    expanding = warmup == "expanding"
    x = impact(t, mode, expanding)
    if mode == "engine" and expanding:
        x[0] = 0
    if mode == "spec":
        x = rolling_mean(x, 256, expanding)
    return float64(k4=-z_score(x, 1024, eps, expanding))
