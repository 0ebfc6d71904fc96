"""F-01: at trade k*5000, Hurst and efficiency of the 5000 trades before it; held."""

import numpy as np

from tests.reference.efficiency import efficiency
from tests.reference.hurst import hurst
from tests.reference.windows import float64


def reference(t):
    out = np.full((len(t.price), 2), np.nan)
    for k in range(5000, len(out), 5000):
        part = t.price[k - 5000: k]
        out[k: k + 5000] = hurst(part), efficiency(part)
    return float64(hurst=out[:, 0], efficiency=out[:, 1])
