"""Events of several kinds of many symbols: any number of workers gives the bits of one event after
the other, leaders, ids and bad rows included."""

import numpy as np
import pytest

from tests.contract.test_depth import STYLES, feed_of
from tests.contract.test_depth import table as table_of
from tickeng import ConfigError, Engine, LateTickError

pytestmark = pytest.mark.filterwarnings("ignore::tickeng.NotAcceptedWarning")
START = 1_700_000_000_000_000_000
SHORT = {"k1.window": 30, "k1.flow_window": 7, "k2.window": 30, "k3.window": 40,
         "k3.mean_window": 9, "k4.norm_window": 40, "k4.mean_window": 9, "k4.window": 30,
         "regime.step": 32}
TEXT = """chain; mid_spread; quote_ofi; edge = k1*mid; r = rsi(bar); filled = sum(own.qty, window=3)
m = time_bars(period=1); at_bars = mean(mid, window=3, on=m)"""
NAMES = [f"s{n}" for n in range(9)]


def tape(seed=1, trades=12_000):
    """(trades, quotes, bars, fills) as keywords of run, and a leader."""
    rng = np.random.default_rng(seed)

    def stamps(n):
        return START + np.sort(rng.integers(0, 60_000, n)) * 1_000_000

    def of(n, **columns):
        return {"ts_ns": stamps(n)} | columns | {"symbol": rng.choice(NAMES, n)}

    quotes, bars, fills = 2 * trades, trades // 20, trades // 40
    bid, price = 100 + rng.integers(0, 9, quotes) / 100, 100 + rng.integers(0, 9, trades) / 100
    close = 100 + rng.integers(0, 9, bars) / 100
    given = {
        "trades": of(trades, price=price, qty=rng.integers(1, 9, trades).astype(float),
                     side=rng.integers(-1, 2, trades), id=rng.integers(0, trades, trades)),
        "quotes": of(quotes, bid=bid, bid_qty=bid, ask=bid + rng.integers(0, 4, quotes) / 100,
                     ask_qty=bid),
        "bars": of(bars, open=close, high=close + 1, low=close - 1, close=close),
        "fills": of(fills, price=np.full(fills, 100.0), qty=np.ones(fills),
                    side=rng.choice([-1, 1], fills))}
    given["trades"]["price"][::997] = np.nan
    given["quotes"]["ask"][::499] = -1
    return given, (stamps(trades // 3), 100 + rng.integers(0, 9, trades // 3) / 100)


def engine(**settings):
    made = Engine(SHORT, kernels=TEXT, warmup="expanding", **settings)
    made.intern(NAMES)
    return made


def fed_one_by_one(made, given, leader):
    """The order of run(), by hand."""
    made._queue_leader(leader[0], leader[1])
    kinds = [key for key in ("trades", "quotes", "bars", "fills") if key in given]
    events = []
    for n, key in enumerate(kinds):
        latest = np.maximum.accumulate(given[key]["ts_ns"])
        events += [(ts, n, i, key) for i, ts in enumerate(latest.tolist())]
    for _, _, i, key in sorted(events):
        row = {name: column[i] for name, column in given[key].items()}
        made.on_event({"kind": key[:-1]} | row)


def bits(frame):
    return {name: frame[name].tolist() if name == "symbol" else frame[name].tobytes()
            for name in frame.columns}


@pytest.mark.parametrize("policy", ["drop", "clamp"])
def test_the_leader_counts_and_state_are_those_of_one_event_after_the_other(policy):
    given, leader = tape(trades=2_000)
    for table in given.values():
        table["ts_ns"][11::173] -= 10**9
    del given["trades"]["id"]
    want = engine(on_late=policy)
    fed_one_by_one(want, given, leader)
    for workers in (1, 2, 3):
        got = engine(on_late=policy)
        got.run(**given, leader=leader, workers=workers)
        assert got.state() == want.state()
        assert got.counters == want.counters and got.health == want.health
        assert got._refused == want._refused


@pytest.mark.parametrize("rows", ["trade", "quote", "bar", "own", "m"])
def test_rows_come_in_the_order_of_all_events(rows):
    given, leader = tape()
    want = engine().run(**given, leader=leader, rows=rows)
    assert len(want["k1"]) > 100
    for workers in (2, 3, 8):
        assert bits(engine().run(**given, leader=leader, rows=rows, workers=workers)) == bits(want)


@pytest.mark.parametrize("rows", ["trade", "book", "m"])
def test_books_from_messages_are_those_of_one_worker(rows):
    sent = sorted(((message, name) for n, name in enumerate(NAMES)
                   for message in feed_of(n, STYLES[n % 4], 200) if message.bids or message.asks),
                  key=lambda pair: pair[0].ts_ns)
    deltas = table_of([message for message, _ in sent])
    deltas["symbol"] = np.array([name for _, name in sent])[deltas["message"]]
    given, leader = tape()
    made = [engine() for _ in range(4)]
    want, *frames = (one.run(trades=given["trades"], deltas=deltas, leader=leader, rows=rows,
                             workers=workers) for workers, one in enumerate(made, 1))
    assert len(want["k1"]) > 50
    for one, frame in zip(made[1:], frames, strict=True):
        assert bits(frame) == bits(want) and one.state() == made[0].state()
        assert one.book_counters == made[0].book_counters
    assert sum(counts["gaps"] for counts in made[0].book_counters.values()) > 9


def test_rows_of_a_builder_are_in_order_of_the_events_that_complete_them():
    given, _ = tape()
    frame = engine().run(**given, rows="m", workers=3)
    assert (np.diff(frame["ts_ns"]) >= 0).all()
    for name in NAMES:
        own = {key: {column: values[table["symbol"] == name] for column, values in table.items()}
               for key, table in given.items()}
        alone = Engine(SHORT, kernels=TEXT, warmup="expanding").run(**own, rows="m")
        mine = frame["symbol"] == name
        for column in ("ts_ns", "r", "at_bars"):
            assert frame[column][mine].tobytes() == alone[column].tobytes()


def test_ids_are_looked_at_in_order():
    given, leader = tape()
    one, many = engine(dedupe="id"), engine(dedupe="id")
    want = one.run(**given, leader=leader)
    assert (want["status"] == 2).any()
    assert bits(many.run(**given, leader=leader, workers=3)) == bits(want)
    assert many.state() == one.state() and many.id_conflict == one.id_conflict


@pytest.mark.parametrize("kind", ["trades", "quotes", "fills"])
def test_a_late_row_ends_the_run_where_it_does_with_one_worker(kind):
    given, leader = tape()
    at = len(given[kind]["ts_ns"]) // 2
    given[kind]["ts_ns"][at] = START - 10**9
    made = [engine(on_late="error") for _ in range(3)]
    for workers, one in enumerate(made, 1):
        with pytest.raises(LateTickError, match=f"{kind[:-1]} {at} at"):
            one.run(**given, leader=leader, workers=workers)
    assert made[0].state() == made[1].state() == made[2].state()
    fed = sum(counts["in"] for counts in made[0].counters.values())
    assert 0 < fed < sum(len(table["ts_ns"]) for table in given.values())


def test_symbols_with_leaders_of_their_own_see_those():
    given, leader = tape()
    made = [engine() for _ in range(2)]
    for one in made:
        one._queue_leader(leader[0], leader[1] * 2, "s3")
        one._queue_leader(leader[0] + 5, leader[1] * 3, "s7")
    want = made[0].run(**given, leader=leader)
    assert bits(made[1].run(**given, leader=leader, workers=4)) == bits(want)
    assert made[0].state() == made[1].state()
    plain = engine().run(**given, leader=leader)
    assert bits(plain) != bits(want)


def test_one_symbol_has_one_thread_and_the_same_bits():
    given, leader = tape()
    for table in given.values():
        del table["symbol"]
    want = engine().run(**given, leader=leader)
    assert bits(engine().run(**given, leader=leader, workers=4)) == bits(want)


def test_workers_must_be_a_number_or_auto():
    given, _ = tape()
    with pytest.raises(ConfigError, match="workers"):
        engine().run(**given, workers=0)
    assert len(engine().run(**given, workers="auto")["k1"]) == len(given["trades"]["ts_ns"])


def test_rows_of_trades_that_all_came_late_are_undefined():
    given, _ = tape()
    made = engine()
    made.run(**given)
    late = {name: column[:9] for name, column in given["trades"].items()}
    frame = made.run(trades=late, workers=2, quotes={
        name: column[:0] for name, column in given["quotes"].items()})
    assert frame["status"].all()
    assert np.isnan(frame["k1"]).all() and not frame["gate"].any()
