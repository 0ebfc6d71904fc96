"""H-02: gate ? signal size : 0."""

import numpy as np

from tests.reference import gate, signal, size
from tests.reference.windows import float64


def reference(t, mode="spec", warmup="strict", eps="absolute"):
    is_open = gate.reference(t, mode, warmup, eps)["gate"] == 1
    product = signal.reference(t, mode, warmup, eps)["signal"] * size.reference(
        t, mode, warmup, eps)["size"]
    return float64(alpha=np.where(is_open, product, 0.0))
