"""A-16: the quote that a trade sees, and its age in seconds."""

import numpy as np

from tests.reference import Outputs, Quotes, Real, Trades, nans, outputs
from tests.reference.as_of import seen
from tests.reference.quote_imbalance import sizes


def reference(trades: Trades, quotes: Quotes, **rule: int) -> Outputs:
    at = seen(trades, quotes, **rule)
    there = at >= 0
    bid_qty, ask_qty = sizes(quotes)
    columns = {"prevailing_bid": quotes.bid, "prevailing_bid_qty": bid_qty,
               "prevailing_ask": quotes.ask, "prevailing_ask_qty": ask_qty}
    found = {}
    for name, column in columns.items():
        found[name] = nans(len(trades))
        found[name][there] = column[at[there]]
    age = nans(len(trades))
    age[there] = (trades.ts_ns[there] - quotes.ts_ns[at[there]]).astype(Real) / Real(10**9)
    return outputs(**found, quote_age=np.asarray(age))
