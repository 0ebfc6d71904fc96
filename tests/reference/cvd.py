"""C-24: signed volume since 00:00 UTC, every sum taken afresh and exactly."""

from fractions import Fraction

import numpy as np

from tests.reference import Outputs, Trades, outputs

DAY_NS = 86_400 * 10**9


def reference(trades: Trades, *, reset: str = "day") -> Outputs:
    found, total, day = np.full(len(trades), np.nan), Fraction(0), None
    for n in range(len(trades)):
        today = int(trades.ts_ns[n]) // DAY_NS
        if reset == "day" and today != day:
            total, day = Fraction(0), today
        total += int(trades.side[n]) * Fraction(float(trades.qty[n]))
        found[n] = float(total)
    return outputs(cvd=found)
