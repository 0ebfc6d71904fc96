"""I-02: ready and K4 > -1.0 (engine mode K4 >= -1.5); reason 1 not warm, 2 K4."""

import numpy as np

from tests.reference import k4, ready
from tests.reference.windows import float64


def reference(t, mode="spec", warmup="strict", eps="absolute"):
    x = k4.reference(t, mode, warmup, eps)["k4"]
    warm = ready.reference(t, mode, warmup, eps)["ready"] == 1
    liquid = x > -1.0 if mode == "spec" else x >= -1.5
    reason = np.where(warm, 0, 1) + np.where(~liquid & ~np.isnan(x), 2, 0)
    return float64(gate=warm & liquid, reason=reason)
