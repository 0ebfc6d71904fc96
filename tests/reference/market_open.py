"""N-37: whether a daily span in a zone's local time is open at a trade, and for how long still."""

import numpy as np

from tests.reference import Outputs, Trades, outputs
from tests.reference.local_days import SECOND, counts, first_at, newest_day


def reference(trades: Trades, start: float = 0.0, end: float = 0.0, zone: str = "",
              days: str = "all") -> Outputs:
    opens, left = [], []
    for ts_ns in trades.ts_ns.tolist():
        day = newest_day(zone or "UTC", ts_ns, int(start))
        close = first_at(zone or "UTC", day, int(end if end > start else end + 86_400))
        is_open = counts(day, days == "weekdays") and ts_ns < close
        opens.append(float(is_open))
        left.append((close - ts_ns) / SECOND if is_open else np.nan)
    return outputs(market_open=np.array(opens, np.longdouble),
                   time_to_close_s=np.array(left, np.longdouble))
