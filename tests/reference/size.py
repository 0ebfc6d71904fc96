"""I-01: 1, 0.5, 0.2 by toxicity, or smooth; 0 while K3 is undefined."""

import numpy as np

from tests.reference import Outputs, Trades, outputs
from tests.reference import k3 as toxicity_z


def reference(trades: Trades, *, half_above: float = 1.0, fifth_above: float = 2.0,
              smooth: bool = False, mode: str = "spec", warmup: str = "strict",
              eps: str = "absolute") -> Outputs:
    k3 = toxicity_z.reference(trades, mode=mode, warmup=warmup, eps=eps)["k3"]
    if smooth:
        scale = 1 / (1 + np.maximum(0, k3 - half_above))
    else:
        scale = np.where(k3 > fifth_above, 0.2, np.where(k3 > half_above, 0.5, 1.0))
    return outputs(size=np.where(np.isnan(k3), 0.0, scale))
