"""D-10: quote imbalance less that of the last quote at or before t - D."""

import numpy as np

from tests.reference import Outputs, Quotes, outputs
from tests.reference.quote_imbalance import imbalances
from tests.reference.series.lag import by_time


def reference(quotes: Quotes, *, time: int = 300_000_000, max_rows: int = 1 << 20) -> Outputs:
    now = imbalances(quotes)
    before = by_time(now.astype(np.float64), quotes.ts_ns, time, max_rows)
    return outputs(quote_imbalance_change=now - before)
