"""The verbs on files of quotes, books, changes of books and several kinds, as a user types them."""

import csv
import json
import shlex
from pathlib import Path

import numpy as np
import pytest

from tests.io_write.test_conversion import KINDS, batch, events, write


@pytest.fixture
def day(tickeng, tmp_path):
    """A file of every kind, and one of each."""
    parts = {kind: batch(kind, np.random.default_rng(7), 60) for kind in KINDS}
    for kind, part in parts.items():
        write(tmp_path / f"{kind}.zst", part)
    return write(tmp_path / "day.zst", *parts.values())


def test_inspect_shows_each_kind(tickeng, day):
    run = tickeng("inspect", "day.zst")
    assert run.code == 0
    shown = run.out.decode()
    for line in ("changes of books: book ", "quotes: spread_bps", "books: filled_levels",
                 "trades: sides"):
        assert line in shown
    words = shlex.split(shown.split("to read it: tickeng ")[1])
    assert words[0] == "replay" and tickeng("inspect", *words[1:]).code == 0
    for kind in KINDS[1:]:
        words = shlex.split(tickeng("inspect", f"{kind}.zst").out.decode().split("tickeng ")[-1])
        assert words[0] == "inspect" and tickeng(*words).code == 0


def test_explain_knows_what_each_node_moves_on(tickeng, day):
    kernels = ("chain; mid_spread; depth_imbalance; s = mean(spread, window=50);"
               " far = mean(mid, window=500); m = tick_bars(size=9); r = rsi(m)")
    for words in (("trade.zst", "--quotes", "quote.zst", "--books", "book.zst"), ("day.zst",)):
        run = tickeng("replay", *words, "--kernels", kernels, "--explain", "--json")
        assert run.code == 0, run.err
        found = json.loads(run.out)
        here = {node["name"]: node["here"] for node in found["nodes"]}
        most = max(found["events"]["quote"].values())
        assert here["mid_spread"] == "from quote 1 on" and here["r"] == "from row 15 of m on"
        assert here["depth_imbalance"] == "from book 1 on"
        assert here["s"] == f"never: it needs 50 quotes of a symbol, here are {most} at most"
        assert here["far"].startswith("never: it needs 500 quotes")
        assert here["k1"].startswith("never: it needs 1,087 trades")
        assert sum(found["trades"].values()) == 60 == sum(found["events"]["quote"].values())
    alone = json.loads(tickeng("replay", "book.zst", "--kernels", "mid_spread; k1", "--explain",
                               "--json").out)
    here = {node["name"]: node["here"] for node in alone["nodes"]}
    assert here == {"mid_spread": "from quote 1 on",
                    "k1": "never: it moves on trades, and no file holds any"}


def test_convert_takes_several_and_filters(tickeng, day):
    run = tickeng("convert", "trade.zst", "quote.zst", "-o", "o.zst", "--symbol", "AB", "--json")
    report = json.loads(run.out)
    assert run.code == 0 and set(report["kinds"]) == {"trade", "quote"}
    assert "filtered" in run.err and {event[1] for event in events("o.zst")} == {"AB"}
    assert tickeng("convert", "o.zst", "-o", "q.csv", "--kind", "quote").code == 0
    assert events("q.csv") == events("o.zst", kind="quote")
    refused = tickeng("convert", "o.zst", "-o", "x.csv")
    assert refused.code == 2 and "--kind trade picks one, or -o x.zst takes all" in refused.err
    refused = tickeng("convert", "quote.zst", "-o", "x.zst", "--symbol", "ZZ")
    assert refused.code == 3 and "no row is of the symbols ZZ; there are AB" in refused.err


def test_the_plot_has_spread_and_depth_where_kernels_give_them(tickeng, day):
    tickeng("convert", "trade.zst", "quote.zst", "book.zst", "-o", "three.zst")
    words = ("replay", "three.zst", "--symbol", "AB", "-o", "o.csv", "-f", "--plot", "p.html")
    run = tickeng(*words, "--kernels", "mid_spread; depth_imbalance", "--set", "quotes=native")
    assert run.code == 0, run.err
    assert "gate open" not in run.err and "quotes" in run.err
    page = Path("p.html").read_text()
    assert "gate open" not in page.split("<p>")[1].split("</p>")[0]
    data = json.loads(page.split('id="data">')[1].split("</script>")[0])
    assert data["market"] == ["spread", "depth"]
    with Path("o.csv").open() as file:
        rows = list(csv.DictReader(file))
    width, buckets = round(data["width_ms"] * 1e6), {}
    for row in rows:
        at = (int(row["ts_ns"]) - int(rows[0]["ts_ns"])) // width
        buckets.setdefault(at, []).append(row)
    assert len(buckets) == len(data["time_ms"]) > 20
    for name, output in (("spread", "spread_bps"), ("depth", "depth_imbalance_1")):
        for i, bucket in enumerate(buckets.values()):
            inside = [float(row[output]) for row in bucket if row[output]]
            told = [data[f"{name}_{end}"][i] for end in ("low", "high", "mean")]
            if inside:
                wanted = [min(inside), max(inside), sum(inside) / len(inside)]
                assert told == pytest.approx(wanted, rel=1e-6, abs=1e-9)
            else:
                assert told == [None] * 3
    assert any(value for value in data["spread_mean"])
    assert tickeng("replay", "trade.zst", "-o", "o.csv", "-f", "--plot", "q.html").code == 0
    assert '"market":[]' in Path("q.html").read_text()
    refused = tickeng("replay", "three.zst", "--rows", "quote", "--kernels", "mid_spread",
                      "--set", "quotes=native", "--plot", "r.html", "--json")
    assert refused.code == 2 and "leave it out" in refused.err


def test_a_file_of_three_kinds_needs_no_setting_where_none_reads_quotes(tickeng, day):
    tickeng("convert", "trade.zst", "quote.zst", "book.zst", "-o", "three.zst")
    for kernels in ("chain", "chain; depth_imbalance", "chain; depth_imbalance; mid_spread"):
        outs = []
        for n, more in enumerate(([], ["--set", "quotes=native"])):
            run = tickeng("replay", "three.zst", "--kernels", kernels, *more, "-o", f"{n}.csv",
                          "-f")
            assert run.code == 0, run.err
            outs.append(Path(f"{n}.csv").read_bytes())
        assert outs[0] == outs[1]
    run = tickeng("replay", "three.zst", "--kernels", "mid_spread", "--checkpoint", "c.zst",
                  "--limit", "50", "-o", "part.csv")
    assert run.code == 0, run.err
    run = tickeng("replay", "three.zst", "--kernels", "mid_spread", "--resume", "c.zst", "-o",
                  "part.csv")
    assert run.code == 0, run.err
    assert tickeng("replay", "three.zst", "--kernels", "mid_spread", "-o", "whole.csv").code == 0
    assert Path("part.csv").read_bytes() == Path("whole.csv").read_bytes()


def test_the_words_of_inspect_say_the_kind_that_was_asked_for(tickeng, day):
    tickeng("convert", "trade.zst", "quote.zst", "-o", "two.zst")
    for kind in ("trade", "quote"):
        found = json.loads(tickeng("inspect", "two.zst", "--kind", kind, "--json").out)
        assert f"--kind {kind}" in found["command"]
        assert tickeng(*found["command"].split()[1:]).code == 0


def test_a_scale_is_of_one_file(tickeng, day):
    for more in (("--quotes", "quote.zst"), ("--books", "book.zst"), ("--leader", "quote.zst")):
        run = tickeng("replay", "trade.zst", *more, "--price-scale", "1e-9", "-o", "o.csv")
        assert run.code == 2 and "--price-scale would hold for files of every kind" in run.err


def test_a_resume_with_a_kernel_less_says_what_would_continue(tickeng, day):
    words = ("replay", "trade.zst", "--books", "book.zst", "-o", "n.csv", "-f")
    assert tickeng(*words, "--kernels", "x = book.bid; depth_imbalance", "--limit", "30",
                   "--checkpoint", "n.ck").code == 0
    run = tickeng(*words, "--kernels", "x = book.bid", "--resume", "n.ck")
    assert run.code == 4 and "depth_imbalance" in run.err.split("continue with")[1]


def test_books_of_two_sorts_are_refused_before_the_first_row(tickeng, day):
    words = ("--kernels", "x = book.bid", "-o", "o.csv")
    for files in (("day.zst",), ("trade.zst", "--books", "book.zst", "--books", "delta.zst")):
        run = tickeng("replay", *files, *words, "--json")
        assert run.code == 3 and "unaccounted" not in run.err, run.err
        assert "books come as snapshots in " in run.err and "--kind delta" in run.err
        assert not Path("o.csv").exists()
    assert tickeng("convert", "day.zst", "-o", "b.zst", "--kind", "book").code == 0
    assert tickeng("replay", "trade.zst", "--books", "b.zst", *words).code == 0
