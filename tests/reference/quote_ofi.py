"""D-27: order-flow imbalance of quotes after Cont, Kukanov and Stoikov, over (t - D, t]."""

import numpy as np

from tests.reference import Outputs, Quotes, Real, nans, outputs


def reference(quotes: Quotes, *, window: int = 10**9, max_rows: int = 1 << 20,
              warmup: str = "strict") -> Outputs:
    sums, norms = nans(len(quotes)), nans(len(quotes))
    kept: list[tuple[int, Real, Real]] = []  # of quotes with both sides: time, e, depth
    first, before = None, None
    for n in range(len(quotes)):
        ts = int(quotes.ts_ns[n])
        b, a, size_b, size_a = (Real(x[n]) for x in (quotes.bid, quotes.ask, quotes.bid_qty,
                                                     quotes.ask_qty))
        if np.isnan(b) or np.isnan(a):
            before = None
            continue
        e = Real(0)
        if before is not None:
            first = ts if first is None else first
            b_p, a_p, size_b_p, size_a_p = before
            if b >= b_p:
                e += size_b
            if b <= b_p:
                e -= size_b_p
            if a <= a_p:
                e -= size_a
            if a >= a_p:
                e += size_a_p
        before = b, a, size_b, size_a
        kept.append((ts, e, (size_b + size_a) / 2))
        inside = [row for row in kept if row[0] > ts - window]
        cold = warmup == "strict" and (first is None or ts - first < window)
        if len(inside) > max_rows or cold:
            continue
        depth = sum((row[2] for row in inside), Real(0)) / len(inside)
        sums[n] = sum((row[1] for row in inside), Real(0))
        norms[n] = sums[n] / depth if depth else Real(0)
        kept = inside
    return outputs(quote_ofi=sums, quote_ofi_norm=norms)
