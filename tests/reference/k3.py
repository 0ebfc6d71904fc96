"""C-05: Z(mean_1024(toxicity), 10000), or Z(toxicity, 10000)."""

from tests.reference.toxicity import toxicity
from tests.reference.windows import float64, rolling_mean, z_score


def reference(t, mode="spec", warmup="strict", eps="absolute"):
    expanding = warmup == "expanding"
    x = toxicity(t)
    if mode == "engine" and expanding:
        x[0] = 0
    if mode == "spec":
        x = rolling_mean(x, 1024, expanding)
    return float64(k3=z_score(x, 10_000, eps, expanding))
