"""A-16: which quote each trade sees. The last one before it in the order of stamps, a trade before
a quote of its own time, as long as that is a market."""

import numpy as np
from numpy.typing import NDArray

from tests.reference import Quotes, Reals, Trades, nans

SECOND = 10**9


def seen(trades: Trades, quotes: Quotes, max_age: int = 30 * SECOND,
         hold: int = SECOND) -> NDArray[np.int64]:
    """Its row among the quotes, -1 where there is none. Locked and crossed quotes are among these:
    they are never seen, and end the one before them `hold` after the first of them."""
    found = np.full(len(trades), -1)
    for n, now in enumerate(trades.ts_ns.tolist()):
        before = int(np.searchsorted(quotes.ts_ns, now, side="left"))
        crossed = None
        for q in range(before - 1, -1, -1):
            if quotes.bid[q] >= quotes.ask[q]:
                crossed = int(quotes.ts_ns[q])
                continue
            fresh = now - int(quotes.ts_ns[q]) <= max_age
            held = crossed is None or now <= crossed + hold
            found[n] = q if fresh and held else -1
            break
    return found


def mids(trades: Trades, quotes: Quotes, **rule: int) -> Reals:
    """The mid that each trade sees, a double: a price may be equal to it."""
    at, found = seen(trades, quotes, **rule), nans(len(trades))
    found[at >= 0] = ((quotes.bid + quotes.ask) / 2)[at[at >= 0]]
    return found
