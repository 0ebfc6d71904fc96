"""A market that has ended is undefined on its own clock too: what kernels say of a time in which no
quote was valid."""

import math

import numpy as np
import pytest

from tickeng import Engine

START = 1_700_000_000_000_000_000
SPAN, AGE, HOLD = 300_000_000, 500_000_000, 100_000_000
TEXT = """mid_spread; before = lag(mid, time=300ms); moved = diff(mid, time=300ms)
back = window_return(window=300ms); turned = quote_imbalance_change(time=300ms)
ofi_ = quote_ofi(window=300ms, warmup=expanding); steps = lag(mid, rows=1)
others = lag(k1, time=300ms, on=quote)"""
SETTINGS = {"max_quote_age": AGE / 1e9, "hold_good": HOLD / 1e9, "warmup": "expanding"}


def quotes(seed, rows=1500):
    """Bursts with pauses longer than a quote holds, and crossed stretches of all lengths."""
    rng = np.random.default_rng(seed)
    gaps = rng.choice([0, 10, 90, 240, 700, 2000], rows, p=[0.1, 0.3, 0.3, 0.2, 0.05, 0.05])
    ts = START + np.cumsum(gaps) * 1_000_000
    bid = 100 + 0.01 * np.cumsum(rng.choice([-1, 0, 1], rows))
    crossed = np.repeat(rng.random(rows // 10 + 1) < 0.15, 10)[:rows]
    return {"ts_ns": ts, "bid": bid, "bid_qty": rng.integers(1, 9, rows).astype(float),
            "ask": np.where(crossed, bid - 0.01, bid + 0.02),
            "ask_qty": rng.integers(1, 9, rows).astype(float)}


def as_books(given):
    return {name: column if name == "ts_ns" else column[:, None]
            for name, column in given.items()}


def reference(given):
    """Of the rows that are a market: the mid and the imbalance as of 300 ms before, and whether the
    row before was valid up to this one."""
    ts = given["ts_ns"].tolist()
    good = [i for i in range(len(ts)) if given["bid"][i] < given["ask"][i]]
    ends, linked = {}, {}
    for i, following in zip(good, [*good[1:], None], strict=True):
        end = ts[i] + AGE
        if i + 1 < len(ts) and i + 1 != following:
            end = min(end, ts[i + 1] + HOLD)
        ends[i] = end
        if following is not None:
            linked[following] = ts[following] <= end
    mid = (given["bid"] + given["ask"]) / 2
    total = given["bid_qty"] + given["ask_qty"]
    imbalance = (given["bid_qty"] - given["ask_qty"]) / total
    found = {"mid": [], "imbalance": [], "linked": [linked.get(i, False) for i in good]}
    for i in good:
        at = ts[i] - SPAN
        seen = [j for j in good if ts[j] <= at][-1:]
        valid = seen and at <= ends[seen[0]]
        found["mid"].append(mid[seen[0]] if valid else math.nan)
        found["imbalance"].append(imbalance[seen[0]] if valid else math.nan)
    return good, mid, imbalance, {name: np.array(column) for name, column in found.items()}


def test_what_was_not_valid_then_is_undefined_now():
    given = quotes(3)
    frame = Engine(kernels=TEXT, **SETTINGS).run(quotes=given, rows="quote")
    good, mid, imbalance, want = reference(given)
    got = {name: frame[name][good] for name in frame.columns}
    np.testing.assert_array_equal(got["before"], want["mid"])
    np.testing.assert_array_equal(got["moved"], mid[good] - want["mid"])
    np.testing.assert_array_equal(got["turned"], imbalance[good] - want["imbalance"])
    back = 1e4 * np.log(mid[good] / want["mid"])
    np.testing.assert_allclose(got["back"], back, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(got["steps"][1:], mid[good][:-1])
    assert 0.05 < np.isnan(want["mid"]).mean() < 0.95


def test_quotes_that_books_give_end_as_quotes_do():
    given = quotes(3)
    given["bid_qty"] = 1.0 + np.arange(len(given["bid_qty"]))  # every book moves the touch
    quoted = Engine(kernels=TEXT, **SETTINGS).run(quotes=given, rows="quote")
    booked = Engine(kernels=TEXT, **SETTINGS).run(books=as_books(given), rows="book")
    good = given["bid"] < given["ask"]
    for name in quoted.columns:
        np.testing.assert_array_equal(quoted[name][good], booked[name][good], name)


def test_order_flow_has_no_change_across_an_end():
    given = quotes(4)
    frame = Engine(kernels=TEXT, **SETTINGS).run(quotes=given, rows="quote")
    good, _, _, want = reference(given)
    rows = [tuple(given[n][i] for n in ("ts_ns", "bid", "bid_qty", "ask", "ask_qty")) for i in good]
    changes = []
    for n, (ts, bid, bid_qty, ask, ask_qty) in enumerate(rows):
        e = 0.0
        if want["linked"][n]:
            _, bid_0, bid_qty_0, ask_0, ask_qty_0 = rows[n - 1]
            e = ((bid >= bid_0) * bid_qty - (bid <= bid_0) * bid_qty_0
                 - (ask <= ask_0) * ask_qty + (ask >= ask_0) * ask_qty_0)
        changes.append((ts, e))
    for n, (ts, _) in enumerate(changes):
        assert frame["ofi__quote_ofi"][good[n]] == sum(e for at, e in changes[:n + 1]
                                                       if at > ts - SPAN)
    assert not want["linked"].all()


def test_outputs_of_other_clocks_do_not_end_with_the_market():
    given = quotes(5, 400)
    trades = {"ts_ns": given["ts_ns"][::3] + 1, "price": given["bid"][::3],
              "qty": given["bid_qty"][::3], "side": np.ones(len(given["bid"][::3]), np.int8)}
    frame = Engine(kernels=TEXT, **SETTINGS).run(trades=trades, quotes=given, rows="quote")
    late = frame["others"][-200:]
    assert np.isfinite(late).mean() > np.isfinite(frame["before"][-200:]).mean() + 0.02


@pytest.mark.parametrize("by_books", [False, True])
def test_one_by_one_and_resumed_are_together(by_books):
    given = quotes(6)
    names = ("before", "moved", "back", "turned", "ofi__quote_ofi", "steps")
    if by_books:
        want = Engine(kernels=TEXT, **SETTINGS).run(books=as_books(given), rows="book")
    else:
        want = Engine(kernels=TEXT, **SETTINGS).run(quotes=given, rows="quote")
    engine, found = Engine(kernels=TEXT, **SETTINGS), []
    for n, (ts, bid, bid_qty, ask, ask_qty) in enumerate(zip(*given.values(), strict=True)):
        if n % 97 == 50:
            engine = Engine.from_state(engine.state())
        decision = (engine.on_book(ts, [(bid, bid_qty)], [(ask, ask_qty)]) if by_books
                    else engine.on_quote(ts, bid, bid_qty, ask, ask_qty))
        found.append([getattr(decision, name) for name in names])
    for name, column in zip(names, np.array(found).T, strict=True):
        np.testing.assert_array_equal(column, want[name], name)


@pytest.mark.parametrize("kind", ["quote", "book"])
def test_a_row_of_an_ended_market_shows_none(kind):
    """Crossed for longer than hold_good, then good again; on its own clock as on others."""
    at = 10**18 + np.array([0, 1, 2, 4, 5]) * 500_000_000
    columns = {"ts_ns": at, "bid": [99.0, 103, 103, 103, 99], "bid_qty": np.ones(5),
               "ask": [101.0, 101, 101, 101, 102], "ask_qty": np.ones(5)}
    if kind == "book":
        columns = {name: np.reshape(column, (-1, 1)) if name != "ts_ns" else column
                   for name, column in columns.items()}
    text = f"b = {kind}.bid; m = mid; twice = 2*{kind}.ask; seen = ema(mid, span=3); k = k1"
    frame = Engine(kernels=text, warmup="expanding").run(**{f"{kind}s": columns}, rows=kind)
    for name in ("b", "m", "twice", "seen"):
        assert np.isnan(frame[name]).tolist() == [False, False, False, True, False], name
    assert frame["b"].tolist()[:3] == [99.0, 99.0, 99.0] and frame["b"][4] == 99.0
    engine = Engine(kernels=text, warmup="expanding")
    for i, ts_ns in enumerate(at.tolist()):
        if kind == "quote":
            row = engine.on_quote(ts_ns, columns["bid"][i], 1.0, columns["ask"][i], 1.0)
        else:
            row = engine.on_book(ts_ns, [(columns["bid"][i, 0], 1.0)],
                                 [(columns["ask"][i, 0], 1.0)])
        for name in ("b", "m", "twice", "seen"):
            assert np.array_equal(getattr(row, name), frame[name][i], equal_nan=True), (name, i)
