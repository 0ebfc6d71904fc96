"""C-21: share of bought volume, unknown sides half to each."""

from tests.reference import Outputs, Trades, outputs
from tests.reference.trade_imbalance import ratios


def reference(trades: Trades, *, window: int | str = "2s", max_rows: int = 1 << 20,
              warmup: str = "strict") -> Outputs:
    return outputs(buy_ratio=(1 + ratios(trades, window, max_rows, warmup)) / 2)
