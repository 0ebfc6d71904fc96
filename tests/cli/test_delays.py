"""Events that are known later than their times: as files whose times say so themselves."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tickeng import ConfigError, DataError, replay

from .test_quote_age import START, write_books

MS = 1_000_000
TEXT = """effective_spread; b = book.bid; e = ema(mid, tau=50ms); m1 = time_bars(period=1s)
r = rsi(m1, window=3); seen = mean(mid, window=1, on=trade)"""
CONFIG = {"kernels": TEXT, "warmup": "expanding", "quotes": "native", "max_quote_age": "80ms"}
WORDS = [word for key, value in CONFIG.items() if key != "kernels"
         for word in ("--set", f"{key}={value}")]
HEADS = {"t": ("price", "qty", "side"), "q": ("bid", "bid_qty", "ask", "ask_qty")}


def write(place, late):
    """Trades, quotes, books with ties and late rows; times moved by what is known late, in ms."""
    rng = np.random.default_rng(3)
    stamps = {name: START + MS * np.sort(rng.integers(0, 6_000, 500)) for name in "tqb"}
    for ts_ns in stamps.values():
        ts_ns[rng.random(500) < 0.02] -= 20 * MS
    for name, head in HEADS.items():
        with (place / f"{name}.csv").open("w", newline="") as file:
            out = csv.writer(file)
            out.writerow(("ts_ns", "symbol", *head))
            for i, ts_ns in enumerate(stamps[name]):
                out.writerow((ts_ns + late.get(name, 0) * MS, "AB", *(
                    (100 + i % 3, 1, 1) if name == "t" else (99 + i % 3, 1, 101 + i % 4, 2))))
    write_books(place / "b.csv", stamps["b"] + late.get("b", 0) * MS)


def run(place, out="o.csv", **options):
    report = replay(place / "t.csv", place / out, quotes=place / "q.csv", books=place / "b.csv",
                    config=CONFIG, force=True, **options)
    return (place / out).read_bytes(), report


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(late=st.fixed_dictionaries({name: st.integers(0, 60) for name in "tqb"}),
       rows=st.sampled_from(["trade", "quote", "book", "m1"]), workers=st.sampled_from([1, 2]),
       reorder_ms=st.sampled_from([0, 30]))
def test_a_delay_is_what_files_with_later_times_give(tmp_path, late, rows, workers, reorder_ms):
    how = {"rows": rows, "reorder_ms": reorder_ms}
    write(tmp_path, late)
    told, _ = run(tmp_path, **how)
    write(tmp_path, {})
    words = {"t": "trades", "q": "quotes", "b": "books"}
    mine, report = run(tmp_path, **how, workers=workers,
                       delay={words[name]: f"{ms}ms" for name, ms in late.items()})
    assert mine == told
    assert report["delay"] == {words[name]: f"{ms}ms" for name, ms in late.items() if ms}


def test_a_trade_sees_what_was_known_before_it(tmp_path):
    (tmp_path / "t.csv").write_text("ts_ns,symbol,price,qty,side\n" + "".join(
        f"{START + ms * MS},AB,100,1,1\n" for ms in (1, 4, 5, 6)))
    (tmp_path / "q.csv").write_text("ts_ns,symbol,bid,bid_qty,ask,ask_qty\n"
                                    f"{START},AB,99,1,101,1\n")
    seen = {}
    for delay in (None, "quotes=5ms"):
        replay(tmp_path / "t.csv", tmp_path / "o.csv", quotes=tmp_path / "q.csv", delay=delay,
               config={"kernels": "seen = mean(mid, window=1, on=trade)"}, force=True)
        with (tmp_path / "o.csv").open() as file:
            seen[delay] = [row["seen"] for row in csv.DictReader(file)]
    assert seen == {None: ["100.0"] * 4, "quotes=5ms": ["", "", "", "100.0"]}


@pytest.mark.filterwarnings("ignore")
def test_a_leader_has_a_latency_of_its_own(tmp_path):
    write(tmp_path, {})
    got = {}
    for delay in (None, "quotes=9ms"):
        replay(tmp_path / "t.csv", tmp_path / "o.csv", leaders=tmp_path / "q.csv", force=True,
               quotes=tmp_path / "q.csv", delay=delay,
               columns=["ts_ns", "leader_price", "leader_age_s"],
               config={"kernels": "leader; effective_spread", "warmup": "expanding"})
        got[delay] = (tmp_path / "o.csv").read_bytes()
    assert got[None] == got["quotes=9ms"]


@pytest.mark.filterwarnings("ignore")
def test_resumed_in_parts_and_through_a_pipe_it_is_the_same(tickeng, tmp_path):
    write(tmp_path, {})
    late = ("--delay", "quotes=7ms,books=20ms", "--kernels", TEXT, *WORDS, "-f")
    files = ("t.csv", "--quotes", "q.csv", "--books", "b.csv")
    assert tickeng("replay", *files, *late, "-o", "o.csv").code == 0
    whole = Path("o.csv").read_bytes()
    assert run(tmp_path, "p.csv", delay={"quotes": "7ms", "books": "20ms"})[0] == whole
    manifest = json.loads(Path("o.csv.manifest.json").read_text())
    assert manifest["order"]["delay"] == {"quotes": "7ms", "books": "20ms"}
    limited = tickeng("replay", *files, *late, "-o", "x.csv", "--limit", "700", "--checkpoint",
                      "c.ckpt")
    assert limited.code == 0, limited.err
    again = tickeng("replay", *files, *late, "-o", "x.csv", "--resume", "c.ckpt")
    assert again.code == 0 and Path("x.csv").read_bytes() == whole, again.err
    other = tickeng("replay", *files, *late[2:], "-o", "x.csv", "--resume", "c.ckpt")
    assert other.code != 0 and "delay: was" in other.err
    piped = tickeng("replay", "t.csv", "--quotes", "-", "--books", "b.csv", *late, "-o", "y.csv",
                    stdin=Path("q.csv").read_bytes(), own_process=True)
    assert piped.code == 0 and Path("y.csv").read_bytes() == whole, piped.err
    head, *lines = Path("q.csv").read_text().splitlines(keepends=True)
    for name, part in (("q1.csv", lines[:301]), ("q2.csv", lines[301:])):
        Path(name).write_text(head + "".join(part))
    parts = tickeng("replay", "t.csv", "--quotes", "q1.csv", "--quotes", "q2.csv", "--books",
                    "b.csv", *late, "-o", "z.csv")
    assert parts.code == 0 and Path("z.csv").read_bytes() == whole, parts.err


def test_it_is_shown_and_what_it_cannot_mean_is_refused(tickeng, tmp_path):
    write(tmp_path, {})
    files = ("t.csv", "--quotes", "q.csv", "--kernels", "effective_spread")
    done = tickeng("replay", *files, "--delay", "quotes=5ms", "-o", "o.csv")
    assert done.code == 0 and "known later" in done.err and "quotes 5ms" in done.err
    shown = tickeng("replay", *files, "--delay", "quotes=5ms", "--explain")
    assert b"known later" in shown.out
    for delay, said in (("quote=5ms", "trades, quotes or books"), ("quotes=5", "not a duration"),
                        ("quotes=5ms,quotes=6ms", "given twice"), ("quotes=61s", "a minute"),
                        ("quotes=-5ms", "not a duration"), ("books=5ms", "no file has any")):
        refused = tickeng("replay", *files, "--delay", delay, "-o", "n.csv")
        assert refused.code == 2 and said in refused.err, refused.err
        assert "--delay quotes=5ms,books=5ms" in refused.err or "duration" in refused.err
    with pytest.raises(ConfigError, match="give one of them"):
        replay("t.csv", quotes="q.csv", delay="quotes=5ms", clock="recv")


@pytest.mark.filterwarnings("ignore")
def test_a_file_with_an_order_of_its_own_keeps_it(tickeng, tmp_path):
    write(tmp_path, {})
    assert tickeng("convert", "t.csv", "q.csv", "-o", "day.zst").code == 0
    with pytest.raises(DataError, match="in the order in which they came"):
        replay("day.zst", delay="quotes=5ms", config={"kernels": "effective_spread"})
    done = tickeng("replay", "day.zst", "--delay", "quotes=5ms", "--kernels", "effective_spread")
    assert done.code != 0 and "tickeng convert day.zst -o quotes.zst --kind quote" in done.err
    assert tickeng("convert", "day.zst", "-o", "quotes.zst", "--kind", "quote").code == 0
    assert tickeng("convert", "day.zst", "-o", "trades.zst", "--kind", "trade").code == 0
    assert tickeng("replay", "trades.zst", "--quotes", "quotes.zst", "--delay", "quotes=5ms",
                   "--kernels", "effective_spread", "-o", "o.csv").code == 0
