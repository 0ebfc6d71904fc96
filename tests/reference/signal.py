"""H-01: clip(K1 + 0.5 K2, -2, 2), a NaN K2 counting 0; engine mode: K1."""

import numpy as np

from tests.reference import k1, k2
from tests.reference.windows import float64


def reference(t, mode="spec", warmup="strict", eps="absolute"):
    flow = k1.reference(t, mode, warmup, eps)["k1"]
    if mode == "engine":
        return float64(signal=flow)
    lead = np.nan_to_num(k2.reference(t, warmup=warmup, eps=eps)["k2"])
    return float64(signal=np.clip(flow + 0.5 * lead, -2, 2))
