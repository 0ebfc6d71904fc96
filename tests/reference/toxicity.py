"""C-04: |v| |s - s_prev|; by default against the last known side."""

import numpy as np

from tests.reference.windows import float64


def toxicity(t, carry=True):
    out = np.full(len(t.side), np.nan)
    known = 0.0
    for i, side in enumerate(t.side):
        if i:
            if not carry:
                out[i] = abs(t.v[i]) * abs(side - t.side[i - 1])
            else:
                out[i] = abs(t.v[i]) * abs(side - known) if side and known else 0.0
        known = side or known
    return out


def reference(t, carry=True):
    return float64(toxicity=toxicity(t, carry))
