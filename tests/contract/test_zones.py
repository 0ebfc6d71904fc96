"""Sessions in a zone's local time, against zoneinfo looked at minute by minute."""

import itertools
from datetime import UTC, datetime

import numpy as np
import pytest

from tests.contract.test_bars import call, trades_of
from tests.reference import market_open, session, time_bars
from tests.reference.bars import columns
from tickeng import Config, ConfigError, Engine
from tickeng import kernels as k

SECOND = 10**9
HOUR = 3600 * SECOND
ZONES = {"America/New_York": (2024, 3, 8), "Europe/Berlin": (2024, 10, 25),
         "Australia/Lord_Howe": (2024, 4, 5), "Pacific/Apia": (2011, 12, 28),
         "America/Sao_Paulo": (2018, 11, 2), "Africa/Casablanca": (2024, 3, 8),
         "Asia/Kolkata": (2024, 3, 8), "America/Havana": (2024, 11, 1), "UTC": (2024, 3, 8)}
SPANS = [{}, {"start": 9.5 * 3600, "end": 16.0 * 3600, "days": "weekdays"},
         {"start": 17.0 * 3600, "end": 16.0 * 3600, "days": "weekdays"},
         {"start": 2.0 * 3600 + 900, "end": 2.0 * 3600 + 1800}, {"start": 1.5 * 3600},
         {"start": 0.0, "end": 86_400.0}, {"start": 1800.0, "end": 3 * 3600.0}]


def tape(zone, hours=24 * 9, seed=0):
    """Around a shift of the clock where the zone has one, and at full and half hours."""
    begin = int(datetime(*ZONES[zone], tzinfo=UTC).timestamp()) * SECOND
    quarters = np.arange(hours * 4) * (HOUR // 4)
    jitter = np.random.default_rng(seed).choice([-1, 0, 0, 1, 60 * SECOND], len(quarters))
    ts_ns = begin + HOUR + np.sort(quarters + jitter)
    n = len(ts_ns)
    return {"ts_ns": ts_ns, "price": 100.0 + np.arange(n), "qty": np.ones(n),
            "side": np.ones(n, np.int8)}


def told(params):
    return ", ".join(f'zone="{value}"' if name == "zone" else f"{name}={value}"
                     for name, value in params.items())


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("span", SPANS, ids=[call("s", span) for span in SPANS])
def test_the_slow_way_says_the_same(zone, span):
    bought = tape(zone)
    want = market_open.reference(trades_of(bought), **span, zone=zone)
    text = f"market_open({told(span | {'zone': zone})})"
    frame = Engine(kernels=text).run(trades=bought)
    assert frame["market_open"].tolist() == want["market_open"].astype(int).tolist()
    assert np.array_equal(frame["time_to_close_s"], want["time_to_close_s"].astype(float),
                          equal_nan=True)
    begins = {name: value for name, value in span.items() if name != "end"} | {"zone": zone}
    rows = session.reference(trades_of(bought), **begins)
    found = Engine(kernels=f"b = session({told(begins)}); k1").run(trades=bought, rows="b")
    assert found["ts_ns"].tolist() == [row.ts_ns for row in rows] and len(rows) > 4


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("hours", [0.25, 1, 3, 4, 24])
def test_bars_are_spans_of_local_time(zone, hours):
    bought = tape(zone)
    want = time_bars.reference(trades_of(bought), hours * 3600, zone=zone)
    found = Engine(kernels=f'm = time_bars(period={hours}h, zone="{zone}"); k1').run(
        trades=bought, rows="m")
    assert found["ts_ns"].tolist() == [bar.ts_ns for bar in want] and len(want) > 4
    assert found["m_close"].tolist() == columns(want)["close"].tolist()


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("span", SPANS[1:], ids=[call("s", span) for span in SPANS[1:]])
@pytest.mark.parametrize("first_bar", ["drop", "keep"])
def test_there_are_bars_while_a_span_is_open(zone, span, first_bar):
    bought = tape(zone)
    for period in (900.0, 3 * 3600.0):
        params = {"period": period, "first_bar": first_bar, **span, "zone": zone}
        want = time_bars.reference(trades_of(bought), **params)
        found = Engine(kernels=f"m = time_bars({told(params)}); k1").run(trades=bought, rows="m")
        assert found["ts_ns"].tolist() == [bar.ts_ns for bar in want] and len(want) > 4
        for name in ("open", "close", "volume", "trades"):
            assert found[f"m_{name}"].tolist() == columns(want)[name].tolist()


def test_nights_and_weekends_are_no_gap_of_too_many_bars():
    """Trades at 15:30 and 19:30 UTC: 14,400 bars of a second apart, 12,000 of six until next day,
    of which 1,500 lie in the span."""
    days = [datetime(2024, 3, day, tzinfo=UTC).timestamp() for day in (7, 8, 11, 12)]
    at = np.array([day + hour * 3600 for day in days for hour in (15.5, 19.5)], np.int64) * SECOND
    bought = {"ts_ns": at, "price": 100.0 + np.arange(8), "qty": np.ones(8),
              "side": np.ones(8, np.int8)}
    for period, restarts in ((6, 0), (1, 4)):
        engine = Engine(kernels=f"m = time_bars(period={period}s, start=14.5h, end=21h, "
                                "days=weekdays, first_bar=keep)")
        ends = [day + 14.5 * 3600 + np.arange(period, 6.5 * 3600 + 1, period) for day in days]
        ends = (np.concatenate(ends) * SECOND).astype(np.int64)
        parts = [(first, first + SECOND if restarts and last - first == 4 * HOUR else last)
                 for first, last in itertools.pairwise(at.tolist())]  # the trade's own bar
        want = [ends[(first < ends) & (ends <= last)] for first, last in parts]
        assert np.array_equal(engine.run(trades=bought, rows="m")["ts_ns"], np.concatenate(want))
        assert engine.health["m"].restarts == restarts if restarts else "m" not in engine.health


def test_new_york_before_and_after_its_clocks_go_forward():
    """Golden of N-37: XNYS closes at 21:00 UTC on 2024-03-08 and at 20:00 on 2024-03-11."""
    engine = Engine(kernels=[k.market_open(start=9.5 * 3600, end=16 * 3600, days="weekdays",
                                           zone="America/New_York")])
    for day, close in ((8, 21), (11, 20)):
        for hour, is_open in ((close - 6.5, 1), (close - 1 / 3600, 1), (close, 0)):
            at = datetime(2024, 3, day, tzinfo=UTC).timestamp() + hour * 3600
            row = engine.on_tick(round(at) * SECOND, 1.0, 1.0, 1)
            assert row.market_open == is_open
            assert row.time_to_close_s == close * 3600 - hour * 3600 or not is_open


def test_every_way_gives_the_same_bits():
    bought = tape("America/New_York", hours=24 * 40)
    text = ('s = session(start=9.5h, zone="America/New_York", days=weekdays);'
            'm = market_open(start=9.5h, end=16h, zone="America/New_York");'
            'last = sample(trade.price, on=s); k1')
    columns = tuple(bought.values())
    whole = Engine(kernels=text, warmup="expanding").run(*columns)
    engine, parts = Engine(kernels=text, warmup="expanding"), []
    for begin in range(0, len(columns[0]), 701):
        parts.append(engine.run(*(column[begin:begin + 701] for column in columns)))
        engine = Engine.from_state(engine.state())
    stream = Engine(kernels=text, warmup="expanding")
    rows = [stream.on_tick(*(x.item() for x in row)) for row in zip(*columns, strict=True)]
    threads = Engine(kernels=text, warmup="expanding").run(*columns, workers=2)
    for name in ("m_market_open", "m_time_to_close_s", "last"):
        for other in (np.concatenate([part[name] for part in parts]), threads[name],
                      np.array([getattr(row, name) for row in rows])):
            assert np.array_equal(whole[name], other, equal_nan=True), name


def test_a_name_that_is_none():
    for text in ('s = session(zone="America/NewYork"); k1', 'market_open(zone="America/NewYork")'):
        with pytest.raises(ConfigError, match="is no time zone; did you mean America/New_York"):
            Engine(kernels=text)
    with pytest.raises(ConfigError, match="zone 'x' is no time zone"):
        Engine({"n.zone": "x"}, kernels="n = market_open()")
    with pytest.raises(ConfigError, match="zone or an offset from UTC, not both"):
        Engine(kernels='s = session(zone="UTC", utc_offset=3600); k1')


def test_the_zone_is_part_of_the_hash():
    def hash_of(zone):
        return Config({"market_open.zone": zone}, kernels="market_open").hash

    assert len({hash_of(zone) for zone in ("", "UTC", "Europe/Berlin")}) == 3
    assert hash_of("") == Config(kernels="market_open").hash
