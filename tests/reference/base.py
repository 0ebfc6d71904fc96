"""A-14: v = s q, r = ln(p / p_prev), dt in seconds, x = ln p."""

import numpy as np

from tests.reference import L
from tests.reference.windows import float64


def reference(t):
    return float64(signed_qty=t.v, log_return=t.r, dt_s=t.dt_s, log_price=np.log(t.price.astype(L)))
