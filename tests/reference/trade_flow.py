"""C-01: signed volume of the last trades."""

from tests.reference import Outputs, Trades, outputs, rolling_sum


def reference(trades: Trades, *, window: int = 64, warmup: str = "strict") -> Outputs:
    return outputs(trade_flow=rolling_sum(trades.signed_qty, window, warmup))
