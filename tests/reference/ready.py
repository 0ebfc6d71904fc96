"""I-03: 1 when K1, K3 and K4 are all defined."""

import numpy as np

from tests.reference import k1, k3, k4
from tests.reference.windows import float64


def reference(t, mode="spec", warmup="strict", eps="absolute"):
    parts = (m.reference(t, mode, warmup, eps)[n] for m, n in ((k1, "k1"), (k3, "k3"), (k4, "k4")))
    return float64(ready=~np.isnan(sum(parts)))
