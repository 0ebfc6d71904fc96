"""C-02: v / (sqrt(dt) + 0.001), or v / sqrt(max(dt, 0.001))."""

import numpy as np

from tests.reference.windows import float64


def speed(t, mode):
    if mode == "spec":
        return t.v / (np.sqrt(t.dt_s) + 0.001)
    return t.v / np.sqrt(np.maximum(t.dt_s, 0.001))


def reference(t, mode="spec"):
    return float64(speed=speed(t, mode))
