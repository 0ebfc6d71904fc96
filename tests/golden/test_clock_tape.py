"""The worked tape of quotes, trades and a leader, row by row, merged and event by event.

Windows are cut to 200 ms. Rows of timers are left out: no kernel here is read at a timer.
"""

import numpy as np
import pytest

from tickeng import Engine

START, MS, NAN = 1_700_000_000 * 10**9, 10**6, np.nan
QUOTES = [(0, 99.9, 3, 100.1, 1), (60, 99.9, 2, 100.1, 2), (100, 100.0, 4, 100.2, 1),
          (230, 100.1, 1, 100.3, 3), (400, 100.4, 1, 100.3, 2), (460, 100.1, 2, 100.2, 2)]
TRADES = [(10, 100.1, 1, 1), (60, 99.9, 2, -1), (100, 100.1, 1, 1), (200, 100.2, 3, 1),
          (330, 100.1, 2, -1), (350, 100.3, 1, 0), (450, 100.1, 1, -1)]
LEADER = [(5, 50.0), (90, 50.1), (150, 50.2), (200, 50.4), (300, 50.3)]
TEXT = """ti = trade_imbalance(window=200ms); buys = buy_ratio(window=200ms)
dti = trade_imbalance_change(window=200ms, lag=200ms); effective_spread; leader
ret = window_return(window=200ms); quote_imbalance; dqi = quote_imbalance_change(time=200ms)
ofi_200 = quote_ofi(window=200ms); prevailing_quote; trade_side"""
TRADE_ROWS = {
    "ti": [NAN, NAN, NAN, NAN, 0.2, 0.1666666667, -0.75],
    "dti": [NAN, NAN, NAN, NAN, NAN, NAN, -1.083333333],
    "buys": [NAN, NAN, NAN, NAN, 0.6, 0.5833333333, 0.125],
    "effective_spread_bps": [20, 20, 20, 19.98001998, 19.96007984, 19.96007984, 19.96007984],
    # Of the same rows, by hand: what each trade sees, and its side against the mid.
    "effective_spread_signed": [0.002, 0.002, 0.002, 0.001998001998, 0.001996007984, NAN,
                                0.001996007984],
    "prevailing_bid": [99.9, 99.9, 99.9, 100.0, 100.1, 100.1, 100.1],
    "prevailing_bid_qty": [3, 3, 2, 4, 1, 1, 1],
    "prevailing_ask": [100.1, 100.1, 100.1, 100.2, 100.3, 100.3, 100.3],
    "prevailing_ask_qty": [1, 1, 2, 1, 3, 3, 3],
    "quote_age": [0.01, 0.06, 0.04, 0.1, 0.1, 0.12, 0.22],
    "trade_side": [NAN, -1, 1, 1, -1, 1, -1],
}
QUOTE_ROWS = {
    "ret": [NAN, NAN, NAN, 19.98002663, None, -4.991265389],
    "quote_imbalance": [0.5, 0, 0.6, -0.5, None, 0],
    "dqi": [NAN, NAN, NAN, -1, None, 0.5],
    "ofi_200_quote_ofi": [NAN, NAN, NAN, NAN, None, -1],
    "ofi_200_quote_ofi_norm": [NAN, NAN, NAN, NAN, None, -0.5],
}


def columns(rows, names):
    found = dict(zip(names, map(np.array, zip(*rows, strict=True)), strict=True))
    return found | {"ts_ns": START + found["ts_ns"] * MS}


def tape():
    return (columns(TRADES, ("ts_ns", "price", "qty", "side")),
            columns(QUOTES, ("ts_ns", "bid", "bid_qty", "ask", "ask_qty")))


def check(got, want):
    """A crossed quote is no tick: None."""
    for name, expected in want.items():
        rows = [n for n, x in enumerate(expected) if x is not None]
        np.testing.assert_allclose(np.asarray(got[name])[rows], [expected[n] for n in rows],
                                   rtol=1e-9, atol=1e-12, err_msg=name)


@pytest.mark.parametrize(("rows", "want"), [("trade", TRADE_ROWS), ("quote", QUOTE_ROWS)])
def test_merged_by_time(rows, want):
    trades, quotes = tape()
    check(Engine(kernels=TEXT).run(trades=trades, quotes=quotes, rows=rows), want)


def test_event_by_event():
    engine = Engine(kernels=TEXT)
    events = [(ts, 0, n) for n, (ts, *_) in enumerate(TRADES)]
    events += [(ts, 1, n) for n, (ts, *_) in enumerate(QUOTES)]
    events += [(ts, 2, n) for n, (ts, *_) in enumerate(LEADER)]
    decisions = {0: [], 1: []}
    for ts, kind, n in sorted(events):
        now = START + ts * MS
        if kind == 2:
            engine.on_leader(now, LEADER[n][1])
        else:
            feed = engine.on_tick if kind == 0 else engine.on_quote
            decisions[kind].append(feed(now, *(TRADES, QUOTES)[kind][n][1:]))
    for kind, want in ((0, TRADE_ROWS), (1, QUOTE_ROWS)):
        check({name: [getattr(d, name) for d in decisions[kind]] for name in want}, want)
    prices = [d.leader_price for d in decisions[0]]
    np.testing.assert_array_equal(prices, [50.0, 50.0, 50.1, 50.2, 50.3, 50.3, 50.3])


def test_one_quote():
    engine = Engine(kernels="mid_spread; microprice; quote_imbalance; microprice_displacement")
    quote = engine.on_quote(START, 99.9, 3.0, 100.1, 1.0)
    got = (quote.mid, quote.microprice, quote.quote_imbalance, quote.microprice_displacement,
           quote.microprice_displacement_spreads)
    np.testing.assert_allclose(got, (100, 100.05, 0.5, 5, 0.25), rtol=1e-12)
