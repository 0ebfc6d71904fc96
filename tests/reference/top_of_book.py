"""A-02: the quote itself; a side that is empty has size 0. Its time as seconds and nanoseconds."""

from tests.reference import Outputs, Quotes, outputs
from tests.reference.quote_imbalance import sizes


def reference(quotes: Quotes) -> Outputs:
    bid_qty, ask_qty = sizes(quotes)
    return outputs(best_bid=quotes.bid, best_bid_qty=bid_qty, best_ask=quotes.ask,
                   best_ask_qty=ask_qty, quote_time_s=quotes.ts_ns // 10**9,
                   quote_time_ns=quotes.ts_ns % 10**9)
