"""C-15 with quotes: regression of changes of the mid on signed volume over intervals of trades."""

import numpy as np

from tests.reference import Outputs, Quotes, Real, Trades, outputs
from tests.reference.as_of import mids
from tests.reference.kyle_lambda import regression


def reference(trades: Trades, quotes: Quotes, *, interval: int = 50, window: int = 100,
              **rule: int) -> Outputs:
    mid, flow = mids(trades, quotes, **rule), trades.signed_qty
    known: list[tuple[Real, Real]] = []  # of whole intervals
    now, found = (Real("nan"), Real("nan")), []
    for n in range(len(trades)):
        if n > 0 and n % interval == 0:
            change = mid[n] - mid[n - interval]
            if not np.isnan(change):
                known.append((change, flow[n - interval:n].sum()))
                if len(known) >= window:
                    now = regression(*np.array(known[-window:], Real).T)
        found.append(now)
    slope, t = np.array(found, Real).reshape(-1, 2).T
    return outputs(kyle_lambda_mid=slope, kyle_lambda_mid_t=t)
