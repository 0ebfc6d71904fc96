"""Ticks that are not accepted: the stream says what the batch says, and they decide nothing."""

import math

import numpy as np
import pytest

from tests.golden.lcg import golden_stream
from tickeng import DataError, Engine, NotAcceptedWarning, ParallelEngine, Reason

SHORT = {"k1.window": 60, "k3.window": 50, "k4.window": 70, "regime_step": 200}


def hostile(seed, n=3_000):
    """A stream in which every kind of bad tick stands between good ones."""
    rng = np.random.default_rng(seed)
    s = golden_stream().head(n)
    ts, price, qty, side = s.ts_ns.copy(), s.price.copy(), s.qty.copy(), s.side.copy()
    for column, values in ((price, (np.nan, np.inf, 0.0, -1.0, 1e301)),
                           (qty, (np.nan, -1.0, np.inf)), (side, (2, -3, 7))):
        for value in values:
            column[rng.integers(0, n, 8)] = value
    ts[rng.integers(0, n, 20)] -= 10**12  # late
    ts[rng.integers(0, n, 5)] = -1
    symbol = np.array(["A", "B"])[rng.integers(0, 2, n)]
    return ts, price, qty, side.astype(np.int8), symbol


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("settings", [{}, {"on_late": "clamp"}, {"kernels": "k1,v_norm"},
                                      {"kernels": "alpha,regime,k2,speed,trade_flow"}])
def test_on_tick_says_what_run_says(seed, settings):
    columns = hostile(seed)
    short = SHORT if "kernels" not in settings else {"k1.window": 60}
    with pytest.warns(NotAcceptedWarning):
        frame = Engine(short, **settings).run(*columns)
    engine = Engine(short, **settings)
    last = {}
    for row, tick in enumerate(zip(*(c.tolist() for c in columns), strict=True)):
        before = engine.state() if row % 500 == 0 else None
        decision = engine.on_tick(*tick)
        for name in frame.columns:
            got = np.array([getattr(decision, name)], dtype=frame[name].dtype)
            assert got.tobytes() == frame[name][row:row + 1].tobytes(), (row, name)
        assert (decision.seq, decision.ts_ns, decision.symbol) == (row, tick[0], tick[4])
        assert decision.accepted == (decision.status == 0)
        if decision.accepted:
            last[tick[4]] = decision
        elif tick[4] in last:
            kept = engine.decision(tick[4])
            assert kept.to_dict() | {"n": 0} == pytest.approx(
                last[tick[4]].to_dict() | {"n": 0}, nan_ok=True)
            assert kept.accepted and kept.seq is None
        if before is not None and not decision.accepted:
            assert len(engine.state()) == len(before)
    assert (frame["status"] == 3).sum() > 60


def test_a_tick_that_is_not_accepted_shuts_the_gate():
    s = golden_stream().head(12_500)
    engine = Engine()
    frame = engine.run(s.ts_ns, s.price, s.qty, s.side)
    at = int(np.flatnonzero(frame["gate"])[-1])
    engine = Engine()
    engine.run(*(c[:at + 1] for c in (s.ts_ns, s.price, s.qty, s.side)))
    ts = int(s.ts_ns[at])
    for bad, status in (((ts - 1, 1.0, 1.0, 1), 1), ((ts, math.nan, 1.0, 1), 3)):
        decision = engine.on_tick(*bad)
        assert (decision.status, decision.gate, decision.alpha) == (status, 0, 0.0)
        assert not decision.accepted and math.isnan(decision.k1) and decision.reasons == ()
        kept = engine.decision(0)
        assert (kept.gate, kept.alpha, kept.ts_ns) == (1, frame["alpha"][at], ts)


def test_the_parallel_engine_says_the_same():
    columns = hostile(9)
    with pytest.warns(NotAcceptedWarning):
        frame = Engine(SHORT).run(*columns)
    one = Engine(SHORT)
    one._feed(*columns)
    for batch in (True, False):
        with ParallelEngine(SHORT, workers=2, order="total") as many:
            if batch:
                many.submit_batch(*columns)
            else:
                for tick in zip(*(c.tolist() for c in columns), strict=True):
                    many.submit(*tick)
            many.flush()
            got = many.poll()
            for name in frame.columns:
                assert got[name].tobytes() == frame[name].tobytes(), name
            for symbol in ("A", "B"):
                mine, its = many.decision(symbol), one.decision(symbol)
                assert repr(mine) == repr(its)
                assert (mine.ts_ns, mine.symbol, mine.accepted) == (its.ts_ns, symbol, True)


@pytest.mark.parametrize("text", ["chain; mid_spread", "chain"])
def test_a_quote_before_the_first_trade_finds_the_gate_shut_and_not_warm(text):
    """A row of a quote shows the gate as of the last trade. One that is refused decides nothing."""
    quote, start = (100.0, 1.0, 101.0, 2.0), 1_700_000_000_000_000_000
    one = Engine(SHORT, kernels=text)
    expected = [1, 1, 0, 1, 1]
    bad = (100.0, -1.0, 101.0, 2.0)
    given = [quote, quote, bad, quote, quote]  # the trade is behind the third
    found = []
    for n, event in enumerate(given):
        if n == 3:
            one = Engine.from_state(one.state())
            one.on_tick(start + n, 100.0, 1.0, 1)
        found.append(one.on_quote(start + n, *event))
    assert [d.reason for d in found] == expected and not any(d.gate for d in found)
    assert found[0].reasons == ("not_warm",) and found[0].alpha == 0.0 and found[2].status == 3
    columns = dict(zip(("bid", "bid_qty", "ask", "ask_qty"), np.array(given).T, strict=True))
    columns["ts_ns"] = start + np.arange(5)
    trades = {"ts_ns": [start + 3], "price": [100.0], "qty": [1.0], "side": [1]}
    with pytest.warns(NotAcceptedWarning):
        frame = Engine(SHORT, kernels=text).run(trades=trades, quotes=columns, rows="quote")
    assert frame["reason"].tolist() == expected and not frame["gate"].any()
    with ParallelEngine(SHORT, kernels=text, workers=1, rows="quote", pin=False) as many:
        for n, event in enumerate(given):
            if n == 3:
                many.submit(start + n, 100.0, 1.0, 1)
            many.on_quote(start + n, *event)
        many.flush()
        assert many.poll()["reason"].tolist() == expected
        many.reset(0)
        many.on_quote(start + 9, *quote)
        many.flush()
        assert many.poll()["reason"].tolist() == [1]
        assert many.decision(0).reason == 1 and many.decision(0).ts_ns is None


def test_reasons_have_names():
    engine = Engine()
    engine.halt()
    engine.feed_down()
    decision = engine.on_tick(10**18, 1.0, 1.0, 1)
    assert decision.reasons == ("not_warm", "feed", "halted")
    assert Reason(decision.reason) == Reason.NOT_WARM | Reason.FEED | Reason.HALTED


def test_numbers_of_ticks_go_on_over_runs_and_restarts():
    engine = Engine()
    assert engine.on_tick(10**18, 1.0, 1.0, 1).seq == 0
    engine.run(10**18 + np.arange(3), np.ones(3), np.ones(3), [1, 1, -1])
    assert engine.on_tick(10**18, 1.0, 1.0, 1, "B").seq == 4
    assert Engine.from_state(engine.state()).on_tick(10**18 + 5, 1.0, 1.0, 1).seq == 5
    assert engine.copy().on_tick(10**18 + 5, 1.0, 1.0, 1).seq == 5
    engine.reset()
    assert engine.on_tick(10**18, 1.0, 1.0, 1).seq == 0


def test_run_warns_once_and_counts_by_reason():
    price = np.ones(100)
    price[:3] = np.nan
    ts = 10**18 + np.arange(100)
    ts[50] -= 60
    with pytest.warns(NotAcceptedWarning) as caught:
        frame = Engine().run(ts, price, np.ones(100), np.ones(100, int))
    assert [str(w.message) for w in caught] == [
        "4 of 100 rows were not accepted: 1 late, 3 bad_price"]
    assert caught[0].filename == __file__
    assert "4 not accepted: 1 late, 3 rejected" in repr(frame)
    Engine().run(10**18 + np.arange(300), np.append(np.ones(297), [np.nan] * 3), np.ones(300),
                 np.ones(300, int))  # 1 % is no reason to


@pytest.mark.parametrize(("column", "reason", "remedy"), [
    (1, "bad_price", "price must"), (2, "bad_qty", "side -1"), (3, "bad_side", "sides=")])
def test_an_array_of_which_every_row_is_rejected_is_an_error(column, reason, remedy):
    columns = [10**18 + np.arange(50), np.ones(50), np.ones(50), np.ones(50)]
    columns[column] = np.full(50, -7.0)
    engine = Engine()
    with pytest.raises(DataError, match=f"every one of 50 rows .* {reason}: .*{remedy}"):
        engine.run(*columns)
    assert engine.counters["0"]["rejected"] == 50


def test_every_leader_is_counted_by_its_name():
    with ParallelEngine(workers=1) as many:
        for engine in (Engine(), many):
            engine.on_leader(10**18, 1.0)
            engine.on_leader(10**18 + 1, 2.0, leads="A")
            engine.on_leader(10**18, 2.0, leads="A")
            found = engine.leader_counters
            assert set(found) == {"*", "A"}
            assert (found["*"]["processed"], found["A"]["processed"], found["A"]["late"]) == (
                1, 1, 1)
