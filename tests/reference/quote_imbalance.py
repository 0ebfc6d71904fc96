"""D-09: imbalance of the sizes at the touch; a side that is empty has none."""

import numpy as np

from tests.reference import Outputs, Quotes, Real, Reals, outputs


def sizes(quotes: Quotes) -> tuple[Reals, Reals]:
    return (np.where(np.isnan(quotes.bid), Real(0), quotes.bid_qty.astype(Real)),
            np.where(np.isnan(quotes.ask), Real(0), quotes.ask_qty.astype(Real)))


def imbalances(quotes: Quotes) -> Reals:
    bid_qty, ask_qty = sizes(quotes)
    whole = bid_qty + ask_qty
    return np.where(whole == 0, Real(0), (bid_qty - ask_qty) / np.where(whole == 0, 1, whole))


def reference(quotes: Quotes) -> Outputs:
    return outputs(quote_imbalance=imbalances(quotes))
