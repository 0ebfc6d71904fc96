"""C-06: 90th percentile of quantity over 10000 trades."""

from tests.reference.windows import float64, rolling_quantile


def reference(t, warmup="strict"):
    return float64(v_norm=rolling_quantile(t.qty, 10_000, 0.9, warmup == "expanding"))
