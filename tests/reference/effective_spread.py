"""C-28: twice the distance of a trade from the mid that it sees; signed for known sides."""

import numpy as np

from tests.reference import Outputs, Quotes, Real, Trades, outputs
from tests.reference.as_of import mids


def reference(trades: Trades, quotes: Quotes, **rule: int) -> Outputs:
    mid = mids(trades, quotes, **rule)
    spread = 2 * (trades.price.astype(Real) - mid) / mid
    return outputs(effective_spread=abs(spread), effective_spread_bps=10_000 * abs(spread),
                   effective_spread_signed=np.where(trades.side == 0, np.nan,
                                                    trades.side * spread))
