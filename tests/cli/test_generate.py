"""`tickeng generate`: its files are read by the other verbs, and what was planted is told of."""

import csv
import json
from pathlib import Path

import pytest

from tickeng import synthetic


def test_a_market_is_replayed(tickeng):
    run = tickeng("generate", "market", "--rows", 2_000, "-o", "day.zst", "--json")
    report = json.loads(run.out)
    assert run.code == 0 and report["events"]["delta"] == 2_000
    run = tickeng("replay", "day.zst", "--kernels", "effective_spread; b = book.bid", "-o", "o.csv",
                  "--json")
    counts = json.loads(run.out)["counters_of"]
    assert run.code == 0, run.err
    assert {kind: next(iter(found["symbols"].values()))["processed"]
            for kind, found in counts.items()} == {
                "quote": report["events"]["quote"], "book": 2_000}
    with Path("o.csv").open() as file:
        spreads = [float(row["effective_spread_bps"]) for row in csv.DictReader(file)]
    assert len(spreads) == report["events"]["trade"]
    assert spreads == pytest.approx([1e4 * 0.1 / 60_000] * len(spreads), rel=0.01)


def test_a_follower_is_replayed_with_its_leader(tickeng):
    words = ("lead-lag", "--lag-ms", 30, "--rows", 1_500, "-o", "f.csv", "--leader-out", "l.csv")
    assert tickeng("generate", *words).code == 0
    run = tickeng("replay", "f.csv", "--leader", "l.csv", "--kernels", "k2", "-o", "o.csv")
    assert run.code == 0, run.err
    assert Path("o.csv").read_text().splitlines()[-1].split(",")[5]


def test_what_is_missing_or_repeated_is_found(tickeng):
    run = tickeng("generate", "walk", "--gaps", 2, "--gap-rows", 50, "--duplicates", "0.02",
                  "--rows", 3_000, "-o", "b.csv", "--json")
    planted = json.loads(run.out)["planted"]
    assert planted["missing"] == 100 and planted["duplicate"] > 20
    found = json.loads(tickeng("inspect", "b.csv", "--json").out)
    assert found["feed"]["id_gaps"]["missing"] == 100
    run = tickeng("replay", "b.csv", "--dedupe", "id", "--json")
    assert json.loads(run.out)["counters"]["symbols"]["SYN"]["duplicate"] == planted["duplicate"]


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "arrow", "csv.zst", "zst"])
def test_the_same_words_give_the_same_bytes(tickeng, form):
    for name in ("a", "b"):
        assert tickeng("generate", "impact", "--rows", 500, "-o", f"{name}.{form}").code == 0
    assert Path(f"a.{form}").read_bytes() == Path(f"b.{form}").read_bytes()


def test_mistakes(tickeng):
    assert tickeng("generate", "walk", "--rows", 10, "-o", "w.csv").code == 0
    before = Path("w.csv").read_bytes()
    for words, code, told in (
            (("walk", "-o", "w.csv"), 5, "-f overwrites"),
            (("lead-lag", "-o", "x.csv"), 2, "give --leader-out FILE"),
            (("lead-lag", "-o", "x.csv", "--leader-out", "w.csv"), 5, "w.csv"),
            (("walk", "-o", "x.csv", "--lag-ms", 5), 2, "the tape walk has no --lag-ms"),
            (("market", "-o", "x.csv"), 2, ".zst"),
            (("walk", "-o", "x.csv", "--rows", 0), 2, "--rows must be"),
            (("wolk", "-o", "x.csv"), 2, ", ".join(synthetic.TAPES))):
        run = tickeng("generate", *words)
        assert run.code == code and told in run.err, (words, run.err)
        assert not Path("x.csv").exists()
    assert Path("w.csv").read_bytes() == before
