"""A-17: the leader's price as of each trade and its age."""

import numpy as np

from tests.reference.windows import float64


def reference(t):
    age = (t.ts_ns - t.leader_ts_ns) / 1e9
    return float64(leader_price=t.leader_price,
                   leader_age_s=np.where(np.isnan(t.leader_price), np.nan, age))
