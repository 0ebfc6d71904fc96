"""session: rows where a day begins, ahead of all events at or behind that time."""

from datetime import UTC, datetime

import numpy as np
import pytest

from tests.contract.test_bars import call, trades_of
from tests.contract.test_bars import tape as bars_tape
from tests.contract.test_clocks import one_by_one, same
from tests.reference import session
from tickeng import Config, ConfigError, Engine

SECOND = 10**9
DAY = 86_400 * SECOND
MIDNIGHT = int(datetime(2024, 3, 1, tzinfo=UTC).timestamp()) * SECOND  # a Friday
CASES = [{}, {"days": "weekdays"}, {"start": 34_200.0, "utc_offset": -18_000.0},
         {"start": 34_200.0, "utc_offset": -18_000.0, "days": "weekdays"},
         {"start": 82_800.0, "utc_offset": 50_400.0, "days": "weekdays"},
         {"start": 86_400.0}, {"start": 3600.0, "utc_offset": -43_200.0, "days": "weekdays"}]
TEXT = """
day = session; eu = session(start=8h, utc_offset=3600, days=weekdays)
m = time_bars(period=6h); g = timer(period=6h)
close = sample(trade.price, on=day); before = lag(close, rows=1)
bar_close = sample(m.close, on=day)
timed = sample(close, on=g); opening = sample(trade.price, on=eu); quoted = sample(mid, on=eu)
"""


def tape(seed, trades=1_500, quotes=600):
    """Two months with days without a trade, and ties at midnight."""
    bought, quoted = bars_tape(seed, trades, quotes)
    rng = np.random.default_rng(seed)
    steps = rng.choice([0, 60, 3600, 7200], trades)
    steps[rng.random(trades) < 0.01] = 60 * 3600
    bought["ts_ns"] = MIDNIGHT + np.cumsum(steps) * SECOND
    quoted["ts_ns"] = np.sort(rng.choice(bought["ts_ns"], quotes) + rng.choice([0, SECOND], quotes))
    return bought, quoted


@pytest.mark.parametrize("params", CASES, ids=[call("session", case) for case in CASES])
def test_rows_are_the_reference(params):
    bought, _ = tape(1)
    want = session.reference(trades_of(bought), **params)
    frame = Engine(kernels=f"b = {call('session', params)}; k1").run(trades=bought, rows="b")
    assert frame["ts_ns"].tolist() == [row.ts_ns for row in want] and len(want) > 40


@pytest.mark.parametrize("rows", ["trade", "quote"])
def test_one_by_one_together_and_resumed_are_one(rows):
    bought, quoted = tape(2)
    engine = Engine(kernels=TEXT, warmup="expanding", max_quote_age="12h")
    frame = engine.run(trades=bought, quotes=quoted, rows=rows)
    alone = one_by_one(TEXT, bought, quoted, rows, max_quote_age="12h")
    same(alone, frame)
    same(alone, one_by_one(TEXT, bought, quoted, rows, cut=997, max_quote_age="12h"))
    assert all(np.isfinite(frame[name]).any() for name in engine.outputs.names)


def test_a_session_begins_ahead_of_its_events_and_behind_the_bars_that_end_there():
    hours = np.array([1, 23, 24, 24, 30, 47, 49])
    bought = {"ts_ns": MIDNIGHT + hours * 3600 * SECOND, "price": 100.0 + np.arange(7),
              "qty": np.ones(7), "side": np.ones(7, np.int8)}
    frame = Engine(kernels=TEXT + "; d1 = time_bars(period=24h, first_bar=keep); "
                   "whole = sample(d1.close, on=day)").run(trades=bought, rows="day")
    assert ((frame["ts_ns"] - MIDNIGHT) // DAY).tolist() == [1, 2]
    assert frame["close"].tolist() == [101.0, 105.0] and frame["before"][1] == 101.0
    assert frame["bar_close"].tolist() == [101.0, 105.0]
    assert frame["whole"].tolist() == [101.0, 105.0]
    rows = Engine(kernels=TEXT).run(trades=bought)
    assert rows["close"][2] == 101.0  # the trade at midnight finds the session begun
    assert rows["timed"][4] == 101.0 and np.isnan(rows["timed"][3])  # a timer comes last


def test_one_at_the_first_event_has_seen_nothing():
    engine = Engine(kernels="day = session; c = sample(trade.price, on=day)")
    assert np.isnan(engine.on_tick(MIDNIGHT, 5.0, 1.0, 1).c)
    assert engine.on_time(MIDNIGHT + DAY, 0).c == 5.0


def test_the_weekend_has_none():
    ts = MIDNIGHT + np.arange(0, 12 * 24) * 3600 * SECOND
    n = len(ts)
    frame = Engine(kernels="s = session(days=weekdays)").run(
        trades={"ts_ns": ts, "price": np.ones(n), "qty": np.ones(n), "side": np.ones(n, np.int8)},
        rows="s")
    assert [datetime.fromtimestamp(at // SECOND, UTC).day for at in frame["ts_ns"].tolist()] == [
        1, 4, 5, 6, 7, 8, 11, 12]


def test_what_is_equal_is_one_and_what_cannot_be_is_refused():
    assert Config(kernels="a = session(start=9.5h); x = sample(trade.price, on=a)").hash == Config(
        kernels="b = session(start=34200); x = sample(trade.price, on=b)").hash
    for text in ("session(start=25h)", "session(days=sunday)", "session(utc_offset=1e6)"):
        with pytest.raises(ConfigError, match="out of bounds|days"):
            Engine(kernels="s = " + text)
