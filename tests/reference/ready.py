"""I-03: 1 once K1, K3 and K4 are defined."""

import numpy as np

from tests.reference import Outputs, Trades, k1, k3, k4, outputs


def reference(trades: Trades, *, mode: str = "spec", warmup: str = "strict",
              eps: str = "absolute") -> Outputs:
    chain = {"mode": mode, "warmup": warmup, "eps": eps}
    needed = (k1.reference(trades, **chain)["k1"], k3.reference(trades, **chain)["k3"],
              k4.reference(trades, **chain)["k4"])
    return outputs(ready=~np.isnan(needed).any(axis=0))
