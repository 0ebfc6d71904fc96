"""Sides that trades came without: the rules in plain words, and one meaning in every driver."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.test_clocks import feed, merged, tape
from tests.reference import Quotes, trade_side, without_leader
from tickeng import Config, ConfigError, Engine, ParallelEngine, StateError, read, replay
from tickeng.replay import Options
from tickeng.replay.inputs import effective_config
from tickeng.verification.ways import Facts, InChunks, TickByTick, Way, Whole

START, SECOND = 1_700_000_000 * 10**9, 10**9
RULES = ["tick", "quote", "lee-ready"]
TEXT = "cvd; trade_side; mid_spread"


def coarse(seed, symbols=1, trades=400, quotes=700):
    """Trades of which most have no side, and quotes at whose mids many of them stand."""
    bought, quoted = tape(seed, trades=trades, quotes=quotes, symbols=symbols)
    rng = np.random.default_rng(seed)
    bought["price"] = 100 + rng.integers(-3, 4, trades) * 0.5
    bought["side"] = rng.choice([0, 0, 0, 1, -1], trades).astype(np.int8)
    quoted["bid"] = 100 + rng.integers(-4, 3, quotes) * 0.5
    quoted["ask"] = np.where(rng.random(quotes) < 0.02, np.nan,
                             quoted["bid"] + rng.integers(0, 5, quotes) * 0.5)
    return bought, quoted


def wanted(rule, bought, quoted):
    """Sides as the reference of the kernel has them, symbol by symbol; what came is kept."""
    found = np.array(bought["side"])
    names = bought.get("symbol", np.zeros(len(found)))
    for name in np.unique(names):
        mine = names == name
        its = quoted.get("symbol", np.zeros(len(quoted["ts_ns"]))) == name
        trades = without_leader(*(bought[c][mine] for c in ("ts_ns", "price", "qty", "side")))
        quotes = Quotes(**{c: x[its] for c, x in quoted.items() if c != "symbol"})
        told = trade_side.reference(trades, quotes, rule=rule.replace("-", "_"))["trade_side"]
        told = np.nan_to_num(np.asarray(told, float)).astype(np.int8)
        found[mine] = np.where(found[mine] == 0, told, found[mine])
    return found


def engine_of(rule, **others):
    return Engine(kernels=TEXT, infer_side=rule, **others)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), rule=st.sampled_from(RULES), symbols=st.sampled_from([1, 3]),
       workers=st.sampled_from([1, 2]))
def test_sides_are_those_of_the_rule_and_count_as_if_they_had_come(seed, rule, symbols, workers):
    bought, quoted = coarse(seed, symbols, trades=900)
    sides = wanted(rule, bought, quoted)
    engine = engine_of(rule)
    frame = engine.run(trades=bought, quotes=quoted, workers=workers)
    assert frame["side"].tolist() == sides.tolist()
    came = Engine(kernels=TEXT).run(trades=bought | {"side": sides}, quotes=quoted)
    for name in came:
        np.testing.assert_array_equal(frame[name], came[name])
    counts = engine.inferred_sides.values()
    missing = np.array(bought["side"]) == 0
    assert sum(each["unknown"] for each in counts) == np.count_nonzero(sides == 0)
    assert sum(sum(each.values()) for each in counts) == np.count_nonzero(missing)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), rule=st.sampled_from(RULES), symbols=st.sampled_from([1, 3]),
       cut=st.integers(0, 1000))
def test_event_by_event_resumed_and_over_workers_are_one(seed, rule, symbols, cut):
    bought, quoted = coarse(seed, symbols)
    whole = engine_of(rule)
    frame = whole.run(trades=bought, quotes=quoted)
    engine, found = engine_of(rule), []
    with ParallelEngine(kernels=TEXT, infer_side=rule, workers=2, pin=False) as parallel:
        for n, (kind, i) in enumerate(merged(bought, quoted)):
            if n == cut:
                engine = Engine.from_state(engine.state())
            decision = feed(engine, bought, quoted, kind, i)
            row = [c[i].item() if hasattr(c[i], "item") else c[i]
                   for c in (bought if kind == 0 else quoted).values()]
            (parallel.submit if kind == 0 else parallel.on_quote)(*row)
            if kind == 0:
                found.append(decision.cvd)
        parallel.flush()
        answers = parallel.poll()
    assert found == frame["cvd"].tolist()
    assert sorted(answers["cvd"].tolist()) == sorted(found)
    assert engine.inferred_sides == whole.inferred_sides
    assert symbols > 1 or engine.state() == whole.state()  # codes go by first appearance


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("text", ["cvd", "buy_ratio", "chain"])
def test_long_stretches_of_trades_alone_are_signed_in_order(text, rule, workers):
    rng = np.random.default_rng(3)
    n = 120_000  # enough for chunks and for a wavefront
    price = 100 + np.round(np.cumsum(rng.normal(0, 0.01, n)), 2)
    price[5_000:90_000] = price[5_000]  # what is carried lies far behind
    ts_ns = START + np.cumsum(rng.integers(0, 3, n)) * 1_000_000
    quote = (int(ts_ns[0]) - 1, float(price[5_000]) - 0.01, 1.0, float(price[5_000]) + 0.01, 1.0)
    engine = Engine(kernels=text, infer_side=rule)
    engine.on_quote(*quote)
    frame = engine.run(ts_ns, price, np.ones(n), workers=workers)
    quotes = Quotes(*(np.array([value]) for value in quote))
    trades = without_leader(ts_ns, price, np.ones(n), np.zeros(n, np.int8))
    sides = quick(rule, trades, quotes)
    np.testing.assert_array_equal(frame["side"], sides)
    came = Engine(kernels=text).run(ts_ns, price, np.ones(n), sides)
    for name in came:
        np.testing.assert_array_equal(frame[name], came[name])


def quick(rule, trades, quotes):
    """The same with one quote, which is the market for 30 s, in arrays."""
    change = np.sign(np.diff(trades.price, prepend=trades.price[:1]))
    last = np.maximum.accumulate(np.where(change != 0, np.arange(len(change)), 0))
    tick = change[last]
    fresh = trades.ts_ns - quotes.ts_ns[0] <= 30 * SECOND
    at_quote = np.sign(trades.price - (quotes.bid[0] + quotes.ask[0]) / 2)
    sides = tick if rule == "tick" else np.where(
        fresh & ((at_quote != 0) | (rule == "quote")), at_quote, tick)
    sides[0] = 0
    return sides.astype(np.int8)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("symbols", [1, 3])
def test_a_quote_at_the_trades_own_time_changes_nothing_in_its_row(rule, symbols):
    bought, quoted = coarse(11, symbols)
    frame = engine_of(rule).run(trades=bought, quotes=quoted)
    seen = np.searchsorted(quoted["ts_ns"], bought["ts_ns"], side="right")
    at = 50 + int((np.diff(seen[50:]) > 0).argmax())
    planted = {"ts_ns": bought["ts_ns"][at], "bid": 50.0, "bid_qty": 1.0, "ask": 51.0,
               "ask_qty": 1.0, "symbol": bought["symbol"][at] if symbols > 1 else None}
    more = {name: np.insert(column, seen[at], planted[name]) for name, column in quoted.items()}
    again = engine_of(rule).run(trades=bought, quotes=more)
    assert frame["side"][:at + 1].tolist() == again["side"][:at + 1].tolist()
    assert frame["cvd"][:at + 1].tolist() == again["cvd"][:at + 1].tolist()


def test_books_give_quotes_and_those_that_end_give_none():
    def side_after(*steps):
        engine = Engine(kernels="cvd", infer_side="quote")
        engine.on_tick(START, 100.0, 1.0, 0)
        for ts_s, what in steps:
            if what == "gap":
                engine.on_delta(START + ts_s * SECOND, [(90.0, 1.0)], [], first=9, last=9,
                                previous=8)
            else:
                engine.on_delta(START + ts_s * SECOND, [(what - 1, 1.0)], [(what + 1, 1.0)],
                                snapshot=True, last=1)
        engine.on_tick(START + 40 * SECOND, 100.0, 1.0, 0)
        return engine._last_side(0)

    assert side_after((20, 101.0)) == -1
    assert side_after((20, 99.0)) == 1
    assert side_after((20, 100.0)) == 0
    assert side_after((5, 101.0)) == 0  # too old
    assert side_after((20, 101.0), (21, "gap")) == 0


def test_what_is_late_or_rejected_moves_no_rule():
    engine = Engine(kernels="cvd", infer_side="tick")
    for second, price, side in ((5, 100.0, 0), (6, 101.0, 1), (4, 50.0, 0), (7, -1.0, 0),
                                (8, 101.0, 1)):
        engine.on_tick(START + second * SECOND, price, 1.0, 0)
        assert engine._last_side(0) == side or second in (4, 7)


def test_a_state_says_the_rule_and_another_does_not_go_on_with_it():
    state = engine_of("quote").state()
    assert Engine.from_state(state).config["infer_side"] == "quote"
    with pytest.raises(StateError, match="infer_side"):
        Engine.from_state(state, infer_side="tick")


def files(folder: Path, bought, quoted):
    with open(folder / "t.csv", "w") as file:
        file.write("ts_ns,price,qty\n")
        rows = zip(bought["ts_ns"], bought["price"], bought["qty"], strict=True)
        file.writelines(f"{t},{p},{q}\n" for t, p, q in rows)
    with open(folder / "q.csv", "w") as file:
        file.write("ts_ns,bid,bid_qty,ask,ask_qty\n")
        file.writelines(",".join(map(str, row)) + "\n" for row in zip(
            *quoted.values(), strict=True))
    return folder / "t.csv", folder / "q.csv"


@pytest.mark.parametrize("rule", RULES[1:])
def test_a_replay_says_and_writes_the_sides(tmp_path, rule):
    bought, quoted = coarse(5)
    bought["side"] = np.zeros(len(bought["ts_ns"]), np.int8)
    trades, quotes = files(tmp_path, bought, quoted)
    whole = engine_of(rule).run(trades=bought, quotes=quoted)["side"]

    def run(out, **options):
        return replay(trades, tmp_path / out, config={"kernels": "cvd"}, quotes=quotes,
                      infer_side=rule, **options)

    report = run("whole.csv")
    written = read(tmp_path / "whole.csv", symbol_name="X")
    assert written["side"].tolist() == whole.tolist()
    assert report["sides"]["unknown"] == np.count_nonzero(whole == 0)
    assert sum(report["sides"][by] for by in ("by_quote", "by_tick", "unknown")) == len(whole)
    assert report["config"]["infer_side"] == report["sides"]["rule"] == rule
    first = run("cut.csv", limit=150, checkpoint=tmp_path / "c")
    rest = run("cut.csv", resume=tmp_path / "c")
    assert (tmp_path / "cut.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert {by: first["sides"][by] + n for by, n in rest["sides"].items() if by != "rule"} == {
        by: n for by, n in report["sides"].items() if by != "rule"}


@pytest.mark.parametrize("rule", RULES[1:])
def test_a_rule_by_quotes_without_quotes_is_refused_and_the_remedies_work(tmp_path, rule):
    bought, quoted = coarse(5)
    trades, quotes = files(tmp_path, bought, quoted)
    with pytest.raises(ConfigError, match="needs quotes, and there are none: give quotes=FILE"):
        replay(trades, infer_side=rule)
    replay(trades, infer_side="tick", config={"kernels": "cvd"})
    with pytest.raises(ConfigError, match='give infer_side="none" here'):
        read(trades, infer_side=rule)
    table = read(trades, infer_side="none")
    assert not table["side"].any()
    with pytest.raises(ConfigError, match="give run"):
        engine_of(rule).run(table)
    given = read(quotes)
    frame = engine_of(rule).run(trades=table, quotes=given)
    assert frame["side"].any()
    with pytest.raises(ConfigError, match="give one of them"):
        replay(trades, quotes=quotes, infer_side=rule, config={"infer_side": "tick"})
    assert Engine(kernels="cvd", infer_side="tick").run(trades)["side"].any()


@pytest.mark.parametrize("rule", RULES[1:])
def test_the_ways_that_are_verified_show_the_same_sides(tmp_path, rule):
    bought, quoted = coarse(8)
    trades, quotes = files(tmp_path, bought, quoted)
    options = Options([str(trades)], Config(kernels="cvd"), quotes=[str(quotes)],
                      source={"infer_side": rule})
    options.config = effective_config(options)
    sides = [np.concatenate([piece["side"] for piece in Way("x", stream).pieces(
        options, None, Facts())]).tolist() for stream in (Whole, TickByTick, InChunks)]
    assert sides[0] == sides[1] == sides[2] and any(sides[0])
