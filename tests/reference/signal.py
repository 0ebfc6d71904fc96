"""H-01: clip(K1 + w K2, -2, 2); K2 counts 0 while undefined; engine mode is K1."""

import numpy as np

from tests.reference import Outputs, Trades, outputs
from tests.reference import k1 as flow_impact
from tests.reference import k2 as lead_lag


def reference(trades: Trades, *, lead_weight: float = 0.5, clip: float = 2.0,
              leader_max_age: float = 0.0, mode: str = "spec", warmup: str = "strict",
              eps: str = "absolute") -> Outputs:
    k1 = flow_impact.reference(trades, mode=mode, warmup=warmup, eps=eps)["k1"]
    if mode == "engine":
        return outputs(signal=k1)
    k2 = lead_lag.reference(trades, leader_max_age=leader_max_age, warmup=warmup, eps=eps)["k2"]
    dead = leader_max_age > 0 and trades.leader_age_s > 5 * leader_max_age
    lead = np.where(np.isnan(k2) | dead, 0.0, lead_weight * k2)
    return outputs(signal=np.clip(k1 + lead, -clip, clip))
