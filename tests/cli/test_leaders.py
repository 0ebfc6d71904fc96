"""Leaders by name and pairs: whom each leads, what is refused, what is counted."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import tickeng as te
from tickeng.replay import leader as leader_module

from .conftest import START_NS, write_tape

QUICK = ("--set", "k2.window=50", "--set", "warmup=expanding")


def split(path: str) -> dict[str, list[str]]:
    head, *rows = Path(path).read_text().splitlines(keepends=True)
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.split(",")[4], [head]).append(row)
    return found


@pytest.fixture
def market(tickeng):
    """Two symbols in one tape, alone in a file each, and two leaders."""
    write_tape("both.csv", 3_000, symbols=("BTC", "ETH"))
    for symbol, rows in split("both.csv").items():
        Path(f"{symbol}.csv").write_text("".join(rows))
    write_tape("one.csv", 2_000, seed=5, symbols=("X",), bad=0.01)
    write_tape("two.csv", 1_500, seed=6, symbols=("Y",), late=0.1)
    return tickeng


def rows_of(path: str, symbol: str) -> list[str]:
    return [line for line in Path(path).read_text().splitlines() if f",{symbol}," in line]


@pytest.mark.parametrize("workers", [1, 2])
def test_each_symbol_is_led_as_if_it_were_alone(market, workers):
    run = market("replay", "both.csv", "--leader", "a=one.csv", "--leader", "b=two.csv",
                 "--pair", "a=BTC", "--pair", "b=ETH", "-o", "both.out.csv", *QUICK,
                 "--workers", workers)
    assert run.code == 0, run.err
    for symbol, leader in (("BTC", "one.csv"), ("ETH", "two.csv")):
        market("replay", f"{symbol}.csv", "--leader", leader, "-o", f"{symbol}.out.csv", *QUICK)
        alone = rows_of(f"{symbol}.out.csv", symbol)
        assert any(line.split(",")[6] for line in alone)  # k2 has values
        assert rows_of("both.out.csv", symbol) == alone


def test_one_leader_may_lead_all_but_a_symbol(market):
    market("replay", "both.csv", "--leader", "a=one.csv", "--leader", "b=two.csv",
           "--pair", "a=*", "--pair", "b=ETH", "-o", "o.csv", *QUICK)
    market("replay", "BTC.csv", "--leader", "one.csv", "-o", "btc.csv", *QUICK)
    market("replay", "ETH.csv", "--leader", "two.csv", "-o", "eth.csv", *QUICK)
    assert rows_of("o.csv", "BTC") == rows_of("btc.csv", "BTC")
    assert rows_of("o.csv", "ETH") == rows_of("eth.csv", "ETH")


def test_a_resume_knows_where_each_leader_was(market):
    words = ("--leader", "a=one.csv", "--leader", "b=two.csv", "--pair", "a=BTC",
             "--pair", "b=ETH", *QUICK)
    market("replay", "both.csv", *words, "-o", "whole.csv")
    market("replay", "both.csv", *words, "-o", "o.csv", "--limit", 1_000, "--checkpoint", "k")
    assert market("replay", "both.csv", *words, "-o", "o.csv", "--resume", "k").code == 0
    assert Path("o.csv").read_bytes() == Path("whole.csv").read_bytes()
    other = market("replay", "both.csv", *QUICK, "--leader", "a=one.csv", "--leader", "b=two.csv",
                   "--pair", "b=BTC", "--pair", "a=ETH", "-o", "o.csv", "--resume", "k")
    assert other.code == 4
    assert "pairs" in other.err


@pytest.mark.parametrize(("words", "told"), [
    (("--leader", "one.csv", "--leader", "two.csv"),
     "--leader a=one.csv --leader b=two.csv --pair a=SYMBOL --pair b=SYMBOL"),
    (("--leader", "a=one.csv", "--leader", "b=two.csv"), "--pair a=SYMBOL"),
    (("--leader", "a=one.csv", "--pair", "a=BTC", "--pair", "a=BTC"), "one leader"),
    (("--leader", "a=one.csv", "--leader", "b=two.csv", "--pair", "a=BTC", "--pair", "b=BTC"),
     "one leader"),
    (("--leader", "a=one.csv", "--pair", "c=BTC"), "no leader"),
    (("--pair", "a=BTC"), "no leader"),
    (("--leader", "a=one.csv", "--pair", "BTC"), "--pair LEADER=SYMBOL"),
])
def test_what_is_not_clear_is_refused(market, words, told):
    run = market("replay", "both.csv", *words)
    assert run.code == 2
    assert told in run.err


def test_counters_are_by_leader(market):
    run = market("replay", "both.csv", "--leader", "a=one.csv", "--leader", "b=two.csv",
                 "--pair", "a=BTC", "--pair", "b=ETH", "--json", "-o", "o.parquet")
    leaders = json.loads(run.out)["leaders"]
    assert leaders["a"]["leads"] == ["BTC"]
    assert sum(leaders["a"]["rejected"].values()) > 0
    assert leaders["a"]["late"] == 0
    assert leaders["b"]["late"] > 0
    assert "b late" in run.err


@pytest.mark.parametrize("shift_ns", [-10**15, 10**15])
def test_a_leader_of_another_day_is_a_warning(market, shift_ns):
    write_tape("other.csv", 500, start_ns=START_NS + shift_ns)
    run = market("replay", "both.csv", "--leader", "other.csv", "-o", "o.csv")
    assert run.code == 0
    assert "the leader other.csv has no tick inside the span of the tape" in run.err
    inside = market("replay", "both.csv", "--leader", "one.csv", "-o", "o2.csv")
    assert "no tick inside" not in inside.err


def test_a_pair_without_a_row_is_a_warning(market):
    run = market("replay", "both.csv", "--leader", "a=one.csv", "--pair", "a=SOL", "-o", "o.csv")
    assert run.code == 0
    assert "no row is of SOL" in run.err


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_pairs_in_python(market):
    te.replay("both.csv", "p.csv", leaders={"a": "one.csv", "b": "two.csv"},
              pairs={"BTC": "a", "ETH": "b"}, config={"k2.window": 50, "warmup": "expanding"})
    market("replay", "both.csv", "--leader", "a=one.csv", "--leader", "b=two.csv",
           "--pair", "a=BTC", "--pair", "b=ETH", "-o", "c.csv", *QUICK)
    assert Path("p.csv").read_bytes() == Path("c.csv").read_bytes()
    with pytest.raises(te.ConfigError, match="pairs="):
        te.replay("both.csv", leaders={"a": "one.csv", "b": "two.csv"})


def test_a_queue_of_one_symbol_is_seen_by_that_symbol_alone():
    rng = np.random.default_rng(4)
    ts_ns = 10**18 + np.cumsum(rng.integers(1, 10**6, 400))
    price = 100 + np.cumsum(rng.integers(-1, 2, 400)) / 10
    symbol = np.arange(400) % 2
    one, two = te.Engine(warmup="expanding"), te.Engine(warmup="expanding")
    for engine in (one, two):
        engine.intern(["A", "B"])
    one._queue_leader(ts_ns[::3] - 5, price[::3].copy(), "B")
    side = np.where(symbol, 1, -1)
    frame = one.run(ts_ns, price, np.ones(400), side, symbol=symbol.astype(np.uint32))
    plain = two.run(ts_ns, price, np.ones(400), side, symbol=symbol.astype(np.uint32))
    assert np.array_equal(frame["k2"][symbol == 0], plain["k2"][symbol == 0], equal_nan=True)
    assert not np.isnan(frame["k2"][symbol == 1]).all()


def tape_with(path: str, rows: list[tuple[int, str, float]]) -> None:
    lines = [f"{START_NS + at},{price},1,{'buy' if at % 2 else 'sell'},{symbol}\n"
             for at, symbol, price in rows]
    Path(path).write_text("timestamp,price,qty,side,symbol\n" + "".join(lines))


WALK = np.cumsum(np.random.default_rng(7).integers(-1, 2, 20_000)) / 10 + 500
SECOND = 10**9


def btc(first: int, last: int, symbol: str = "BTC") -> list[tuple[int, str, float]]:
    return [(i * SECOND + 7, symbol, WALK[i]) for i in range(first, last)]


def paired(words: str = "a=ETH", **more):
    """A replay with a leader `a` in small batches, and what it reports."""
    leader, symbol = words.split("=")
    return te.replay("t.csv", leaders={leader: "lead.csv"}, pairs={symbol: leader},
                     block_rows=50, config={"k2.window": 50, "warmup": "expanding"}, **more)


@pytest.fixture
def rare(market, monkeypatch):
    """ETH trades twice a leader's 5,000 seconds and BTC always; `most` ticks may wait."""
    tape_with("lead.csv", [(i * SECOND, "L", 100 + WALK[i] / 7) for i in range(5_000)])
    lines = [*btc(0, 2_000), *btc(2_000, 2_060, "ETH"), *btc(2_060, 4_500),
             *btc(4_500, 4_600, "ETH"), *btc(4_600, 5_000)]
    tape_with("t.csv", lines)

    def limit(most: int) -> None:
        monkeypatch.setattr(leader_module, "MOST_WAITING", most)

    return limit


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("pair", ["a=ETH", "a=*"])
@pytest.mark.parametrize("latency", [0.0, 30.0])
def test_ticks_released_change_no_row(rare, pair, latency):
    if pair == "a=*":  # BTC has a leader of its own, and the shared queue waits for ETH
        both = {"leaders": {"a": "lead.csv", "b": "lead.csv"}, "pairs": {"BTC": "b", "*": "a"}}
    else:
        both = {"leaders": {"a": "lead.csv"}, "pairs": {"ETH": "a"}}
    config = {"k2.window": 50, "warmup": "expanding", "leader_latency": latency}
    told = {}
    for most in (1 << 20, 60):
        rare(most)
        report = te.replay("t.csv", f"{most}.csv", **both, block_rows=50, config=config)
        told[most] = report["leaders"]["a"]["released"]
    assert told[1 << 20] == 0
    assert told[60] > 3_000
    assert Path("60.csv").read_bytes() == Path(f"{1 << 20}.csv").read_bytes()
    assert any(row.split(",")[6] for row in rows_of("60.csv", "ETH"))  # k2 has values


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_queue_of_a_symbol_without_trades_is_bounded(rare):
    rare(60)
    report = paired("a=SOL")
    assert report["leaders"]["a"]["released"] >= 5_000 - 60 - 2 * 50
    assert report["leader_counters"]["SOL"]["held"] <= 60 + 2 * 50
    counts = report["leader_counters"]["SOL"]
    assert counts["in"] == counts["processed"] + counts["held"] == 5_000


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("cut", [None, 3_000])
def test_a_trade_older_than_released_ticks_is_refused(rare, market, cut):
    rare(60)
    tape_with("t.csv", [*btc(0, 4_000), *btc(1_000, 1_001, "ETH"), *btc(4_000, 4_010)])
    more = {"limit": cut, "checkpoint": "k"} if cut else {}
    if cut:
        paired(out="o.csv", **more)
        more = {"resume": "k"}
    with pytest.raises(te.DataError, match=r'row 4001: ETH .* leader a .* symbols=\["ETH"\]'):
        paired(out="o.csv", force=not cut, **more)
    rare(1 << 20)
    assert paired()["ticks"] == 4_011
    rare(60)
    assert paired(symbols=["ETH"])["ticks"] == 1  # as the message says


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_row_that_is_late_anyway_is_no_reason_to_refuse(rare):
    rare(60)
    tape_with("t.csv", [*btc(1_500, 1_501, "ETH"), *btc(0, 4_000), *btc(1_000, 1_001, "ETH"),
                        *btc(4_000, 4_010)])
    report = paired()
    assert report["ticks"] == 4_011 and report["counters"]["symbols"]["ETH"]["late"] == 1

def columns(path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(Path(path).read_text().splitlines()))


def test_kernels_name_their_leaders(market):
    """Each is what the default leader gives alone; with and without a pair, resumed too."""
    text = ('a = k2(leader="a", window=16); b = k2(leader="b", window=16); '
            'c = leader(leader="b")')
    words = ("--leader", "a=one.csv", "--leader", "b=two.csv", "--kernels", text)
    run = market("replay", "BTC.csv", *words, "-o", "named.csv", "--json")
    assert run.code == 0, run.err
    report = json.loads(run.out)
    assert {name: leader["named"] for name, leader in report["leaders"].items()} == {
        "a": True, "b": True}
    assert report["leaders"]["a"]["leads"] == []
    assert {name: counts["in"] for name, counts in report["named_leaders"].items()} == {
        name: report["leaders"][name]["ticks"] for name in "ab"}
    found = columns("named.csv")
    for name, file in (("a", "one.csv"), ("b", "two.csv")):
        market("replay", "BTC.csv", "--leader", file, "--kernels", "k2(window=16)",
               "-o", f"{name}.csv")
        assert [row[name] for row in found] == [row["k2"] for row in columns(f"{name}.csv")]
    assert any(row["a"] not in ("", row["b"]) for row in found)
    paired = market("replay", "both.csv", *words[:4], "--pair", "a=BTC", "--kernels",
                    text + "; k2", "-o", "paired.csv")
    assert paired.code == 0, paired.err
    half = ("replay", "BTC.csv", *words, "-o", "half.csv", "--checkpoint", "half.ckpt")
    assert market(*half, "--limit", "200").code == 0
    assert market(*half, "--resume", "half.ckpt").code == 0
    assert columns("half.csv") == found


def test_the_graph_shows_leaders_and_zones(tickeng):
    text = 'a = k2(leader="ETH"); s = session(zone="Europe/Berlin"); k1'
    shown = tickeng("kernels", "--graph", text).out.decode()
    assert "leader ETH" in shown and "zone Europe/Berlin" in shown
    nodes = json.loads(tickeng("kernels", "--graph", text, "--json").out)["nodes"]
    assert [node["leader"] for node in nodes] == ["ETH", "", ""]


def test_a_leader_that_no_file_feeds(market):
    for given in ((), ("--leader", "b=two.csv")):
        run = market("replay", "BTC.csv", "--kernels", 'k2(leader="a")', *given)
        assert run.code == 2
        assert "kernels name the leader a, and there is none: give --leader a=FILE" in run.err


@pytest.mark.parametrize("kind", ["quote", "book"])
@pytest.mark.parametrize("workers", [1, 2])
def test_quotes_and_books_lead_by_their_mid(tickeng, kind, workers):
    """As trades at their mids would; where there is no market there is no price."""
    write_tape("t.csv", 2_000)
    rng = np.random.default_rng(3)
    stamps = START_NS + np.sort(rng.integers(0, 400, 1_500)) * 50_000_000
    bid = 100 + np.cumsum(rng.integers(-1, 2, 1_500)) * 0.25
    ask = bid + rng.choice([0.25, 0.5, 0.0, -0.25], 1_500, p=[0.5, 0.3, 0.1, 0.1])
    empty = rng.random(1_500) < 0.1
    with Path("q.csv").open("w") as file:
        levels = (1, 2) if kind == "book" else ("",)
        names = [f"{side}{word}{level}" for level in levels for side in ("bid", "ask")
                 for word in ("_price", "_qty")]
        print("ts_ns", *names, sep=",", file=file)
        for at, one, other, no in zip(stamps, bid, ask, empty, strict=True):
            cells = [f"{one},2", "," if no else f"{other},1"]
            cells += [f"{one - 1},2", "," if no else f"{other + 1},1"] if kind == "book" else []
            print(at, *cells, sep=",", file=file)
    there = (bid < ask) & ~empty
    with Path("mids.csv").open("w") as file:
        print("ts_ns,price,qty,side", file=file)
        for at, mid in zip(stamps[there], ((bid + ask) / 2)[there], strict=True):
            print(f"{at},{mid},1,buy", file=file)
    words = ("--set", "k2.window=50", "--set", "warmup=expanding", "--set", "leader_max_age=1",
             "--workers", workers)
    run = tickeng("replay", "t.csv", "--leader", "q.csv", "-o", "q.out.csv", *words)
    assert run.code == 0, run.err
    assert f"leader no_mid {1_500 - there.sum():,}" in " ".join(run.err.split())
    tickeng("replay", "t.csv", "--leader", "mids.csv", "-o", "m.out.csv", *words)
    assert Path("q.out.csv").read_bytes() == Path("m.out.csv").read_bytes()
    with Path("q.out.csv").open() as file:
        assert sum(1 for row in csv.DictReader(file) if row["k2"] not in ("", "0")) > 500
