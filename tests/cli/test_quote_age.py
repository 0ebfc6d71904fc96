"""How long a quote holds where nobody says it: by what the files send."""

import csv
import json
import statistics
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickeng import Config, replay
from tickeng.files.batch import EventBatch
from tickeng.replay.quote_age import first_books, longest

START = 1_700_000_000_000_000_000
MS = 1_000_000
TEXT = "effective_spread; b = book.bid; seen = mean(mid, window=1, on=trade)"
WORDS = ("--kernels", TEXT, "--set", "warmup=expanding", "-f")
BOOK = ("ts_ns", "symbol", *(f"{side}_{what}_{level}" for level in (1, 2)
                             for side in ("bid", "ask") for what in ("price", "qty")))


def write_books(path, stamps, symbol="AB"):
    with Path(path).open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(BOOK)
        for i, ts_ns in enumerate(stamps):
            out.writerow((int(ts_ns), symbol, 100 + i % 3, 1, 101 + i % 3, 2,
                          99 + i % 3, 1, 102 + i % 3, 2))


def write_trades(path, count=2_400, symbol="AB"):
    with Path(path).open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(("ts_ns", "symbol", "price", "qty", "side"))
        out.writerows((START + i * 12 * MS + 5, symbol, 100 + i % 3, 1, 1) for i in range(count))


def regular(period_ms=100, count=260, pause=range(100, 120)):
    """Snapshots with a jitter, and a pause of two seconds at 100 ms."""
    return [START + i * period_ms * MS + i % 7 * 300_000 for i in range(count) if i not in pause]


def replayed(tickeng, *words, out="o.csv", **how):
    done = tickeng("replay", *words, *WORDS, "-o", out, **how)
    assert done.code == 0, done.err
    return Path(out).read_bytes(), json.loads(Path(out + ".manifest.json").read_text())


def test_snapshots_hold_for_three_periods_and_a_setting_wins(tickeng):
    write_trades("t.csv")
    write_books("b.csv", regular())
    mine, manifest = replayed(tickeng, "t.csv", "--books", "b.csv")
    assert manifest["config"]["max_quote_age"] == 0.303
    assert manifest["quote_age"] == {
        "seconds": 0.303, "by": "3 periods of snapshots, 101ms apart"}
    told, _ = replayed(tickeng, "t.csv", "--books", "b.csv", "--set", "max_quote_age=0.303")
    other, manifest = replayed(tickeng, "t.csv", "--books", "b.csv", "--set", "max_quote_age=30")
    assert mine == told != other
    assert manifest["quote_age"] == {"seconds": 30.0, "by": "--set"}


def test_what_changes_holds_for_thirty_seconds(tickeng):
    write_trades("t.csv")
    rng = np.random.default_rng(5)
    write_books("b.csv", START + np.cumsum(rng.exponential(100, 260) * MS).astype(int))
    mine, manifest = replayed(tickeng, "t.csv", "--books", "b.csv")
    told, _ = replayed(tickeng, "t.csv", "--books", "b.csv", "--set", "max_quote_age=30s")
    assert mine == told and manifest["quote_age"] == {"seconds": 30.0, "by": "changes"}
    plain = Config({"kernels": TEXT, "warmup": "expanding"})
    assert manifest["config_hash"] == plain.hash
    write_books("fast.csv", regular(period_ms=20))
    assert replayed(tickeng, "t.csv", "--books", "fast.csv")[1]["quote_age"]["by"] == "changes"
    write_books("few.csv", regular(count=8))
    assert replayed(tickeng, "t.csv", "--books", "few.csv")[1]["quote_age"]["by"] == "changes"
    done = tickeng("replay", "t.csv", "--kernels", "trade_imbalance", "--json")
    assert json.loads(done.out)["quote_age"] is None


@pytest.mark.filterwarnings("ignore")
def test_every_way_of_giving_the_files_decides_the_same(tickeng):
    write_trades("t.csv")
    write_books("b.csv", regular())
    mine, manifest = replayed(tickeng, "t.csv", "--books", "b.csv")
    assert manifest["config"]["max_quote_age"] == 0.303
    assert tickeng("convert", "t.csv", "b.csv", "-o", "day.zst").code == 0
    other = ["t.csv", "--books", "b.csv"]
    ways = [(*other, "--workers", "2"), ("day.zst",)]
    for words in ways:
        assert replayed(tickeng, *words, out="x.csv")[1]["quote_age"] == manifest["quote_age"]
        assert Path("x.csv").read_bytes() == mine
    for words, name in ((("t.csv", "--books", "-"), "b.csv"), (("-",), "day.zst"),
                        (("-", "--books", "b.csv"), "t.csv")):
        piped, told = replayed(tickeng, *words, stdin=Path(name).read_bytes(), own_process=True)
        assert told["quote_age"] == manifest["quote_age"] and piped == mine, words


def test_several_files_decide_as_one(tickeng):
    """The first file of a symbol decides, the second one's rows do not count."""
    write_trades("t.csv")
    stamps = regular(count=100) + [START + 10**10 + i * 700 * MS for i in range(25)]
    write_books("b.csv", stamps)
    write_books("b1.csv", stamps[:81])
    write_books("b2.csv", stamps[81:])
    mine, manifest = replayed(tickeng, "t.csv", "--books", "b.csv")
    parts, told = replayed(tickeng, "t.csv", "--books", "b2.csv", "--books", "b1.csv")
    assert parts == mine and told["quote_age"] == manifest["quote_age"]
    assert told["config"]["max_quote_age"] == 0.303


def test_a_resumed_run_keeps_what_was_decided(tickeng):
    write_trades("t.csv")
    stamps = regular()
    write_books("b.csv", stamps)
    mine, _ = replayed(tickeng, "t.csv", "--books", "b.csv")
    first = tickeng("replay", "t.csv", "--books", "b.csv", *WORDS, "-o", "part.csv", "--limit",
                    "1500", "--checkpoint", "c.ckpt")
    assert first.code == 0, first.err
    write = tickeng("replay", "t.csv", "--books", "b.csv", *WORDS, "-o", "part.csv",
                    "--checkpoint", "c.ckpt", "--resume", "c.ckpt")
    assert write.code == 0, write.err
    assert Path("part.csv").read_bytes() == mine
    manifest = json.loads(Path("part.csv.manifest.json").read_text())
    assert manifest["quote_age"] == {"seconds": 0.303, "by": "the checkpoint"}
    other = tickeng("replay", "t.csv", "--books", "b.csv", *WORDS, "-o", "part.csv",
                    "--set", "max_quote_age=30s", "--resume", "c.ckpt")
    assert other.code != 0 and "max_quote_age: was 0.303, is 30.0" in other.err


def test_it_is_shown_before_and_after(tickeng, tmp_path):
    write_trades("t.csv")
    write_books("b.csv", regular(period_ms=500, count=40, pause=()))
    done = tickeng("replay", "t.csv", "--books", "b.csv", *WORDS, "-o", "o.csv")
    assert "quotes hold" in done.err and "1.503 s (3 periods" in done.err
    shown = tickeng("replay", "t.csv", "--books", "b.csv", "--kernels", TEXT, "--explain", "--json")
    assert json.loads(shown.out)["quote_age"]["seconds"] == 1.503
    report = replay("t.csv", books="b.csv", config={"kernels": TEXT})
    assert report["quote_age"]["seconds"] == 1.503


def batches(stamps, names, cuts):
    """The books as batches, cut anywhere."""
    codes = [sorted(set(names)).index(name) for name in names]
    for begin, end in zip([0, *cuts], [*cuts, len(stamps)], strict=True):
        part = slice(begin, end)
        yield EventBatch("book", np.array(stamps[part], np.int64), {},
                         np.array(codes[part], np.uint32), sorted(set(names)),
                         np.arange(begin + 1, end + 1), rows_end=end)


@given(st.lists(st.tuples(st.integers(20, 400), st.sampled_from("AB")), min_size=1, max_size=200),
       st.lists(st.integers(0, 200), max_size=4))
def test_it_rests_on_the_first_books_however_they_come(rows, cuts):
    stamps = np.cumsum([gap for gap, _ in rows]) * MS + START
    names = [name for _, name in rows]
    found = first_books(batches(stamps, names, sorted(min(cut, len(rows)) for cut in cuts)))
    mine = {}
    for ts_ns, name in zip(stamps.tolist(), names, strict=True):
        mine.setdefault(name, []).append(ts_ns)
        first = mine[names[0]]
        if len(first) == 64 or (len(first) >= 9 and first[-1] - first[0] >= 10**10):
            break
    assert found == mine
    assert longest(found) == slow_longest(mine)


def slow_longest(stamps):
    periods = []
    for mine in stamps.values():
        if len(mine) < 9:
            continue
        gaps = [b - a for a, b in pairwise(mine)]
        period = statistics.median(gaps)
        near = sum(abs(gap - period) <= period / 2 for gap in gaps)
        periods.append(period if period >= 50 * MS and 3 * near >= 2 * len(gaps) else 0)
    if not periods or 0 in periods:
        return 0
    return -(-round(max(periods)) // MS) * MS
