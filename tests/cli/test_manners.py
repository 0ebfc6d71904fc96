"""Odd values of options, standard streams that are closed or full, and text that steers terminals.

None of them may end in exit 70, nor without a word where somebody can hear it.
"""

import os
import subprocess
from pathlib import Path

import pytest

from .conftest import COMMAND, write_tape

ODD = ("", "0", "-1", "nan", "inf", "1e999", "9" * 400, "a=b", ",", "\\", "\x1b[31m", "é", "-")
READING = (
    "--format", "--map", "--header", "--symbol-name", "--symbol-from", "--keep", "--sides",
    "--side-is", "--qty-sign", "--infer-side", "--price-scale", "--qty-scale", "--time-unit",
    "--tz", "--time-columns", "--time-format", "--date", "--clock", "--decimal", "--delimiter",
    "--encoding", "--skip-lines", "--max-memory",
)
REPLAY = (
    "--from", "--to", "--limit", "--symbol", "--reorder-ms", "--on-late", "--dedupe", "--workers",
    "--checkpoint-every", "--max-rejected", "--kernels", "--set", "--columns", "--leader",
    "--pair", "--resume", "--warm", "--idle-exit", "--config", "--rejects",
)
LEGAL = (0, 1, 2, 3, 4, 5)


@pytest.mark.parametrize("option", READING + REPLAY)
def test_odd_values_of_replay(tickeng, option):
    write_tape("a.csv", 20)
    for value in ODD:
        run = tickeng("replay", "a.csv", "-o", "out.csv", "-f", option, value)
        assert run.code in LEGAL, (value, run.err)
        assert "internal error" not in run.err


@pytest.mark.parametrize("option", READING)
def test_odd_values_of_the_other_verbs_that_read(tickeng, option):
    write_tape("a.csv", 20)
    for value in ODD:
        for words in (("inspect", "a.csv"), ("convert", "a.csv", "-o", "b.parquet", "-f"),
                      ("verify", "a.csv", "--against", "a.csv")):
            run = tickeng(*words, option, value)
            assert run.code in LEGAL, (words, value, run.err)


@pytest.mark.parametrize("words", [
    ("config", "show", "--set"), ("config", "show", "--config"), ("kernels",),
    ("checkpoint", "show"), ("checkpoint", "verify"), ("checkpoint", "diff", "a.csv"),
    ("inspect",), ("replay",), ("convert",), ("replay", "a.csv", "--log-file"),
    ("verify",), ("verify", "a.csv", "--against"), ("verify", "a.csv", "--self-test", "--seed"),
])
def test_odd_words_of_every_verb(tickeng, words):
    write_tape("a.csv", 20)
    for value in (*ODD[:-1], "a\0b", "no/such/place", "/", "x" * 300):
        run = tickeng(*words, value)
        assert run.code in LEGAL, (value, run.err)


def shell(line: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["bash", "-c", line.replace("tickeng", " ".join(COMMAND))], check=False,
                          capture_output=True, stdin=subprocess.DEVNULL, timeout=120)


@pytest.mark.parametrize(("line", "codes"), [
    ("tickeng inspect a.csv >&-", (5,)),
    ("tickeng inspect a.csv > /dev/full", (5,)),
    ("tickeng inspect a.csv --json > /dev/full", (5,)),
    ("tickeng replay a.csv > /dev/full", (5,)),
    ("tickeng replay a.csv -o o.csv 2>&-", (0,)),
    ("tickeng replay a.csv -o o.csv 2> /dev/full", (0,)),
    ("tickeng replay a.csv -o o.csv --log-file /dev/full", (0, 2, 5)),
    ("tickeng replay no.csv 2>&-", (2,)),
    ("tickeng replay - -o o.csv <&-", (2, 3)),
    ("tickeng replay a.csv -o o.csv <&- >&- 2>&-", (0,)),
    ("tickeng kernels | true; exit ${PIPESTATUS[0]}", (0,)),
    ("tickeng replay a.csv | head -c 1; exit ${PIPESTATUS[0]}", (0,)),
])
def test_streams_that_are_closed_full_or_left(tmp_path, monkeypatch, line, codes):
    monkeypatch.chdir(tmp_path)
    write_tape("a.csv", 20_000 if "head" in line else 50)
    before = Path("a.csv").read_bytes()
    done = shell(line)
    assert done.returncode in codes, done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    assert Path("a.csv").read_bytes() == before
    if "-o o.csv" in line and done.returncode == 0:
        assert os.path.getsize("o.csv") > 0


def test_names_from_outside_do_not_steer_the_terminal(tickeng):
    head = b"ts,price,qty,side,\x1b[31mred\x07\n1723161255000,1,1,buy,x\n"
    Path("a\x1b[2J.csv").write_bytes(head)
    for words in (("inspect", "a\x1b[2J.csv"), ("replay", "a\x1b[2J.csv", "-o", "o.csv"),
                  ("inspect", "no\x1b[2J.csv"),
                  ("replay", "a\x1b[2J.csv", "-o", "o.csv", "-f", "--log-file", "log.txt")):
        run = tickeng(*words)
        assert b"\x1b" not in run.out and "\x1b" not in run.err, words
        if words[0] == "inspect":
            assert "\\x1b[2J" in run.out.decode() + run.err
    assert b"\x1b" not in Path("log.txt").read_bytes()
