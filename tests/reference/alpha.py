"""H-02: signal times size where the gate is open, else 0."""

import numpy as np

from tests.reference import Outputs, Trades, gate, outputs, signal, size


def reference(trades: Trades, *, mode: str = "spec", warmup: str = "strict",
              eps: str = "absolute") -> Outputs:
    chain = {"mode": mode, "warmup": warmup, "eps": eps}
    strength = signal.reference(trades, **chain)["signal"] * size.reference(trades, **chain)["size"]
    is_open = gate.reference(trades, **chain)["gate"] > 0
    return outputs(alpha=np.where(is_open, strength, 0.0))
