"""What a replay tells of its feed is what inspect tells: gaps in ids, holes, jumps, by symbol."""

import json
from pathlib import Path

import pytest

from .conftest import START_NS


def lines() -> list[list[str]]:
    """Two symbols in turn: A misses 7 ids in two gaps, B one, and B rests for 6,062 seconds."""
    ids, rows = {"A": 100, "B": 5_000}, []
    for i in range(20_000):
        symbol = "AB"[i % 2]
        if symbol == "B" and 11_600 < i < 17_660:
            continue
        ids[symbol] += {1_000: 3, 2_000: 6, 1_501: 2}.get(i, 1)
        rows.append([str(START_NS // 10**6 + i * 1_000), str(100 + i % 7), "1",
                     "buy" if i % 3 else "sell", symbol, str(ids[symbol])])
    return rows


HEAD = ["timestamp", "price", "qty", "side", "symbol", "id"]


def csv(path: str, rows: list[list[str]]) -> None:
    Path(path).write_text("".join(",".join(row) + "\n" for row in [HEAD, *rows]))


def fed(tickeng, path: str, *words: object) -> tuple[dict, str]:
    """The feed of a replay, after what inspect and the manifest say has been held against it."""
    run = tickeng("replay", path, "-o", "o.csv", "-f", "--json", *words)
    assert run.code == 0, run.err
    document = json.loads(run.out)
    assert json.loads(Path("o.csv.manifest.json").read_text())["feed"] == document["feed"]
    seen = json.loads(tickeng("inspect", path, "--json").out)
    deep = {"spikes"}
    assert {k: v for k, v in seen["feed"].items() if k not in deep} == document["feed"]
    assert [line for line in seen["findings"] if "prices" not in line] == document["findings"]
    for line in document["findings"]:
        assert line[:60] in run.err
    return document["feed"], run.err


@pytest.mark.parametrize("form", ["csv", "zst", "parquet", "arrow", "jsonl"])
def test_gaps_and_holes_of_each_symbol_of_a_mix(tickeng, form):
    csv("t.csv", lines())
    if form != "csv":
        assert tickeng("convert", "t.csv", "-o", f"t.{form}").code == 0
    feed, err = fed(tickeng, f"t.{form}")
    assert feed["id_gaps"]["symbols"] == {"A": {"missing": 7, "gaps": 2},
                                          "B": {"missing": 1, "gaps": 1}}
    assert "8 ids missing in 3 gaps (A 7, B 1)" in err
    hole, = feed["holes"]
    assert hole["symbol"] == "B" and hole["seconds"] == 6_062
    assert "nothing of B from" in err


def test_an_id_that_is_no_integer_loses_no_row_and_makes_no_gap(tickeng):
    rows = lines()
    for at in (12_010, 13_000):  # behind the rows that decide: the column is one of integers
        assert rows[at][4] == "A"
        rows[at][5] = ("n/a", "")[at % 3 == 1]
    csv("t.csv", rows)
    feed, err = fed(tickeng, "t.csv")
    assert feed["rows"] == len(rows)
    assert feed["unread_ids"] == {"A": 2}
    assert feed["id_gaps"] == {"missing": 1, "gaps": 1,
                               "symbols": {"B": {"missing": 1, "gaps": 1}}}
    assert "2 ids are no integers (A 2): gaps in ids are not counted there" in err
    assert "rejected" not in err


@pytest.mark.parametrize("words", [(), ("--dedupe", "id")])
def test_ids_that_are_texts_are_said_not_to_be_counted(tickeng, words):
    csv("t.csv", [[*row[:5], f"t-{row[5]}"] for row in lines()])
    feed, err = fed(tickeng, "t.csv", *words)
    assert feed["id_gaps"] is None and feed["unread_ids"] == {}
    assert "not all ids in id are integers: their gaps are not counted" in err


def test_days_in_files_of_their_own_are_one_feed(tickeng):
    rows = [row for row in lines() if row[4] == "A"]
    csv("t.csv", rows)
    for name, part in (("one.csv", rows[:5_000]), ("two.csv", rows[6_000:])):
        csv(name, part)
    feed = json.loads(tickeng("replay", "one.csv", "two.csv", "-o", "o.csv", "--json").out)["feed"]
    assert feed["id_gaps"] == {"missing": 1_007, "gaps": 3,
                               "symbols": {"A": {"missing": 1_007, "gaps": 3}}}
    assert [hole["seconds"] for hole in feed["holes"]] == [2_002]


def test_a_leader_loses_no_tick_for_an_id(tickeng):
    rows = [row for row in lines() if row[4] == "A"]
    rows[11_000 // 2][5] = "n/a"
    csv("lead.csv", rows)
    csv("t.csv", rows)
    report = json.loads(tickeng("replay", "t.csv", "--leader", "lead.csv", "-o", "o.csv",
                                "--json").out)
    assert report["leaders"]["leader"]["ticks"] == len(rows)
    assert report["leaders"]["leader"]["rejected"] == {}
