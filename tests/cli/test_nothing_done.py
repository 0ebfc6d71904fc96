"""Nothing processed is no success, and what is lost is told: exit codes, warnings, remedies."""

import json
import re
import shlex
from pathlib import Path

import pytest

import tickeng as te
from tickeng.replay import Options, replay

from .conftest import START_NS, write_tape

HEAD = "timestamp,price,qty,side\n"


def row(n: int, price: object = 100.5, side: str = "buy", qty: object = 1) -> str:
    return f"{START_NS + n * 10**6},{price},{qty},{side}\n"


@pytest.mark.parametrize(("words", "told"), [
    (("--symbol", "C"), "there are A,B, from 2024-08-08"),
    (("--from", "2030-01-01"), "there are A,B, from 2024-08-08"),
    (("--to", "2020-01-01"), "there are A,B, from 2024-08-08"),
    (("--symbol", "A", "--from", "2030-01-01"), "no row is of the symbols A and from 2030"),
])
def test_a_filter_that_leaves_nothing_says_what_there_is(tickeng, words, told):
    write_tape("a.csv", 300, symbols=("A", "B"))
    Path("o.csv").write_text("yesterday's\n")
    run = tickeng("replay", "a.csv", *words, "-o", "o.csv", "-f", "--checkpoint", "k")
    assert run.code == 3
    assert told in run.err
    assert Path("o.csv").read_text() == "yesterday's\n"
    assert not Path("k").exists()


@pytest.mark.parametrize("to", ["2024-08-08", "2024-08-07"])
def test_a_start_that_is_not_before_the_end_is_a_usage_error(tickeng, to):
    write_tape("a.csv", 30)
    run = tickeng("replay", "a.csv", "--from", "2024-08-08", "--to", to)
    assert run.code == 2
    assert re.search(r"--from 2024\S+ is not before --to 2024", run.err)


@pytest.mark.parametrize("verb", ["replay", "convert", "inspect"])
def test_a_file_of_which_no_row_can_be_read(tickeng, verb):
    Path("t.csv").write_text(HEAD + row(0, -1) + row(1, 0))
    for name in ("o.csv", "o.jsonl.zst", "o.parquet", *(["o.zst"] if verb == "convert" else [])):
        Path(name).write_text("yesterday's\n")
        out = () if verb == "inspect" else ("-o", name, "-f")
        run = tickeng(verb, "t.csv", *out)
        assert run.code == 3
        assert "prices must be numbers above zero" in run.err
        assert Path(name).read_text() == "yesterday's\n"


def test_inspect_still_shows_a_file_of_which_no_row_can_be_read(tickeng):
    Path("t.csv").write_text(HEAD + row(0, -1))
    run = tickeng("inspect", "t.csv", "--json")
    assert run.code == 3
    assert json.loads(run.out)["rejected"] == {"bad_price": 1}


@pytest.mark.parametrize("verb", ["replay", "convert"])
def test_a_header_without_rows_is_a_warning(tickeng, verb):
    Path("t.csv").write_text(HEAD)
    run = tickeng(verb, "t.csv", "-o", "o.csv")
    assert run.code == 0, run.err
    assert re.search("warning: .*0 ticks", run.err)


def test_an_empty_file_among_others_is_a_warning_and_alone_an_error(tickeng):
    write_tape("a.csv", 30)
    Path("e.csv").write_text("")
    run = tickeng("replay", "e.csv", "a.csv", "--json")
    assert run.code == 0
    assert json.loads(run.out)["ticks"] == 30
    assert "warning: e.csv: is empty" in run.err
    assert tickeng("replay", "e.csv").code == 3
    Path("f.csv").write_text("")
    assert tickeng("replay", "e.csv", "f.csv").code == 3


@pytest.mark.parametrize("symbols", [("A",), ("A", "B")])
def test_a_file_that_runs_backwards_is_named_and_its_remedy_works(tickeng, symbols):
    write_tape("up.csv", 400, symbols=symbols)
    head, *rows = Path("up.csv").read_text().splitlines(keepends=True)
    Path("my down.csv").write_text(head + "".join(reversed(rows)))
    run = tickeng("replay", "my down.csv", "-o", "no.csv")
    assert run.code == 3
    assert "runs backwards (newest first)" in run.err
    remedy = shlex.split(re.search("`tickeng (.*?)`", run.err)[1])
    assert tickeng(*remedy).code == 0
    tickeng("replay", "up.csv", "-o", "up.out.csv")
    assert tickeng("replay", remedy[remedy.index("-o") + 1], "-o", "o.csv").code == 0
    assert Path("o.csv").read_bytes() == Path("up.out.csv").read_bytes()
    assert "runs backwards" in tickeng("inspect", "my down.csv").err
    assert "--reverse turns it" in tickeng("convert", "my down.csv", "-o", "c.csv").err


def test_a_file_is_turned_before_the_tick_rule_reads_it(tickeng):
    rows = [f"{START_NS + n * 10**6},{p},1\n" for n, p in enumerate((5, 6, 6, 4, 4, 7))]
    Path("up.csv").write_text("timestamp,price,qty\n" + "".join(rows))
    Path("down.csv").write_text("timestamp,price,qty\n" + "".join(reversed(rows)))
    tickeng("convert", "up.csv", "-o", "1.csv", "--infer-side", "tick")
    tickeng("convert", "down.csv", "-o", "2.csv", "--infer-side", "tick", "--reverse")
    assert Path("1.csv").read_text() == Path("2.csv").read_text()


def test_more_rows_lost_than_allowed_is_a_failed_check_that_keeps_the_output(tickeng):
    Path("t.csv").write_text(HEAD + "".join(row(n, 100 if n % 5 < 2 else "x") for n in range(100)))
    for verb in ("replay", "convert"):
        run = tickeng(verb, "t.csv", "-o", f"{verb}.csv")
        assert run.code == 1
        assert "60.0%" in run.err
        assert "--max-rejected 50" in run.err
        assert Path(f"{verb}.csv").read_text().count("\n") == 41
        assert tickeng(verb, "t.csv", "-o", f"{verb}2.csv", "--max-rejected", 60).code == 0
    assert json.loads(tickeng("replay", "t.csv", "--json").out)["error"]["exit_code"] == 1


def test_a_shuffled_tape_does_not_pass(tickeng):
    lines = [row(n * 37 % 1_000) for n in range(1_000)]
    Path("t.csv").write_text(HEAD + "".join(lines))
    run = tickeng("replay", "t.csv", "-o", "o.csv")
    assert run.code == 1
    assert "late" in run.err


def test_duplicates_that_were_asked_to_go_are_no_loss(tickeng):
    write_tape("a.csv", 300, repeated=0.9)
    assert tickeng("replay", "a.csv", "--dedupe", "id", "-o", "o.csv").code == 0


def tape(name: str, side: str, qty: float = 1.0, rows: int = 2_000) -> None:
    Path(name).write_text(HEAD + "".join(
        row(n, 100 + n % 7 / 10, side, qty if n % 2 else 1) for n in range(rows)))


def test_a_tape_without_sides_says_so_and_blames_nothing_else(tickeng):
    tape("t.csv", "")
    run = tickeng("replay", "t.csv", "-o", "o.csv")
    assert "no row has a side: --infer-side tick" in run.err
    assert "epsilon" not in run.err
    again = tickeng("replay", "t.csv", "-o", "o2.csv", "--infer-side", "tick")
    assert again.code == 0
    assert "has a side" not in again.err
    assert "every row is a" not in again.err


def test_a_one_sided_tape_and_zero_quantities_are_warnings(tickeng):
    tape("t.csv", "sell", qty=0)
    for verb in (("replay", "t.csv", "-o", "o.csv"), ("inspect", "t.csv"),
                 ("convert", "t.csv", "-o", "c.csv")):
        told = tickeng(*verb).err
        assert "every row is a sell" in told
        assert "50.0% of rows have zero quantity" in told


def test_inspect_makes_up_no_sides(tickeng):
    Path("t.csv").write_text("timestamp,price,qty\n" + "".join(
        f"{START_NS + n},{100 + n % 3},1\n" for n in range(50)))
    shown = json.loads(tickeng("inspect", "t.csv", "--json").out)
    assert shown["sides"] == "none (--infer-side tick infers them)"
    assert shown["feed"]["unknown_side"] == 50
    asked = json.loads(tickeng("inspect", "t.csv", "--json", "--infer-side", "tick").out)
    assert set(asked["sides"]) == {"buy", "sell", "unknown"}


def test_a_tape_that_is_too_short_for_the_gate_says_what_it_would_need(tickeng):
    write_tape("a.csv", 300)
    run = tickeng("replay", "a.csv", "-o", "o.csv")
    assert re.search(r"K\d needs [\d,]+ trades of a symbol; here are 300", run.err)


def test_folders_stand_for_their_files(tickeng):
    newest_ns = write_tape("b.csv", 300)
    write_tape("a.csv", 300, seed=2, start_ns=newest_ns + 1)
    tickeng("replay", "a.csv", "b.csv", "-o", "1.csv")
    Path("day").mkdir()
    for name in ("a.csv", "b.csv"):
        Path(name).rename(f"day/{name}")
    Path("day/.DS_Store").write_bytes(b"\0\1\2")
    Path("day/a.csv.CHECKSUM").write_text("0 a.csv\n")
    assert tickeng("replay", "day", "-o", "2.csv").code == 0
    assert Path("1.csv").read_bytes() == Path("2.csv").read_bytes()
    Path("day/c.csv").write_bytes(bytes(range(256)) * 9)
    run = tickeng("replay", "day", "-o", "3.csv")
    assert run.code == 3
    assert "c.csv" in run.err
    assert "--skip-unreadable" in run.err
    run = tickeng("replay", "day", "-o", "3.csv", "-f", "--skip-unreadable")
    assert run.code == 0
    assert "warning: c.csv" in run.err
    Path("none").mkdir()
    assert tickeng("replay", "none").code == 3


def test_two_instruments_are_not_one_series(tickeng):
    Path("btc.csv").write_text(HEAD + "".join(row(n, 60_000 + n) for n in range(30)))
    Path("eth.csv").write_text(HEAD + "".join(row(n + 15, 2_500 + n) for n in range(30)))
    run = tickeng("replay", "btc.csv", "eth.csv", "-o", "o.csv")
    assert run.code == 3
    assert "--symbol-from file" in run.err
    assert "--symbol-name NAME" in run.err
    assert tickeng("replay", "btc.csv", "eth.csv", "-o", "o.csv", "-f",
                   "--symbol-name", "X").code == 0


@pytest.mark.parametrize("name", ["a.zst", "a.parquet"])
def test_a_file_that_tells_its_rows_is_known_to_be_short_before_the_run(tickeng, name):
    write_tape("a.csv", 300)
    tickeng("convert", "a.csv", "-o", name)
    told: list[str] = []

    def progress(rows: int, share: float | None) -> None:
        told.append("running")

    replay(Options([name], te.Config()), progress=progress, tell=told.append)
    assert "the gate cannot open" in told[0]
    assert told[1] == "running"
    assert tickeng("replay", name, "-o", "o.csv").err.count("the gate cannot open") == 1
