"""Made-up tapes: the same bits everywhere, by a slow loop too, and kernels find what is planted."""

import hashlib
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tickeng
from tickeng import ConfigError, Engine, synthetic

MADE = {
    "walk": lambda rows, seed: {"trades": synthetic.walk(rows, seed)},
    "impact": lambda rows, seed: {"trades": synthetic.impact(rows, seed)},
    "lead_lag": lambda rows, seed: synthetic.lead_lag(rows, seed),
    "market": lambda rows, seed: synthetic.market(rows, seed, levels=5),
}
FROZEN = {"walk": "ffb84bc21e88dc42", "impact": "42289cd2688ab545",
          "lead_lag": "3e5c07d6202c1d7e", "market": "a6b925c6a41f2438"}
SEEDS = range(8)


def digest(made):
    found = hashlib.sha256()
    for name in sorted(made):
        for column in sorted(made[name]):
            values = made[name][column]
            found.update(f"{name} {column} {values.dtype.str}".encode() + values.tobytes())
    return found.hexdigest()[:16]


@pytest.mark.parametrize("tape", MADE)
def test_the_bits_are_those_of_every_machine(tape):
    assert digest(MADE[tape](1_000, 7)) == FROZEN[tape]


def draws(seed, stream=0):
    """The numbers of a seed one by one."""
    source = np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(stream,)))
    while True:
        yield (int(source.random_raw()) >> 11) / 2**53


def test_a_walk_is_the_loop_that_it_says():
    made, u = synthetic.walk(500, 3), draws(3)
    price, ms = 10_000.0, 1_600_000_000_000
    for i in range(500):
        qty, side = 1.5 * next(u), 1 if next(u) < 0.5 else -1
        price += 5 * (next(u) - 0.5)
        ms += 1 + math.floor(1000 * next(u))
        want = {"ts_ns": ms * 10**6, "price": price, "qty": qty, "side": side, "id": i + 1}
        assert {name: column[i] for name, column in made.items()} == want


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(MADE)), st.integers(1, 300), st.integers(1, 300),
       st.integers(0, 2**64))
def test_a_longer_tape_begins_with_the_shorter(tape, rows, more, seed):
    short, long = MADE[tape](rows, seed), MADE[tape](rows + more, seed)
    for name, columns in short.items():
        for column, values in columns.items():
            assert long[name][column][:len(values)].tobytes() == values.tobytes()
            assert len(long[name][column]) >= len(values)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 200), st.integers(0, 10**6), st.integers(2, 12))
def test_trades_quotes_and_messages_tell_of_one_book(rows, seed, levels):
    """A dict a side is the book; nothing but messages changes it."""
    made = synthetic.market(rows, seed, levels=levels)
    deltas, books, touch = made["deltas"], [], None
    sides = {1: {}, -1: {}}
    quotes = {int(ts): i for i, ts in enumerate(made["quotes"]["ts_ns"])}
    at = 0
    for number in range(1, rows + 1):
        while at < len(deltas["ts_ns"]) and deltas["message"][at] == number:
            side, price = sides[int(deltas["side"][at])], float(deltas["price"][at])
            side[price] = float(deltas["qty"][at])
            if not side[price]:
                del side[price]
            at += 1
        assert len(sides[1]) == len(sides[-1]) == levels
        bid, ask = max(sides[1]), min(sides[-1])
        assert round(10 * ask) - round(10 * bid) == 1
        ts, before = int(deltas["ts_ns"][at - 1]), touch
        touch = (bid, sides[1][bid], ask, sides[-1][ask])
        books.append((ts, bid, ask))
        assert (touch != before) <= (ts in quotes)
        if ts in quotes:
            row = {name: float(column[quotes[ts]]) for name, column in made["quotes"].items()}
            assert touch == (row["bid"], row["bid_qty"], row["ask"], row["ask_qty"])
    assert at == len(deltas["ts_ns"]) and len(quotes) == len(made["quotes"]["ts_ns"])
    place = {ts: n for n, (ts, _, _) in enumerate(books)}
    trades = made["trades"]
    for ts, price, side in zip(trades["ts_ns"], trades["price"], trades["side"], strict=True):
        _, bid, ask = books[place[int(ts)] - 1]
        assert price == (ask if side > 0 else bid)


def test_the_engine_takes_every_event_of_a_market():
    made = synthetic.market(5_000, 1)
    text = "a = book.bid; b = book.bid_qty; c = quote.bid; d = quote.bid_qty; effective_spread"
    engine = Engine(kernels=text, quotes="native")
    frame = engine.run(**made, rows="book")
    assert (frame["a"] == frame["c"]).all() and (frame["b"] == frame["d"]).all()
    counts = engine.book_counters["0"], engine.quote_counters["0"], engine.counters["0"]
    assert all(count["processed"] == count["in"] > 0 for count in counts)
    assert counts[0]["gaps"] == counts[0]["crossed"] == counts[1]["crossed"] == 0
    spread = Engine(kernels=text, quotes="native").run(**made)["effective_spread"]
    trades = made["trades"]
    mids = trades["price"] - trades["side"] * 0.05
    assert np.allclose(spread, 0.1 / mids, rtol=1e-6)  # a tick each, at the touch


def impact_found(seed, planted):
    engine = Engine(kernels="kyle_lambda(window=1000)")
    frame = engine.run(trades=synthetic.impact(60_000, seed, impact=planted))
    found, t = (float(frame[name][-1]) for name in ("kyle_lambda", "kyle_lambda_t"))
    return found, abs(found / t)


@pytest.mark.parametrize("planted", [0.05, 0.2, -0.1, 0.0])
def test_kyle_lambda_finds_the_impact(planted):
    """Within 4 standard errors for every seed, and within 3 of their mean."""
    found = [impact_found(seed, planted) for seed in SEEDS]
    away = np.array([(value - planted) / error for value, error in found])
    assert np.abs(away).max() < 4 and abs(away.mean()) < 3 / math.sqrt(len(away))
    if planted:
        assert all(error < 0.25 * abs(planted) for _, error in found)


def correlations(tape, lags):
    """Of the leader's moves so many 10 ms before with the follower's."""
    text = ["grid = timer(period=10ms); p = sample(trade.price, on=grid)",
            "l = sample(leader_price, on=grid); dp = diff(p, rows=1); dl = diff(l, rows=1)",
            *(f"c{k} = corr(lag(dl, rows={k}), dp, window=5000)" for k in lags)]
    leader = tape["leader"]["ts_ns"], tape["leader"]["price"]
    frame = Engine(kernels="\n".join(text)).run(trades=tape["trades"], leader=leader)
    return np.array([float(frame[f"c{k}"][-1]) for k in lags])


@pytest.mark.parametrize("lag_ms", [20, 50, 90])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_leader_is_found_at_its_lag(lag_ms, seed):
    """A trade shows the price some 5 ms on average after it was made: half a step of the grid."""
    lags = range(1, 16)
    found = correlations(synthetic.lead_lag(15_000, seed, lag_ms=lag_ms), lags)
    best = 10 * lags[int(found.argmax())]
    assert abs(best - lag_ms) <= 10 and found.max() > 0.3
    far = [k for k, lag in enumerate(lags) if abs(10 * lag - lag_ms) > 30]
    assert np.abs(found[far]).max() < 0.1


def test_a_walk_has_no_impact():
    frame = Engine(kernels="kyle_lambda(window=1000)").run(trades=synthetic.walk(60_000, 5))
    assert abs(float(frame["kyle_lambda_t"][-1])) < 4


@pytest.mark.filterwarnings("ignore::tickeng.NotAcceptedWarning")
@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 3), st.sampled_from([0.0, 0.02, 0.3]),
       st.sampled_from([0.0, 0.02, 0.3]))
def test_what_is_disturbed_is_counted_by_the_engine(seed, gaps, duplicates, late):
    tape, told = synthetic.disturbed(synthetic.walk(900, seed), seed, gaps=gaps, gap_rows=50,
                                     duplicates=duplicates, late=late)
    assert told["missing"] == 50 * gaps
    assert len(tape["ts_ns"]) == 900 - told["missing"] + told["duplicate"]
    assert len(np.unique(tape["id"])) == 900 - told["missing"]
    engine = Engine(kernels="trade_flow", dedupe="id")
    engine.run(**tape)
    counts = engine.counters["0"]
    assert (counts["duplicate"], counts["late"]) == (told["duplicate"], told["late"])
    assert counts["processed"] == 900 - told["missing"] - told["late"]


@pytest.mark.parametrize(("call", "told"), [
    (lambda: synthetic.walk(0), "rows must be a whole number from 1 to 20,000,000, not 0"),
    (lambda: synthetic.walk(10, -1), "seed must be"),
    (lambda: synthetic.impact(10, impact=math.nan), "impact must be a finite number"),
    (lambda: synthetic.impact(2_000, impact=-1e4), "the price comes down to 0 at row"),
    (lambda: synthetic.lead_lag(10, lag_ms=-1), "lag_ms must be"),
    (lambda: synthetic.market(10, levels=1), "levels must be"),
    (lambda: synthetic.disturbed(synthetic.walk(10), gaps=1), "have no room for 1 gaps"),
    (lambda: synthetic.disturbed(synthetic.walk(10), late=2), "late must be a share"),
    (lambda: synthetic.generate("wolk", "x.csv"), "there are walk, impact, lead-lag, market"),
    (lambda: synthetic.generate("walk", "x.csv", levels=3), "the tape walk has no levels"),
    (lambda: synthetic.generate("walk", "x.csv", leader_out="l.csv"), "has no leader_out"),
    (lambda: synthetic.generate("market", "x.zst", late=0.1), "the tape market has no late"),
    (lambda: synthetic.generate("market", "x.csv"), "give a name that ends in .zst"),
    (lambda: synthetic.generate("lead-lag", "x.csv"), "give leader_out=FILE"),
    (lambda: synthetic.generate("lead-lag", "x.csv", leader_out="./x.csv"), "a file of its own"),
])
def test_what_cannot_be_made_is_refused(tmp_path, monkeypatch, call, told):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=told):
        call()
    assert not list(tmp_path.iterdir())


def test_files_hold_what_the_functions_give(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    synthetic.generate("lead-lag", "f.csv", rows=300, seed=4, leader_out="l.parquet", lag_ms=20)
    made = synthetic.lead_lag(300, 4, lag_ms=20)
    for name, path in (("trades", "f.csv"), ("leader", "l.parquet")):
        table = tickeng.read(path)
        assert all(table[column].tobytes() == values.tobytes()
                   for column, values in made[name].items())
    report = synthetic.generate("market", "m.zst", rows=300, seed=4, levels=4)
    made = synthetic.market(300, 4, levels=4)
    assert report["events"]["delta"] == 300 and report["planted"] == {"levels": 4}
    for name, kind in (("trades", "trade"), ("quotes", "quote"), ("deltas", "delta")):
        table = tickeng.read("m.zst", kind=kind)
        columns = [column for column in made[name] if column != "message"]
        assert all(table[column].tobytes() == made[name][column].tobytes() for column in columns)
    text = "effective_spread; b = book.bid"
    tickeng.replay("m.zst", "o.parquet", config={"kernels": text, "quotes": "native"})
    frame = Engine(kernels=text, quotes="native").run(**made)
    rows = tickeng_rows("o.parquet")
    assert all(rows[name].tobytes() == frame[name].tobytes() for name in ("effective_spread", "b"))


def tickeng_rows(path):
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    return {name: table[name].to_numpy() for name in table.column_names}
