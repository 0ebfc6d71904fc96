"""I-01: 1, 0.5 above K3 = 1, 0.2 above K3 = 2, 0 while K3 is NaN."""

import numpy as np

from tests.reference import k3
from tests.reference.windows import float64


def reference(t, mode="spec", warmup="strict", eps="absolute"):
    x = k3.reference(t, mode, warmup, eps)["k3"]
    return float64(size=np.select([np.isnan(x), x > 2, x > 1], [0.0, 0.2, 0.5], 1.0))
