"""sample: an output as rows of another clock see it, most often a timer's."""

import numpy as np
import pytest

from tests.contract.test_bits import bits
from tests.contract.test_clocks import SECOND, START, one_by_one, same
from tests.contract.test_clocks import tape as two_clocks
from tests.golden.test_clock_tape import MS, tape
from tests.reference.series.sample import on_grid
from tickeng import Config, ConfigError, Engine, catalogue
from tickeng import kernels as k

GRID = "grid = timer(period=100ms)"
TEXT = (f"{GRID}; m1 = time_bars(period=500ms); a = sample(spread, on=grid); "
        "b = sample(trade.price, on=grid); c = sample(trade.price - mid, on=grid); "
        "d = sample(m1.close, on=grid); e = sample(mid, on=trade); f = sample(trade_flow, "
        "on=quote); y = z(a, window=20); s = mean(b, window=500ms); slow = sample(b, on=m1); "
        "self = sample(mid)")


def with_an_end(columns):
    """The worked tape and a trade at 700: rows of timers come with the event behind them."""
    more = {"ts_ns": columns["ts_ns"][0] - 10 * MS + 700 * MS, "price": 100.0, "qty": 1.0,
            "side": 1}
    return {name: np.append(column, more[name]) for name, column in columns.items()}


def test_golden_values():
    bought, quoted = tape()
    text = (f"{GRID}; mid_spread; q = sample(spread_bps, on=grid); med = median(q, window=3); "
            "i = sample(quote_imbalance, on=grid)")
    frame = Engine(kernels=text).run(trades=with_an_end(bought), quotes=quoted, rows="grid")
    at = (frame["ts_ns"] - quoted["ts_ns"][0]) // MS
    assert at.tolist() == [0, 100, 200, 300, 400, 500, 600, 700][: len(at)] and len(at) >= 7
    want = [20, 19.98001998, 19.98001998, 19.96007984, 19.96007984, 9.985022466, 9.985022466]
    np.testing.assert_allclose(frame["q"][:7], want, rtol=1e-9)
    np.testing.assert_allclose(frame["med"][3:7],
                               [19.98001998, 19.96007984, 19.96007984, 9.985022466], rtol=1e-9)
    assert frame["i"][:7].tolist() == [0.5, 0.6, 0.6, -0.5, -0.5, 0, 0]


@pytest.mark.parametrize("rows", ["trade", "quote"])
def test_one_by_one_together_and_resumed_are_one(rows):
    bought, quoted = two_clocks(11)
    frame = Engine(kernels=TEXT, warmup="expanding").run(trades=bought, quotes=quoted, rows=rows)
    alone = one_by_one(TEXT, bought, quoted, rows)
    same(alone, frame)
    same(alone, one_by_one(TEXT, bought, quoted, rows, cut=1234))
    assert all(np.isfinite(frame[name]).any() for name in "abcdefys")


def test_samples_of_trades_and_quotes_are_their_reference():
    """A quote holds 30 s, one second after it was crossed or locked."""
    bought, quoted = two_clocks(12)
    text = "grid = timer(period=70ms); a = sample(mid, on=grid); b = sample(trade.price, on=grid)"
    frame = Engine(kernels=text).run(trades=bought, quotes=quoted, rows="grid")
    ts, until = quoted["ts_ns"], []
    good = ~(quoted["bid"] >= quoted["ask"])
    for n in np.flatnonzero(good):
        bad = np.flatnonzero(~good[n:])
        following = np.flatnonzero(good[n + 1:])
        last = ts[n] + 30 * SECOND
        if len(bad) and (not len(following) or bad[0] < following[0] + 1):
            last = min(last, ts[n + bad[0]] + SECOND)
        until.append(last)
    mid = (quoted["bid"] + quoted["ask"])[good] / 2
    np.testing.assert_allclose(
        frame["a"], on_grid(mid, ts[good], frame["ts_ns"], np.array(until)), rtol=1e-15)
    np.testing.assert_array_equal(frame["b"], on_grid(bought["price"], bought["ts_ns"],
                                                      frame["ts_ns"]))
    assert np.isnan(frame["a"]).any() and len(frame) > 400
    assert (np.diff(frame["ts_ns"]) == 70 * MS).all() and frame["ts_ns"][0] >= START


def test_on_another_clock_it_is_what_that_sees_and_on_its_own_the_input():
    bought, quoted = two_clocks(13)
    text = "mid_spread; e = sample(mid, on=trade); self = sample(spread); k1"
    frame = Engine(kernels=text).run(trades=bought, quotes=quoted)
    np.testing.assert_array_equal(frame["e"], frame["mid"])
    frame = Engine(kernels=text).run(trades=bought, quotes=quoted, rows="quote")
    np.testing.assert_array_equal(frame["self"], frame["spread"])


def test_it_remembers_nothing():
    assert {x["name"]: x["reach"] for x in catalogue()}["sample"] == "none"
    bought, _ = two_clocks(14, trades=60_000)
    columns = [bought[name] for name in ("ts_ns", "price", "qty", "side")]
    text = "a = sample(k3); b = lag(sample(trade.price / trade.qty), rows=3)"
    one, many = Engine(kernels=text), Engine(kernels=text)
    assert bits(one.run(*columns)) == bits(many.run(*columns, workers=2))
    assert many._chunks >= 2 and one.state() == many.state()


def test_a_gap_of_many_samples_begins_anew():
    engine = Engine(kernels=f"{GRID}; b = sample(trade.price, on=grid); s = mean(b, window=3)")
    for second in range(3):
        last = engine.on_tick(START + second * SECOND, 100.0 + second, 1.0, 1)
    assert last.b == 101.0 and last.s == 101.0
    after = engine.on_tick(START + 5_000 * SECOND, 7.0, 1.0, 1)
    assert np.isnan(after.s)


def test_texts_objects_and_what_is_refused():
    a = Config(kernels="grid = timer(period=0.1); q = sample(quote_imbalance, on=grid)")
    b = Config(kernels="g = timer(period=100ms); q = sample(quote_imbalance, on=g)")
    assert a.hash == b.hash
    assert str(k.sample(k.quote_imbalance, on="quote", name="q")) == (
        "q = sample(quote_imbalance, on=quote)")
    for text, word in (("sample", "sample reads no number of its own"),
                       ("sample(trade.price - mid)", "reads outputs of several clocks"),
                       ("sample(k1, window=3)", "window")):
        with pytest.raises(ConfigError, match=word):
            Engine(kernels=text)
