"""Quotes beside trades: what a tick of one clock sees of another, and the same bits every way."""

import math
from importlib import import_module

import numpy as np
import pytest

from tests.reference import Quotes
from tickeng import (
    ConfigError,
    DataError,
    Engine,
    LateTickError,
    catalogue,
    replay,
)

START = 1_700_000_000_000_000_000
SECOND = 1_000_000_000
TEXTS = ["chain,mid_spread", "mid_spread", "mid_spread; mine = alpha(signal=mid)",
         "k1; mine = alpha(signal=mid, size=spread, gate=k1)", "chain"]


def tape(seed, trades=900, quotes=2500, symbols=1):
    """(trades, quotes) as dicts of columns, with ties in time, crossed and one-sided quotes."""
    rng = np.random.default_rng(seed)
    clock = np.sort(rng.integers(0, 4 * SECOND, trades)) // 1_000_000 * 1_000_000
    clock[trades // 2:] += 40 * SECOND  # a pause in which quotes grow old
    price = 100 + np.round(np.cumsum(rng.normal(0, 0.01, trades)), 2)
    bought = {"ts_ns": START + clock, "price": price,
              "qty": np.round(rng.exponential(1, trades), 3),
              "side": rng.choice([-1, 0, 1], trades)}
    times = np.sort(rng.integers(0, 4 * SECOND, quotes)) // 1_000_000 * 1_000_000
    times[quotes // 2:] += 40 * SECOND
    spread = rng.choice([0.01, 0.02, 0.05, 0.0, -0.01], quotes, p=[0.6, 0.25, 0.11, 0.02, 0.02])
    bid = 100 + np.round(rng.normal(0, 0.05, quotes), 2)
    quoted = {"ts_ns": START + times, "bid": bid,
              "bid_qty": np.round(rng.exponential(3, quotes), 2),
              "ask": np.where(rng.random(quotes) < 0.02, np.nan, bid + spread),
              "ask_qty": np.round(rng.exponential(3, quotes), 2)}
    if symbols > 1:
        bought["symbol"] = rng.choice(["a", "b", "c"][:symbols], trades)
        quoted["symbol"] = rng.choice(["a", "b", "c"][:symbols], quotes)
    return bought, quoted


def merged(bought, quoted):
    """(kind, row) in the order of the stamps, a trade before a quote of its time."""
    events = [(t, 0, i) for i, t in enumerate(bought["ts_ns"].tolist())]
    events += [(t, 1, i) for i, t in enumerate(quoted["ts_ns"].tolist())]
    return [(kind, i) for _, kind, i in sorted(events)]


def feed(engine, bought, quoted, kind, i):
    given = bought if kind == 0 else quoted
    row = [column[i].item() if isinstance(column, np.ndarray) else column[i]
           for column in given.values()]
    return engine.on_tick(*row) if kind == 0 else engine.on_quote(*row)


def one_by_one(text, bought, quoted, rows, cut=None, **settings):
    engine = Engine(kernels=text, warmup="expanding", **settings)
    names = engine.outputs.names
    found = []
    for n, (kind, i) in enumerate(merged(bought, quoted)):
        if n == cut:
            engine = Engine.from_state(engine.state())
        decision = feed(engine, bought, quoted, kind, i)
        if kind == (rows == "quote"):
            found.append([getattr(decision, name) for name in names])
    return dict(zip(names, np.array(found, dtype=float).T, strict=True))


def same(a, b):
    for name in a:
        x, y = np.asarray(a[name], float), np.asarray(b[name], float)
        assert x.view(np.uint64).tolist() == y.view(np.uint64).tolist(), name


@pytest.mark.parametrize("rows", ["trade", "quote"])
@pytest.mark.parametrize("symbols", [1, 3])
@pytest.mark.parametrize("text", TEXTS)
def test_one_by_one_together_and_resumed_are_one(text, symbols, rows):
    bought, quoted = tape(7, symbols=symbols)
    engine = Engine(kernels=text, warmup="expanding")
    frame = engine.run(trades=bought, quotes=quoted, rows=rows)
    alone = one_by_one(text, bought, quoted, rows)
    same(alone, frame)
    same(alone, one_by_one(text, bought, quoted, rows, cut=1777))
    half = {name: column[:450] for name, column in bought.items()}
    rest = {name: column[450:] for name, column in bought.items()}
    at = int(np.searchsorted(quoted["ts_ns"], bought["ts_ns"][449]))
    engine = Engine(kernels=text, warmup="expanding")
    first = engine.run(trades=half, quotes={n: c[:at] for n, c in quoted.items()}, rows=rows)
    second = engine.run(trades=rest, quotes={n: c[at:] for n, c in quoted.items()}, rows=rows)
    same({name: np.concatenate((first[name], second[name])) for name in first}, frame)


def as_of(bought, quoted, max_age=30 * SECOND, hold=SECOND):
    """The mid that each trade sees, after the rules of docs and nothing else."""
    seen, until, found = math.nan, 0, []
    for kind, i in merged(bought, quoted):
        if kind == 0:
            found.append(seen if bought["ts_ns"][i] <= until else math.nan)
            continue
        bid, ask, ts = quoted["bid"][i], quoted["ask"][i], int(quoted["ts_ns"][i])
        if bid >= ask:
            until = min(until, ts + hold) if until else 0
        else:
            seen, until = (bid + ask) / 2, ts + max_age
    return np.array(found)


def test_a_trade_sees_the_last_quote_strictly_before_it_while_that_is_the_market():
    bought, quoted = tape(3)
    frame = Engine(kernels="mid_spread").run(trades=bought, quotes=quoted)
    expected = as_of(bought, quoted)
    np.testing.assert_array_equal(frame["mid"], expected)
    assert np.isnan(expected).any() and np.isfinite(expected).any()


def test_a_quote_at_the_trades_own_time_changes_nothing_in_its_row():
    bought, quoted = tape(5)
    text = "chain; mid_spread; mine = alpha(signal=mid)"
    frame = Engine(kernels=text).run(trades=bought, quotes=quoted)
    seen = np.searchsorted(quoted["ts_ns"], bought["ts_ns"], side="right")
    at = 100 + int((np.diff(seen[100:]) == 0).argmax())  # no quote between it and the next trade
    planted = {name: np.insert(column, seen[at], value) for (name, column), value in zip(
        quoted.items(), (bought["ts_ns"][at], 50, 1, 51, 1), strict=True)}
    other = Engine(kernels=text).run(trades=bought, quotes=planted)
    for name in frame:
        np.testing.assert_array_equal(frame[name][:at + 1], other[name][:at + 1], name)
    assert not np.array_equal(frame["mid"], other["mid"], equal_nan=True)


def test_events_of_a_clock_that_nobody_reads_change_no_bit():
    bought, quoted = tape(9)
    alone = Engine().run(**bought)
    beside = Engine().run(trades=bought, quotes=quoted)
    for name in alone:
        np.testing.assert_array_equal(alone[name], beside[name], name)


def test_an_old_quote_is_no_market():
    engine = Engine(kernels="mid_spread", max_quote_age="2s")
    assert math.isnan(engine.on_tick(START, 100.0, 1.0, 1).mid)
    assert engine.on_quote(START + 1, 99.0, 1.0, 101.0, 1.0).mid == 100.0
    assert engine.on_tick(START + 2, 100.0, 1.0, 1).mid == 100.0
    assert engine.on_tick(START + 1 + 2 * SECOND, 100.0, 1.0, 1).mid == 100.0
    assert math.isnan(engine.on_tick(START + 2 + 2 * SECOND, 100.0, 1.0, 1).mid)
    assert engine.on_quote(START + 9 * SECOND, 98.0, 1.0, 100.0, 1.0).mid == 99.0
    assert engine.on_tick(START + 10 * SECOND, 100.0, 1.0, 1).mid == 99.0


def test_a_crossed_quote_is_counted_and_ends_the_one_before_after_a_while():
    engine = Engine(kernels="mid_spread")
    engine.on_quote(START, 99.0, 1.0, 101.0, 1.0)
    crossed = engine.on_quote(START + 1, 102.0, 1.0, 101.0, 1.0)
    assert crossed.status == 0 and crossed.mid == 100.0
    engine.on_quote(START + SECOND, 102.0, 1.0, 101.0, 1.0)  # not the first: the end stays
    assert engine.on_tick(START + 1 + SECOND, 100.0, 1.0, 1).mid == 100.0
    assert math.isnan(engine.on_tick(START + 2 + SECOND, 100.0, 1.0, 1).mid)
    counters = engine.quote_counters["0"]
    assert (counters["in"], counters["processed"], counters["crossed"]) == (3, 3, 2)


def test_an_empty_side_has_no_mid():
    engine = Engine(kernels="mid_spread")
    for bid, qty in ((math.nan, 5.0), (0.0, 0.0)):
        decision = engine.on_quote(START, bid, qty, 101.0, 1.0)
        assert decision.status == 0 and math.isnan(decision.mid)


@pytest.mark.parametrize(("quote", "reason"), [
    ((START, -1.0, 1.0, 101.0, 1.0), "bad_price"), ((START, 99.0, -1.0, 101.0, 1.0), "bad_qty"),
    ((START, 99.0, math.nan, 101.0, 1.0), "bad_qty"), ((5, 99.0, 1.0, 101.0, 1.0), "bad_timestamp"),
    ((START, 99.0, 1.0, math.inf, 1.0), "bad_price"), ((START, 0.0, 1.0, 101.0, 1.0), "bad_price")])
def test_a_bad_quote_is_rejected_and_changes_nothing(quote, reason):
    engine = Engine(kernels="mid_spread")
    engine.on_quote(START, 99.0, 1.0, 101.0, 1.0)
    before = engine.state()
    decision = engine.on_quote(*quote)
    assert decision.status == 3 and math.isnan(decision.mid) and not decision.accepted
    assert engine.quote_counters["0"]["reasons"] == {reason: 1}
    twin = Engine.from_state(before)
    after = [e.on_quote(START + 5, 99.0, 1.0, 103.0, 1.0).mid for e in (engine, twin)]
    assert after == [101.0, 101.0]


def test_a_late_quote_is_counted_or_an_error():
    engine = Engine(kernels="mid_spread")
    engine.on_quote(START + 5, 99.0, 1.0, 101.0, 1.0)
    assert engine.on_quote(START, 9.0, 1.0, 11.0, 1.0).status == 1
    assert engine.on_tick(START + 6, 100.0, 1.0, 1).mid == 100.0
    strict = Engine(kernels="mid_spread", on_late="error")
    strict.on_quote(START + 5, 99.0, 1.0, 101.0, 1.0)
    with pytest.raises(LateTickError, match="a quote"):
        strict.on_quote(START, 9.0, 1.0, 11.0, 1.0)
    quotes = {"ts_ns": [START + 5, START], "bid": [1.0, 1.0], "bid_qty": [1.0, 1.0],
              "ask": [2.0, 2.0], "ask_qty": [1.0, 1.0]}
    with pytest.raises(LateTickError, match="quote 1"):
        Engine(kernels="mid_spread", on_late="error").run(quotes=quotes)


def test_what_cannot_be_is_refused():
    bought, quoted = tape(1, trades=20, quotes=20)
    engine = Engine(kernels="mid_spread")
    with pytest.raises(ConfigError, match="no clock is called 'm1'; there are: trade quote book"):
        engine.run(trades=bought, quotes=quoted, rows="m1")
    with pytest.raises(DataError, match="quotes have no column ask_qty"):
        engine.run(quotes={n: c for n, c in quoted.items() if n != "ask_qty"})
    with pytest.raises(DataError, match="trades and quotes must all have a column symbol"):
        engine.run(trades=bought | {"symbol": ["a"] * 20}, quotes=quoted)
    with pytest.raises(DataError, match="not both"):
        engine.run(bought["ts_ns"], quotes=quoted)
    with pytest.raises(DataError, match="unequal lengths"):
        engine.run(quotes=quoted | {"ask": quoted["ask"][1:]})


def test_quotes_that_never_come_are_asked_for():
    bought, quoted = tape(1, trades=20, quotes=20)
    engine = Engine(kernels="k1,mid_spread")
    with pytest.raises(ConfigError, match=r"mid_spread moves on quotes, and there are none: give"):
        engine.run(**bought)
    engine.on_quote(*(column[0].item() for column in quoted.values()))
    assert len(engine.run(**bought)) == 20


def test_a_table_of_quotes_is_taken():
    pa = pytest.importorskip("pyarrow")
    bought, quoted = tape(4)
    frame = Engine(kernels="mid_spread").run(trades=bought, quotes=pa.table(quoted))
    np.testing.assert_array_equal(frame["mid"], as_of(bought, quoted))


def test_every_kernel_of_quotes_is_its_reference():
    _, quoted = tape(11)
    good = ~(quoted["bid"] >= quoted["ask"])
    market = Quotes(**{name: column[good] for name, column in quoted.items()})
    for kernel in catalogue():
        if kernel["clocks"] != ["quote"]:
            continue
        name = kernel["name"]
        endless = {"max_quote_age": 0, "hold_good": 9e9}  # ends are of test_lapses.py
        frame = Engine(kernels=name, **endless).run(quotes=quoted, rows="quote")
        for output, want in import_module(f"tests.reference.{name}").reference(market).items():
            got = frame[output][good]
            np.testing.assert_array_equal(np.isnan(got), np.isnan(want))
            assert np.nanmax(abs(got - want) / np.maximum(1, abs(want))) <= 1e-12, output


def test_who_takes_trades_alone_says_so(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("ts_ns,price,qty,side\n1700000000000000000,1.0,1.0,buy\n")
    with pytest.raises(ConfigError, match="moves on quotes.*give quotes=FILE"):
        replay(file, out=tmp_path / "out.csv", config={"kernels": "mid_spread"})


@pytest.mark.parametrize("text", ["chain", "mid_spread", "k1,mid_spread",
                                  "a = 2*mid - trade.price"])
def test_a_state_is_the_same_whichever_way_its_events_came(text):
    bought, quoted = tape(13, trades=40, quotes=90)
    for trades, quotes in ((bought, quoted), (None, quoted), (bought, None)):
        together, alone = Engine(kernels=text), Engine(kernels=text)
        together.run(trades=trades, quotes=quotes)
        nothing = {"ts_ns": np.empty(0, np.int64)}
        for kind, i in merged(trades or nothing, quotes or nothing):
            feed(alone, trades, quotes, kind, i)
        assert together.state() == alone.state()


def test_symbols_are_those_that_came():
    _, quoted = tape(13, quotes=30, symbols=3)
    engine = Engine(kernels="mid_spread")
    engine.run(quotes=quoted)
    assert sorted(engine.symbols) == ["a", "b", "c"]


def test_quotes_of_another_unit_are_told_and_leave_no_leader_behind():
    bought, quoted = tape(13, trades=40, quotes=90)
    engine = Engine(kernels="mid_spread")
    leader = (bought["ts_ns"], bought["price"])
    with pytest.raises(DataError, match="quotes ts_ns: every time lies before min_time.*micro"):
        engine.run(trades=bought, quotes=quoted | {"ts_ns": quoted["ts_ns"] // 1000},
                   leader=leader)
    assert engine.leader_waiting == 0 and engine.symbols == []
    with pytest.raises(DataError, match="every one of 90 rows was rejected, 90 as bad_qty"):
        engine.run(trades=bought, quotes=quoted | {"bid_qty": -quoted["bid_qty"] - 1})


def test_an_event_of_quotes_is_a_mapping_too():
    engine = Engine(kernels="mid_spread")
    decision = engine.on_event({"kind": "quote", "ts_ns": START, "bid": 99.0, "bid_qty": 1.0,
                                "ask": 101.0, "ask_qty": 1.0})
    assert decision.mid == 100.0
