"""D-11: microprice less mid, in bps of the mid and in spreads."""

from tests.reference import Outputs, Quotes, Real, outputs
from tests.reference.microprice import microprices


def reference(quotes: Quotes) -> Outputs:
    bid, ask = quotes.bid.astype(Real), quotes.ask.astype(Real)
    mid = (bid + ask) / 2
    off = microprices(quotes) - mid
    return outputs(microprice_displacement=10_000 * off / mid,
                   microprice_displacement_spreads=off / (ask - bid))
