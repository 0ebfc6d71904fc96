"""Snapshots of books: the same bits every way, what they give a symbol without quotes, and what is
refused."""

import math
from importlib import import_module

import numpy as np
import pytest

from tests.reference import Books
from tickeng import ConfigError, DataError, Engine, LateTickError, catalogue
from tickeng import kernels as k

pytestmark = pytest.mark.filterwarnings("ignore::tickeng.NotAcceptedWarning")
START = 1_700_000_000_000_000_000
SECOND = 1_000_000_000
KINDS = ("trade", "quote", "book")
TEXT = """chain; depth_imbalance; mid_spread; f = k1*mid; best = book.bid - quote.bid
e = ema(depth_imbalance_2, span=20); at_books = mean(mid, window=5, on=book)
at_quotes = mean(depth_imbalance_3, window=5, on=quote)
at_trades = sum(book.ask, window=7, on=trade)
m1 = time_bars(period=1); at_bars = mean(depth_imbalance_1, window=4, on=m1)"""
EMPTY = {"ts_ns": np.empty(0, np.int64)}


def tape(seed, quotes=0, symbols=1, rows=900, levels=5):
    """Columns by kind: ties in time, sides that are short or empty, crossed, late and bad books;
    quotes of their own, if any, from the middle on."""
    rng = np.random.default_rng(seed)

    def stamps(n, since=0):
        return START + np.sort(rng.integers(since, 40_000, n)) * 1_000_000

    mid = 100 + np.cumsum(rng.integers(-1, 2, rows)) * 0.01
    away = 0.01 * np.arange(1, levels + 1)
    books = {"ts_ns": stamps(rows), "bid": mid[:, None] - away,
             "bid_qty": rng.integers(0, 9, (rows, levels)).astype(float),
             "ask": mid[:, None] + away,
             "ask_qty": rng.integers(1, 9, (rows, levels)).astype(float)}
    for side in ("bid", "ask"):
        for row in np.flatnonzero(rng.random(rows) < 0.1):
            left = rng.integers(0, levels)
            books[side][row, left:], books[f"{side}_qty"][row, left:] = rng.choice([np.nan, 0]), 0
    books["bid"][rng.random(rows) < 0.05] += 0.05
    books["ask_qty"][rng.random(rows) < 0.02, 0] = -1
    books["ts_ns"][rng.random(rows) < 0.02] -= 3_000_000
    still = rng.random(rows) < 0.3
    for name in ("bid", "bid_qty", "ask", "ask_qty"):
        books[name][1:][still[1:]] = books[name][:-1][still[1:]]
    trades = {"ts_ns": stamps(rows), "price": 100 + np.cumsum(rng.integers(-1, 2, rows)) * 0.01,
              "qty": rng.integers(1, 5, rows).astype(float), "side": rng.integers(-1, 2, rows)}
    bid = 100 + np.cumsum(rng.integers(-1, 2, quotes)) * 0.01
    quoted = {"ts_ns": stamps(quotes, 20_000), "bid": bid, "bid_qty": bid * 0 + 1,
              "ask": bid + rng.choice([0.01, 0.02, -0.01], quotes, p=[0.6, 0.3, 0.1]),
              "ask_qty": bid * 0 + 2}
    found = {"trade": trades, "quote": quoted, "book": books}
    for columns in found.values():
        if symbols > 1:
            columns["symbol"] = rng.choice(["a", "b"], len(columns["ts_ns"]))
    return found


def merged(given):
    """(kind, row) in order: by the heads' stamps, trades before quotes before books."""
    heads = dict.fromkeys(KINDS, 0)
    while True:
        left = [kind for kind in KINDS if heads[kind] < len(given[kind]["ts_ns"])]
        if not left:
            return
        kind = min(left, key=lambda of: (given[of]["ts_ns"][heads[of]], KINDS.index(of)))
        yield kind, heads[kind]
        heads[kind] += 1


def feed(engine, given, kind, i):
    columns = {name: column[i] for name, column in given[kind].items()}
    symbol = columns.pop("symbol", 0)
    if kind == "book":
        bids, asks = (np.c_[columns[side], columns[f"{side}_qty"]] for side in ("bid", "ask"))
        if i % 2:  # pairs do as well
            bids, asks = bids.tolist(), asks.tolist()
        return engine.on_book(columns["ts_ns"], bids, asks, symbol)
    return (engine.on_tick if kind == "trade" else engine.on_quote)(*columns.values(), symbol)


def one_by_one(text, given, rows, cut=None, **settings):
    return one_by_one_of(text, given, rows, cut, warmup="expanding", **settings)


def one_by_one_of(text, given, rows, cut=None, **settings):
    engine = Engine(kernels=text, **settings)
    names = (*engine.outputs.names, "status")
    found = []
    for n, (kind, i) in enumerate(merged(given)):
        if n == cut:
            engine = Engine.from_state(engine.state())
        decision = feed(engine, given, kind, i)
        if kind == rows:
            found.append([getattr(decision, name) for name in names])
    columns = np.array(found, dtype=float).reshape(len(found), len(names)).T
    return dict(zip(names, columns, strict=True)), engine


def run(engine, given, rows):
    trades, quotes, books = (given[kind] for kind in KINDS)
    return engine.run(trades=trades, quotes=quotes, books=books, rows=rows)


def same(a, b):
    for name in a:
        x, y = np.asarray(a[name], float), np.asarray(b[name], float)
        assert x.view(np.uint64).tolist() == y.view(np.uint64).tolist(), name


@pytest.mark.parametrize("rows", KINDS)
@pytest.mark.parametrize("symbols", [1, 2])
@pytest.mark.parametrize("quotes", [0, 700])
@pytest.mark.parametrize("settings", [{}, {"max_quote_age": 0.05, "hold_good": 0.01},
                                      {"on_late": "clamp"}])
def test_one_by_one_together_in_parts_and_resumed_are_one(rows, symbols, quotes, settings):
    given = tape(7, quotes, symbols)
    engine = Engine(kernels=TEXT, warmup="expanding", **settings)
    frame = run(engine, given, rows)
    alone, fed = one_by_one(TEXT, given, rows, **settings)
    same(alone, frame)
    if symbols == 1:
        assert fed.state() == engine.state()
    assert fed.book_counters == engine.book_counters
    same(alone, one_by_one(TEXT, given, rows, cut=1111, **settings)[0])
    at = START + 13 * SECOND + 1  # late rows too stay on their side of it
    cuts = {kind: int((np.maximum.accumulate(c["ts_ns"]) < at).sum())
            for kind, c in given.items()}
    halves = [{kind: {n: x[part] for n, x in columns.items()} for kind, columns in given.items()
               for part in [slice(None, cuts[kind]) if first else slice(cuts[kind], None)]}
              for first in (True, False)]
    engine = Engine(kernels=TEXT, warmup="expanding", **settings)
    frames = [run(engine, half, rows) for half in halves]
    same({name: np.concatenate([f[name] for f in frames]) for name in frame}, frame)


@pytest.mark.parametrize("rows", KINDS)
@pytest.mark.parametrize("text", ["mid_spread", "depth_imbalance", "k1", "trade.price*quote.bid"])
def test_what_one_kind_moves_alone_is_shown_by_rows_of_all(text, rows):
    text = text if "*" not in text else f"f = {text}"
    for seed, quotes in ((21, 0), (22, 300), (23, 900)):
        given = tape(seed, quotes, rows=400)
        engine = Engine(kernels=text, max_quote_age=0.05)
        frame = run(engine, given, rows)
        alone, fed = one_by_one_of(text, given, rows, max_quote_age=0.05)
        same(alone, frame)
        assert fed.state() == engine.state()


def test_rows_of_a_builder_see_books():
    given = tape(8, 500)
    frame = run(Engine(kernels=TEXT), given, "m1")
    with_two = run(Engine(kernels=TEXT), tape(8, 500, 2), "m1")
    assert len(frame) > 20 and "symbol" in with_two.columns
    assert np.isfinite(frame["depth_imbalance_1"]).mean() > 0.9


def touches(given, max_age=30 * SECOND, hold=SECOND):
    """The mid that each trade sees where books alone give quotes, and what rows of books show."""
    seen, last, until, clock = math.nan, None, math.inf, -math.inf
    trades, books = [], []
    for kind, i in merged(given):
        ts = given[kind]["ts_ns"][i]
        if kind == "trade":
            trades.append(seen if ts <= until else math.nan)
            continue
        row = {n: given["book"][n][i] for n in ("bid", "bid_qty", "ask", "ask_qty")}
        if (row["ask_qty"] < 0).any() or ts < clock:
            books.append(math.nan)
            continue
        clock = ts
        bid, ask = (row[side][0] if row[side][0] > 0 else math.nan for side in ("bid", "ask"))
        if bid >= ask:
            until, last = min(until, ts + hold), None
        else:
            touch = (bid, row["bid_qty"][0], ask, row["ask_qty"][0])
            until = ts + max_age
            if last is None or repr(touch) != repr(last):
                seen, last = (bid + ask) / 2, touch
        books.append(seen)
    return np.array(trades), np.array(books)


def test_books_give_quotes_where_there_are_none():
    given = tape(3)
    trades, books = touches(given)
    for rows, want in (("trade", trades), ("book", books)):
        np.testing.assert_array_equal(run(Engine(kernels="mid_spread"), given, rows)["mid"], want)


def test_a_quote_is_given_where_the_touch_changes_and_not_where_it_stays():
    engine = Engine(kernels="n = sum(1 + 0*quote.bid, window=9, warmup=expanding)")
    for ts, bid, asks in ((1, 99.0, [(101.0, 1.0)]), (2, 99.0, [(101.0, 1.0), (102.0, 1.0)]),
                          (3, 99.0, [(101.0, 2.0)]), (4, 99.0, []), (5, 99.0, []),
                          (6, 102.0, [(101.0, 1.0)]), (7, 99.0, [])):
        count = engine.on_book(START + ts, [(bid, 1.0)], asks).n
        assert count == {1: 1, 2: 1, 3: 2, 4: 3, 5: 3, 6: 3, 7: 4}[ts]


def test_the_first_quote_of_its_own_ends_what_books_give():
    engine = Engine(kernels="mid_spread")
    assert engine.on_book(START, [(99.0, 1.0)], [(101.0, 1.0)]).mid == 100.0
    assert engine.on_quote(START + 1, 98.0, -1.0, 100.0, 1.0).status == 3
    assert engine.on_book(START + 2, [(100.0, 1.0)], [(102.0, 1.0)]).mid == 101.0
    assert engine.on_quote(START + 3, 98.0, 1.0, 100.0, 1.0).mid == 99.0
    assert engine.on_book(START + 4, [(99.0, 1.0)], [(101.0, 1.0)]).mid == 99.0


def test_a_book_at_the_trades_own_time_changes_nothing_in_its_row():
    given = tape(5)
    text = "chain; depth_imbalance; mid_spread"
    frame = run(Engine(kernels=text), given, "trade")
    at = 500
    seen = int(np.searchsorted(np.maximum.accumulate(given["book"]["ts_ns"]),
                               given["trade"]["ts_ns"][at], side="right"))
    planted = {name: np.insert(column, seen, column[seen - 1] if name == "ts_ns" else 50, axis=0)
               for name, column in given["book"].items()}
    planted["ts_ns"][seen] = given["trade"]["ts_ns"][at]
    planted["ask"][seen] = 60 + np.arange(5)
    planted["bid"][seen] = 50 - np.arange(5)
    other = run(Engine(kernels=text), given | {"book": planted}, "trade")
    for name in frame:
        np.testing.assert_array_equal(frame[name][:at + 1], other[name][:at + 1], name)
    assert not np.array_equal(frame["mid"], other["mid"], equal_nan=True)


def test_books_that_nobody_reads_change_no_bit():
    given = tape(9)
    alone = Engine().run(**given["trade"])
    beside = run(Engine(), given, "trade")
    for name in alone:
        np.testing.assert_array_equal(alone[name], beside[name], name)


def test_every_kernel_of_books_is_its_reference():
    given = tape(11)
    status = run(Engine(kernels="depth_imbalance"), given, "book")["status"]
    columns = given["book"]
    good = (status == 0) & ~((columns["bid"][:, 0] >= columns["ask"][:, 0])
                             & (columns["ask"][:, 0] > 0))
    rows = {name: [[x for x, price in zip(values, prices, strict=True) if price > 0]
                   for values, prices in zip(columns[name][good], columns[side][good], strict=True)]
            for side in ("bid", "ask") for name in (side, f"{side}_qty")}
    market = Books(ts_ns=columns["ts_ns"][good], **rows)
    for kernel in catalogue():
        if kernel["clocks"] != ["book"]:
            continue
        frame = run(Engine(kernels=kernel["name"]), given, "book")
        reference = import_module(f"tests.reference.{kernel['name']}").reference(market)
        for output, want in reference.items():
            got = frame[output][good]
            np.testing.assert_array_equal(np.isnan(got), np.isnan(want.astype(float)))
            assert np.nanmax(abs(got - want) / np.maximum(1, abs(want))) <= 1e-12, output


def test_depth_imbalance_of_the_worked_example():
    bids = [(100 - i, qty) for i, qty in enumerate((3.0, 6.0, 4.0, 5.0, 6.0))]
    asks = [(101 + i, qty) for i, qty in enumerate((1.0, 2.0, 4.0, 6.0, 5.0))]
    decision = Engine(kernels="depth_imbalance").on_book(START, bids, asks)
    sums = [(sum(q for _, q in bids[:d]), sum(q for _, q in asks[:d])) for d in (1, 3, 5, 10)]
    for n, (bid, ask) in enumerate(sums, 1):
        assert math.isclose(getattr(decision, f"depth_imbalance_{n}"), (bid - ask) / (bid + ask))


@pytest.mark.parametrize(("bids", "asks", "reason"), [
    ([(99.0, 1.0), (99.0, 1.0)], [(101.0, 1.0)], "bad_price"),
    ([(99.0, 1.0)], [(101.0, 1.0), (100.5, 1.0)], "bad_price"),
    ([(math.nan, 0.0), (99.0, 1.0)], [(101.0, 1.0)], "bad_price"),
    ([(-1.0, 1.0)], [(101.0, 1.0)], "bad_price"), ([(math.inf, 1.0)], [], "bad_price"),
    ([(99.0, -1.0)], [], "bad_qty"), ([(99.0, math.nan)], [], "bad_qty")])
def test_a_bad_book_is_rejected_and_changes_nothing(bids, asks, reason):
    engine = Engine(kernels="depth_imbalance")
    engine.on_book(START, [(99.0, 1.0)], [(101.0, 3.0)])
    before = engine.decision("0").to_dict()
    decision = engine.on_book(START + 1, bids, asks)
    assert decision.status == 3 and math.isnan(decision.depth_imbalance_1)
    assert engine.book_counters["0"]["reasons"] == {reason: 1}
    assert engine.on_book(START + 2, [(99.0, 1.0)], [(101.0, 3.0)]).depth_imbalance_1 == -0.5 + (
        engine.on_book(START + 3, [(99.0, 1.0)], [(101.0, 3.0)]).depth_imbalance_1 + 0.5)
    assert repr(before) == repr(engine.decision("0").to_dict())


def test_what_cannot_be_is_refused():
    given = tape(1, rows=20)
    books = given["book"]
    engine = Engine(kernels="depth_imbalance")
    with pytest.raises(ConfigError, match="depth_imbalance moves on books, and there are none: gi"):
        engine.run(**given["trade"])
    with pytest.raises(DataError, match="books have no column ask_qty"):
        engine.run(books={n: c for n, c in books.items() if n != "ask_qty"})
    with pytest.raises(DataError, match=r"books bid must hold a row of levels for each book"):
        engine.run(books=books | {"bid": books["bid"][:, 0]})
    with pytest.raises(DataError, match="books ask_qty has shape"):
        engine.run(books=books | {"ask_qty": books["ask_qty"][:, 1:]})
    with pytest.raises(DataError, match="unequal"):
        engine.run(books=books | {"ts_ns": books["ts_ns"][1:]})
    with pytest.raises(DataError, match="trades and books must all have a column symbol, or none"):
        engine.run(trades=given["trade"] | {"symbol": ["a"] * 20}, books=books)
    for levels in ([1.0, 2.0], np.ones((3, 3)), [("a", 1.0)], [(1.0, 2.0, 3.0)]):
        with pytest.raises(DataError, match=r"\(price, quantity\)"):
            engine.on_book(START, levels, [])
    with pytest.raises(DataError, match="10,001 levels; at most 10,000"):
        engine.on_book(START, [], np.ones((10_001, 2)))
    late = Engine(kernels="depth_imbalance", on_late="error")
    late.on_book(START + 5, [(99.0, 1.0)], [])
    with pytest.raises(LateTickError, match="a book"):
        late.on_book(START, [(99.0, 1.0)], [])
    with pytest.raises(LateTickError, match="book 1"):
        Engine(kernels="depth_imbalance", on_late="error").run(
            books={"ts_ns": [START + 5, START], **{n: [[1.0], [1.0]] for n in (
                "bid", "bid_qty", "ask_qty")}, "ask": [[2.0], [2.0]]})


def test_sides_of_other_depths_and_lists_of_levels_are_taken():
    engine = Engine(kernels="book_depth = book.bid_levels - book.ask_levels")
    frame = engine.run(books={"ts_ns": [START, START + 1], "bid": [[9.0, 8.0, 7.0], [9.0]],
                              "bid_qty": [[1.0, 1.0, 1.0], [1.0]], "ask": [[10.0], [10.0, 11.0]],
                              "ask_qty": [[1.0], [1.0, 1.0]]}, rows="book")
    assert frame["book_depth"].tolist() == [2, -1]


def test_an_event_of_books_is_a_mapping_too_and_a_kernel_runs_alone():
    event = {"kind": "book", "ts_ns": START, "bids": [(99.0, 3.0)], "asks": [(101.0, 1.0)]}
    one = Engine(kernels="depth_imbalance").on_event(event)
    stream = k.depth_imbalance().stream()
    assert stream.update(START, event["bids"], event["asks"])[0] == one.depth_imbalance_1
    with pytest.raises(DataError, match="a book has no asks; it needs ts_ns, bids, asks"):
        Engine(kernels="depth_imbalance").on_event({"kind": "book", "ts_ns": 1, "bids": []})


def test_a_symbol_anew_waits_for_a_book():
    engine = Engine(kernels="depth_imbalance; mid_spread")
    engine.on_book(START, [(99.0, 1.0)], [(101.0, 3.0)])
    engine.reset("0")
    assert math.isnan(engine.on_tick(START + 1, 100.0, 1.0, 1).depth_imbalance_1)
    assert engine.on_book(START + 2, [(99.0, 1.0)], [(101.0, 3.0)]).mid == 100.0
    assert engine.on_tick(START + 3, 100.0, 1.0, 1).mid == 100.0


@pytest.mark.parametrize("source", ["native", "book"])
@pytest.mark.parametrize("symbols", [1, 2])
def test_quotes_come_from_where_the_engine_is_told(source, symbols):
    given = tape(13, 700, symbols)
    settings = {"quotes": source, "warmup": "expanding", "max_quote_age": 0.5}
    alone, fed = one_by_one_of(TEXT, given, "quote" if source == "native" else "book", cut=900,
                               **settings)
    engine = Engine(kernels=TEXT, **settings)
    frame = run(engine, given, "quote" if source == "native" else "book")
    same(alone, frame)
    if symbols == 1:
        assert fed.state() == engine.state()
    parallel = Engine(kernels=TEXT, **settings).run(
        trades=given["trade"], quotes=given["quote"], books=given["book"],
        rows="quote" if source == "native" else "book", workers=2)
    same(frame, parallel)
    # The other source moves no kernel of quotes.
    without = dict(given)
    other = "book" if source == "native" else "quote"
    without[other] = {name: column[:0] for name, column in given[other].items()}
    mine, theirs = (run(Engine(kernels="mid_spread; e = ema(mid, span=5)", **settings), each,
                        "trade") for each in (given, without))
    same({name: mine[name] for name in ("e",)}, theirs)
