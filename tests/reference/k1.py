"""C-03: 0.75 Z(flow) + 0.25 Z(speed)."""

from functools import cache

from tests.reference import Outputs, Trades, drop_first, outputs, rolling_sum, rolling_z
from tests.reference.speed import speed


@cache
def reference(trades: Trades, *, flow_window: int = 64, window: int = 1024,
              flow_weight: float = 0.75, speed_weight: float = 0.25, mode: str = "spec",
              warmup: str = "strict", eps: str = "absolute") -> Outputs:
    flow = rolling_sum(drop_first(trades.signed_qty, mode, warmup), flow_window, warmup)
    pace = drop_first(speed(trades, mode), mode, warmup)
    return outputs(k1=flow_weight * rolling_z(flow, window, warmup, eps)
                   + speed_weight * rolling_z(pace, window, warmup, eps))
