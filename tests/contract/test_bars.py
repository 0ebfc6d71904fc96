"""Builders of bars, what moves on their bars, and the same bits whichever way events came."""

import math
from importlib import import_module

import numpy as np
import pytest

from tests.contract.test_clocks import START, feed, merged, one_by_one, same
from tests.reference import Real, Trades, rsi
from tests.reference.bars import columns
from tickeng import ConfigError, Engine, catalogue, replay

SECOND = 10**9
BUILDERS = {kernel["name"] for kernel in catalogue() if kernel["builds"]}
CASES = [("time_bars", {"period": 60.0}), ("time_bars", {"period": 7.0, "first_bar": "keep"}),
         ("tick_bars", {"size": 7}), ("tick_bars", {"size": 1}), ("volume_bars", {"size": 25.0}),
         ("volume_bars", {"size": 0.48371234567}), ("volume_bars", {"size": 25.0, "split": False}),
         ("dollar_bars", {"size": 1000.0}), ("dollar_bars", {"size": 1000.0, "split": False}),
         ("renko_bars", {"brick": 0.02}), ("renko_bars", {"brick": 0.07}),
         ("timer", {"period": 5.0}), ("trade_grid", {"period": 5.0}),
         ("trade_grid", {"period": 0.7})]
TEXT = """
m1 = time_bars(period=20s); m5 = time_bars(period=100s); v = volume_bars(size=20)
t = tick_bars(size=7); k = renko_bars(brick=0.05); grid = timer(period=5s)
a = rsi(m1, window=3); b = rsi(v, window=4, form=wilder); c = rsi(tick_bars(size=7))
seen = alpha(signal=m1.close, size=b); held = signal(k1=v.close, k2=m5.close)
"""


def tape(seed, trades=1500, quotes=600, step_s=0.9):
    """(trades, quotes) with ties in time, pauses of many bars, and one that lasts for days."""
    rng = np.random.default_rng(seed)
    steps = rng.choice([0, 0.001, 0.5, 1, 2], trades) * step_s
    steps[rng.random(trades) < 0.01] = 90
    steps[trades // 2] = 10 * 86_400
    clock = START + 3 * SECOND + (np.cumsum(steps) * SECOND).astype(np.int64)
    bought = {"ts_ns": clock, "price": 100 + np.round(np.cumsum(rng.normal(0, 0.02, trades)), 2),
              "qty": np.round(rng.exponential(1, trades), 3) * rng.choice([1, 0, 40], trades,
                                                                         p=[0.96, 0.02, 0.02]),
              "side": rng.choice([-1, 0, 1], trades)}
    times = np.sort(rng.choice(clock, quotes) + rng.choice([0, 0, 1, SECOND], quotes))
    bid = 100 + np.round(rng.normal(0, 0.05, quotes), 2)
    quoted = {"ts_ns": times, "bid": bid, "bid_qty": np.ones(quotes),
              "ask": bid + rng.choice([0.01, 0.02, -0.01], quotes), "ask_qty": np.ones(quotes)}
    return bought, quoted


def trades_of(bought):
    none = np.zeros(0)
    return Trades(bought["ts_ns"], bought["price"], bought["qty"],
                  bought["side"].astype(np.int8), none.astype(np.int64), none,
                  np.zeros(len(bought["ts_ns"]), np.int64))


def call(kernel, params):
    def text(value):
        return str(value).lower() if isinstance(value, bool) else str(value)

    return f"{kernel}({', '.join(f'{name}={text(value)}' for name, value in params.items())})"


def test_every_builder_has_a_case():
    assert {kernel for kernel, _ in CASES} | {"session"} == BUILDERS  # test_sessions.py


@pytest.mark.parametrize(("kernel", "params"), CASES, ids=[call(*case) for case in CASES])
def test_a_builders_rows_are_its_reference(kernel, params):
    bought, _ = tape(1)
    bars = import_module(f"tests.reference.{kernel}").reference(trades_of(bought), **params)
    frame = Engine(kernels=f"b = {call(kernel, params)}; k1").run(trades=bought, rows="b")
    assert frame["ts_ns"].tolist() == [bar.ts_ns for bar in bars] and len(bars) > 20
    if kernel == "timer":
        return
    want = columns(bars)
    if kernel == "renko_bars":
        assert frame["b_bricks"].tolist() == [bar.bricks for bar in bars]
        want = {name: want[name] for name in ("volume", "signed_volume", "trades")}
    for name, column in want.items():
        exact = name in ("open", "high", "low", "close", "trades")
        np.testing.assert_allclose(frame[f"b_{name}"], column, rtol=0 if exact else 1e-13,
                                   atol=0 if exact else 1e-12, err_msg=name)


@pytest.mark.parametrize("form", ["cutler", "wilder"])
def test_rsi_is_its_reference(form):
    bought, _ = tape(2)
    frame = Engine(kernels=f"b = time_bars(period=11s); r = rsi(b, window=5, form={form})").run(
        trades={name: column[:700] for name, column in bought.items()}, rows="b")
    want = rsi.reference(frame["b_close"].astype(Real), 5, form).astype(float)
    np.testing.assert_allclose(frame["r"], want, rtol=0, atol=1e-9)
    flat = bought | {"price": np.full(len(bought["price"]), 7.0)}
    still = Engine(kernels="b = time_bars(period=11s); r = rsi(b, window=5)").run(
        trades=flat, rows="b")["r"]
    assert set(still[np.isfinite(still)]) == {50.0}


def test_golden_values():
    price = [100.0, 101, 102.5, 101.2, 100.0, 99, 101]
    rows = {"ts_ns": START + np.arange(7), "price": price, "qty": [1.0] * 7, "side": [1] * 7}
    frame = Engine(kernels="k = renko_bars(brick=1)").run(trades=rows, rows="k")
    assert frame["k_bricks"].tolist() == [1, 1, -1, -1, 1] and frame["k_close"][-1] == 101
    closes = 100 * np.cumprod([1, 1.01, 0.99, 1.02, 1, 1.01])
    rows = {"ts_ns": START + np.arange(6), "price": closes, "qty": [1.0] * 6, "side": [1] * 6}
    frame = Engine(kernels="r = rsi(tick_bars(size=1), window=5)").run(trades=rows)
    assert frame["r"][-1] == pytest.approx(80)
    i = np.arange(30)
    rows = {"ts_ns": START + i, "price": 100 + 5 * np.sin(i / 3) + 0.2 * i, "qty": [1.0] * 30,
            "side": [1] * 30}
    frame = Engine(kernels="r = rsi(tick_bars(size=1))").run(trades=rows)
    assert frame["r"][-1] == pytest.approx(70.09887562, abs=1e-6)  # that adds 1e-10 to a loss


@pytest.mark.parametrize("rows", ["trade", "quote"])
@pytest.mark.parametrize("text", [TEXT, TEXT + "; mid_spread; q = signal(k1=mid, k2=m1.vwap)"])
def test_one_by_one_together_and_resumed_are_one(text, rows):
    bought, quoted = tape(7)
    frame = Engine(kernels=text, warmup="expanding").run(trades=bought, quotes=quoted, rows=rows)
    alone = one_by_one(text, bought, quoted, rows)
    same(alone, frame)
    same(alone, one_by_one(text, bought, quoted, rows, cut=997))
    if rows == "trade" and "mid_spread" not in text:
        same(alone, Engine(kernels=text, warmup="expanding").run(**bought))


@pytest.mark.parametrize("rows", ["m1", "v", "k", "grid"])
def test_rows_of_a_builder_do_not_depend_on_how_events_came(rows):
    bought, quoted = tape(8)
    text = TEXT + "; mid_spread; chain"
    whole = Engine(kernels=text).run(trades=bought, quotes=quoted, rows=rows)
    assert len(whole) > 30 and np.isfinite(whole["mid"]).any()
    engine, parts = Engine(kernels=text), []
    for cut in np.split(np.arange(len(bought["ts_ns"])), [1, 2, 400, 401, 900]):
        first, last = bought["ts_ns"][cut[0]], bought["ts_ns"][cut[-1]]
        ours = (quoted["ts_ns"] >= first if cut[0] else True) & (
            (quoted["ts_ns"] < bought["ts_ns"][cut[-1] + 1]) if cut[-1] + 1 < 1500 else True)
        assert last >= first
        parts.append(engine.run(trades={n: c[cut] for n, c in bought.items()},
                                quotes={n: c[ours] for n, c in quoted.items()}, rows=rows))
        engine = Engine.from_state(engine.state())
    same({name: np.concatenate([part[name] for part in parts]) for name in whole.columns}, whole)
    named = {name: column | {"symbol": ["x"] * len(column["ts_ns"])}
             for name, column in (("trades", bought), ("quotes", quoted))}
    frame = Engine(kernels=text).run(**named, rows=rows)  # event by event, where symbols are named
    assert set(frame["symbol"]) == {"x"}
    same({name: whole[name] for name in whole.columns}, frame)


def test_the_event_that_ends_a_bar_sees_it_and_the_one_that_completes_it_does_not():
    text = ("m = time_bars(period=10s); t = tick_bars(size=2);"
            "a = signal(k1=m.close, lead_weight=0, clip=1e9);"
            "b = signal(k1=t.close, lead_weight=0, clip=1e9)")
    engine = Engine(kernels=text)
    begin = START // (10 * SECOND) * 10 * SECOND
    engine.on_tick(begin, 100.0, 1.0, 1)
    second = engine.on_tick(begin + 1, 101.0, 1.0, 1)
    assert second.t_close == 101.0 and math.isnan(second.b)  # its row shows it, its nodes do not
    ended = engine.on_tick(begin + 10 * SECOND, 102.0, 1.0, 1)
    assert (ended.m_close, ended.m_trades, ended.a) == (101.0, 2.0, 101.0) and ended.b == 101.0


def test_a_quote_or_the_clock_ends_a_bar_too():
    begin = START // (10 * SECOND) * 10 * SECOND
    for end in ("quote", "crossed", "time"):
        engine = Engine(kernels="m = time_bars(period=10s); g = timer(period=1s); r = rsi(m)")
        engine.on_tick(begin, 100.0, 1.0, 1)
        if end == "time":
            assert engine.on_time(begin + 10 * SECOND, 0).m_close == 100.0
        else:
            ask = 101.0 if end == "quote" else 98.0
            assert engine.on_quote(begin + 10 * SECOND, 99.0, 1.0, ask, 1.0).m_close == 100.0


def test_after_too_many_empty_bars_everything_on_them_begins_anew():
    text = "m = time_bars(period=1s); r = rsi(m, window=2); a = signal(k1=r)"
    for gap, fresh in ((10_000, False), (10_002, True)):
        engine = Engine(kernels=text)
        begin = START // SECOND * SECOND
        for second, price in enumerate((100.0, 101.0, 100.0, 102.0)):
            last = engine.on_tick(begin + second * SECOND, price, 1.0, 1)
        assert math.isfinite(last.r)
        after = engine.on_tick(begin + (3 + gap) * SECOND, 103.0, 1.0, 1)
        assert math.isnan(after.r) == math.isnan(after.m_close) == fresh
        for held in (engine, Engine.from_state(engine.state())):
            assert ("m" in held.health) == fresh
            assert not fresh or held.health["m"].restarts == 1
        bought = {"ts_ns": [begin, begin + SECOND, begin + (2 + gap) * SECOND,
                            begin + (3 + gap) * SECOND], "price": [1.0, 2.0, 3.0, 4.0],
                  "qty": [1.0] * 4, "side": [1] * 4}
        engine = Engine(kernels=text)
        bars = engine.run(trades=bought, rows="m")
        assert len(bars) == (3 if fresh else gap + 3)
        assert ("m" in engine.health) == fresh


def test_one_trade_of_too_many_bars_begins_anew():
    engine = Engine(kernels="v = volume_bars(size=1); r = rsi(v, window=2)")
    assert engine.on_tick(START, 100.0, 9_999.5, 1).v_close == 100.0
    assert engine.on_tick(START + 1, 101.0, 0.5, -1).v_signed_volume == 0.0
    assert math.isnan(engine.on_tick(START + 2, 100.0, 1e300, 1).v_close)
    assert engine.health["v"].restarts == 1
    assert engine.on_tick(START + 3, 90.0, 1.5, 1).v_open == 90.0


def test_prices_beyond_all_bricks_make_none():
    engine = Engine(kernels="k = renko_bars(brick=1e-12)")
    for price in (1e-12, 1e300, 1e-300, 5e299, 100.0, 1e5):
        engine.on_tick(START, price, 1.0, 1)
    assert Engine(kernels="k = renko_bars(brick=0.1)").on_tick(START, 0.3, 1.0, 1).accepted


@pytest.mark.parametrize(("text", "said"), [
    ("rsi", r"rsi moves on bars; say on which: m1 = time_bars\(period=1m\); rsi\(m1\)"),
    ("rsi(k1)", "k1 builds none"), ("rsi(k1.k1)", "bars have a builder's name, here is an output"),
    ("m = time_bars; x = signal(k1=m)", "m is no output; there are: m.open m.high"),
    ("m = time_bars(period=0s)", "whole number of ns|out of bounds|duration"),
    ("m = time_bars; r = rsi(m, on=trade)", "moves on a clock of its own"),
    ("\n".join(f"m{n} = tick_bars(size={n + 1})" for n in range(63)), "more than 59 builders")])
def test_what_cannot_be_is_refused(text, said):
    with pytest.raises(ConfigError, match=said):
        Engine(kernels=text)


def test_rows_of_no_clock_are_refused():
    bought, _ = tape(1)
    with pytest.raises(ConfigError, match="called 'm9'; there are: trade quote book bar own m1"):
        Engine(kernels="m1 = time_bars").run(trades=bought, rows="m9")


def test_equal_builders_are_one_clock():
    nodes = Engine(kernels="a = time_bars(period=1m); b = time_bars(period=60s); x = rsi(a);"
                           "y = rsi(bars=b)").config.nodes()
    assert [node["kernel"] for node in nodes] == ["time_bars", "rsi"]
    assert nodes[0]["builds"] and nodes[1]["clocks"] == [nodes[0]["name"]]
    hashes = {Engine(kernels=text).config.hash for text in (
        "a = time_bars; x = rsi(a)", "x = rsi(b); b = time_bars",
        "q = time_bars(period=1m); w = rsi(q)")}
    assert len(hashes) == 1
    assert Engine(kernels="a = time_bars; b = time_bars(period=5m); x = rsi(a)").config.hash != (
        Engine(kernels="a = time_bars; b = time_bars(period=5m); x = rsi(b)").config.hash)


def test_the_command_replays_bars(tmp_path):
    bought, _ = tape(3)
    bought |= {"side": np.where(bought["side"] > 0, 1, -1), "qty": bought["qty"] + 0.5}
    path = tmp_path / "t.csv"
    rows = zip(*(column.tolist() for column in bought.values()), strict=True)
    path.write_text("ts_ns,price,qty,side\n" + "".join(
        ",".join(map(str, row)) + "\n" for row in rows))
    text = "m = time_bars(period=20s); r = rsi(m)"
    with pytest.warns(UserWarning, match="m began anew, 1 time: more than 10,000 bars"):
        replay(path, out=tmp_path / "o.parquet", config={"kernels": text})
    import pyarrow.parquet as pq

    table = pq.read_table(tmp_path / "o.parquet")
    want = Engine(kernels=text).run(**bought)
    same({"r": want["r"]}, {"r": table["r"].to_numpy()})


def test_bars_are_fed_as_events_are():
    """The helper that pushes events one by one pushes what the arrays hold."""
    bought, quoted = tape(5, trades=50, quotes=20)
    engine = Engine(kernels="t = tick_bars(size=10)")
    for kind, i in merged(bought, quoted):
        feed(engine, bought, quoted, kind, i)
    assert engine.counters["0"]["processed"] == 50
