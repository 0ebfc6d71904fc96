"""C-01: sum of signed volume over 64 trades."""

from tests.reference.windows import float64, rolling_sum


def reference(t, warmup="strict"):
    return float64(trade_flow=rolling_sum(t.v, 64, warmup == "expanding"))
