"""C-07: |r| / (q + 0.01 V_norm), or |r| / (q + 1); 0 where the denominator is 0."""

import numpy as np

from tests.reference import L
from tests.reference.windows import float64, rolling_quantile


def impact(t, mode="spec", expanding=False):
    if mode == "engine":
        return np.abs(t.r) / (t.qty.astype(L) + 1)
    scale = t.qty.astype(L) + L("0.01") * rolling_quantile(t.qty, 10_000, 0.9, expanding)
    moved = np.abs(t.r)
    return np.where((scale == 0) & ~np.isnan(moved), 0, moved / np.where(scale == 0, 1, scale))


def reference(t, mode="spec", warmup="strict"):
    return float64(impact=impact(t, mode, warmup == "expanding"))
