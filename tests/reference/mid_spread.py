"""D-01: mid price and spread of the top of the book."""

from tests.reference import Outputs, Quotes, Real, outputs


def reference(quotes: Quotes) -> Outputs:
    bid, ask = quotes.bid.astype(Real), quotes.ask.astype(Real)
    mid = (bid + ask) / 2
    return outputs(mid=mid, spread=ask - bid, spread_bps=10_000 * (ask - bid) / mid)
