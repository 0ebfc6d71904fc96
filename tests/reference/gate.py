"""I-02, I-03: open when ready and K4 is high enough; reason 1 not warm, 2 K4, 4 leader."""

import numpy as np

from tests.reference import Outputs, Trades, outputs
from tests.reference import k2 as lead_lag
from tests.reference import k4 as liquidity
from tests.reference import ready as warm


def reference(trades: Trades, *, min_k4: float = -1.0, engine_min_k4: float = -1.5,
              leader_required: bool = False, leader_max_age: float = 0.0, mode: str = "spec",
              warmup: str = "strict", eps: str = "absolute") -> Outputs:
    k2 = lead_lag.reference(trades, leader_max_age=leader_max_age, warmup=warmup, eps=eps)["k2"]
    k4 = liquidity.reference(trades, mode=mode, warmup=warmup, eps=eps)["k4"]
    ready = warm.reference(trades, mode=mode, warmup=warmup, eps=eps)["ready"]
    thin = k4 < engine_min_k4 if mode == "engine" else k4 <= min_k4
    stale = leader_max_age > 0 and trades.leader_age_s > leader_max_age
    unled = leader_required & (np.isnan(k2) | stale)
    reason = 1 * (ready == 0) + 2 * thin + 4 * unled
    return outputs(gate=reason == 0, reason=reason)
