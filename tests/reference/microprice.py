"""D-02: each price by the size of the other side, (A b + B a)/(A + B); the mid without sizes."""

import numpy as np

from tests.reference import Outputs, Quotes, Real, Reals, outputs
from tests.reference.quote_imbalance import sizes


def microprices(quotes: Quotes) -> Reals:
    bid, ask = quotes.bid.astype(Real), quotes.ask.astype(Real)
    bid_qty, ask_qty = sizes(quotes)
    whole = bid_qty + ask_qty
    found: Reals = (ask_qty * bid + bid_qty * ask) / np.where(whole == 0, 1, whole)
    return np.where(whole == 0, (bid + ask) / 2, found)


def reference(quotes: Quotes) -> Outputs:
    return outputs(microprice=microprices(quotes))
