"""`tickeng replay --explain`: what a pipeline comes to on given files, before it is run."""

import json

from .conftest import write_tape

TEXT = "chain; m1 = time_bars(period=1m); r = rsi(m1); slow = z(k1, window=9000); q = microprice"
TEXT += "; flow = trade_imbalance"


def explained(tickeng, *words):
    done = tickeng("replay", *words, "--explain", "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_it_says_when_values_come_and_why_they_do_not(tickeng, tmp_path):
    write_tape("a.csv", 9000, symbols=("A", "B"))
    found = explained(tickeng, "a.csv", "--kernels", TEXT)
    here = {node["name"]: node["here"] for node in found["nodes"]}
    most = max(found["trades"].values())
    assert sum(found["trades"].values()) == 9000
    assert here["k1"] == "from trade 1,087 on"
    assert here["k2"] == "never: no leader; give --leader FILE"
    assert here["k4"] == f"never: it needs 11,278 trades of a symbol, here are {most:,} at most"
    assert here["slow"].startswith("never: it needs 10,086 trades")
    assert here["m1"] == "with its first row" and here["r"] == "from row 15 of m1 on"
    assert here["q"] == "never: it moves on quotes, and no file holds any"
    assert here["flow"] == "from trade 1 on, after 2 s"
    assert 200_000 < found["symbol_bytes"] < 1_000_000
    assert sorted(tmp_path.iterdir()) == [tmp_path / "a.csv"]


def test_a_leader_and_few_symbols(tickeng, tmp_path):
    write_tape("a.csv", 3000, symbols=("A", "B", "C", "D"))
    found = explained(tickeng, "a.csv", "--leader", "a.csv", "--kernels",
                      "k2; trade_flow(window=740)")
    here = {node["kernel"]: node["here"] for node in found["nodes"]}
    assert here["k2"].startswith(("from trade 1,027 on", "never: it needs"))
    assert "of 4 symbols" in here["trade_flow"] or here["trade_flow"].endswith("on")


def test_it_is_a_table_on_a_terminal_and_reads_like_replay(tickeng, tmp_path):
    write_tape("a.csv", 300)
    done = tickeng("replay", "a.csv", "--explain")
    assert done.code == 0 and b"alpha" in done.out and b"bytes a symbol" in done.out
    assert tickeng("replay", "none.csv", "--explain").code == 2
    assert tickeng("replay", "a.csv", "--kernels", "nothing", "--explain").code == 2
