"""No file is lost: none that is read, written twice, of another kind, or held by another run."""

import gzip
import itertools
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from tickeng.checkpoint import read_checkpoint, write_checkpoint
from tickeng.files.disk import hold

from .conftest import COMMAND, write_tape
from .test_resume import wait_for

# Every option of replay that names a file, and whether it writes it.
REPLAY = {
    "FILE": False, "--leader": False, "--warm": False, "--config": False, "--resume": False,
    "-o": True, "--checkpoint": True, "--rejects": True, "--plot": True, "--log-file": True,
}
TOGETHER = {frozenset({"--resume", "--checkpoint"})}


@pytest.mark.parametrize("linked", [False, True], ids=["same name", "hard link"])
@pytest.mark.parametrize("pair", [
    pair for pair in itertools.combinations(REPLAY, 2)
    if any(REPLAY[option] for option in pair) and frozenset(pair) not in TOGETHER])
def test_no_two_options_write_one_file(tickeng, pair, linked):
    write_tape("in.csv", 40)
    tickeng("replay", "in.csv", "--checkpoint", "k")
    content = Path("in.csv").read_bytes() if {"FILE", "--leader", "--warm"} & {*pair} else b""
    content = Path("k").read_bytes() if "--resume" in pair else content
    names = ["one.html" if option == "--plot" else "one.csv" for option in pair]
    if "-o" not in pair:
        names = [max(names)] * 2  # a plot wants its extension, the others take any
    if linked or names[0] != names[1]:
        names[1] = f"link-{names[1]}"
    Path(names[0]).write_bytes(content)
    if names[0] != names[1]:
        os.link(*names)
    words = ["replay", "-f", "in.csv"] if pair[0] != "FILE" else ["replay", "-f", names[0]]
    for option, name in zip(pair, names, strict=True):
        words += [option, name] if option != "FILE" else []
    run = tickeng(*words, *(() if "-o" in pair else ("-o", "other.csv")))
    assert run.code == 2, (words, run.err)
    assert "the same file" in run.err or "is a file of this run" in run.err, run.err
    assert [Path(name).read_bytes() for name in names] == [content] * 2
    assert not Path("other.csv").exists()


@pytest.mark.parametrize("words", [
    ("replay", "in.csv", "-o", "in.csv", "-f"), ("convert", "in.csv", "-o", "in.csv", "-f"),
    ("convert", "in.csv", "-o", "o.csv", "--rejects", "in.csv", "-f"),
    ("convert", "in.csv", "-o", "o.csv", "--rejects", "o.csv"),
    ("replay", "in.csv", "-o", "o.csv", "--rejects", "o.csv.manifest.json"),
    ("replay", "day", "-o", "day/in.csv", "-f"),
    ("inspect", "in.csv", "--log-file", "in.csv"),
])
def test_an_input_is_never_an_output(tickeng, words):
    write_tape("in.csv", 40)
    Path("day").mkdir()
    write_tape("day/in.csv", 40)
    before = Path("in.csv").read_bytes()
    assert tickeng(*words).code == 2
    assert Path("in.csv").read_bytes() == Path("day/in.csv").read_bytes() == before


def test_the_shells_files_are_looked_at_too(tickeng):
    write_tape("in.csv", 40)
    before = Path("in.csv").read_bytes()
    for line in ("replay - -o in.csv -f < in.csv", "replay in.csv -o - >> in.csv"):
        done = subprocess.run(["bash", "-c", f"{' '.join(COMMAND)} {line}"], check=False,
                              capture_output=True, text=True)
        assert (done.returncode, "the same file" in done.stderr) == (2, True), done.stderr
    assert Path("in.csv").read_bytes() == before


@pytest.mark.parametrize(("option", "name"), [
    ("--checkpoint", "notes.txt"), ("--rejects", "notes.txt"), ("--plot", "notes.html"),
    ("--log-file", "notes.txt"),
])
@pytest.mark.parametrize("force", [(), ("-f",)])
def test_a_file_of_another_kind_is_left_alone(tickeng, option, name, force):
    write_tape("in.csv", 40)
    Path(name).write_text("precious\n")
    run = tickeng("replay", "in.csv", "-o", "o.csv", option, name, *force)
    assert run.code in (2, 5)
    assert name in run.err
    assert Path(name).read_text() == "precious\n"
    assert not Path(f"{name}.1").exists()


@pytest.mark.parametrize(("option", "beginning"), [
    ("--rejects", b'"file","row","reason","text"\n'),
    ("--log-file", b"2026-01-01T00:00:00.000Z tickeng "),
])
def test_a_first_line_that_a_crash_cut_off_is_written_again(tickeng, option, beginning):
    write_tape("in.csv", 40)
    for length in (0, 1, 9, len(beginning) - 2):
        Path("file").write_bytes(beginning[:length])
        for _ in range(2):
            assert tickeng("replay", "in.csv", "-o", "o.csv", option, "file", "-f").code == 0
        assert re.match(rb"\"file\",\"row\"|\d{4}-..-..T..:..:..\....Z tickeng ",
                        Path("file").read_bytes())


@pytest.mark.parametrize(("option", "name"), [("--rejects", "r.csv"), ("--plot", "p.html")])
def test_yesterdays_list_and_plot_need_force(tickeng, option, name):
    write_tape("in.csv", 40)
    assert tickeng("replay", "in.csv", option, name).code == 0
    before = Path(name).read_bytes()
    run = tickeng("replay", "in.csv", option, name)
    assert (run.code, "-f overwrites it" in run.err) == (5, True)
    assert Path(name).read_bytes() == before
    assert tickeng("replay", "in.csv", option, name, "-f").code == 0


@pytest.mark.parametrize("form", ["csv", "csv.zst", "arrow", "parquet"])
def test_a_run_that_fails_leaves_yesterdays_output(tickeng, form):
    write_tape("in.csv", 400)
    bad = Path("in.csv").read_bytes()[:-7]
    Path("bad.csv.gz").write_bytes(gzip.compress(bad)[:-9])
    Path(f"o.{form}").write_text("yesterday's\n")
    run = tickeng("replay", "bad.csv.gz", "-o", f"o.{form}", "-f")
    assert run.code == 3
    assert f"o.{form}: is still the file from before" in run.err
    assert Path(f"o.{form}").read_text() == "yesterday's\n"
    assert sorted(os.listdir()) == sorted(["bad.csv.gz", "in.csv", f"o.{form}"])


@pytest.mark.parametrize("target", ["o.csv", "o.parquet", "k", "r.csv", "p.html"])
def test_what_another_run_holds_is_not_written(tickeng, target):
    write_tape("in.csv", 40)
    words = ("replay", "in.csv", "-o", "o.csv", "--checkpoint", "k", "--rejects", "r.csv",
             "--plot", "p.html")
    if target == "o.parquet":
        words = ("convert", "in.csv", "-o", target)
    with hold(Path(target)):
        run = tickeng(*words)
        assert run.code == 5
        assert f"{target}: is being written by process {os.getpid()} on" in run.err
        assert not Path(target).exists()
    assert [name for name in os.listdir() if name.startswith(".")] == []


def test_of_runs_at_once_one_writes_the_output(tickeng):
    write_tape("in.csv", 20_000)
    tickeng("replay", "in.csv", "-o", "whole.csv")
    for force in ((), ("-f",)):
        runs = [subprocess.Popen([*COMMAND, "replay", "in.csv", "-o", "o.csv", *force],
                                 stderr=subprocess.PIPE) for _ in range(3)]
        told = [(process.communicate()[1].decode(), process.returncode) for process in runs]
        assert {code for _, code in told} <= {0, 5}
        assert any(code == 0 for _, code in told)
        assert Path("o.csv").read_bytes() == Path("whole.csv").read_bytes()
    assert [name for name in os.listdir() if name.startswith(".")] == []


def test_a_limit_counts_over_resumes(tickeng):
    write_tape("in.csv", 1_500, symbols=("A", "B"))
    words = ("replay", "in.csv", "--symbol", "A", "--json", "--checkpoint", "k", "-o")
    tickeng(*words, "whole.csv", "--limit", 500)
    os.unlink("k")
    first = tickeng(*words, "o.csv", "--limit", 300)
    rest = tickeng(*words, "o.csv", "--limit", 500, "--resume", "k")
    assert [json.loads(run.out)["rows"] for run in (first, rest)] == [300, 200]
    assert Path("o.csv").read_bytes() == Path("whole.csv").read_bytes()
    assert json.loads(tickeng(*words, "o.csv", "--limit", 500, "--resume", "k").out)["rows"] == 0
    write_tape("tomorrow.csv", 1_500, seed=2, start_ns=1_723_251_255_000_000_000, symbols=("A",))
    other = tickeng("replay", "tomorrow.csv", "--limit", 500, "--resume", "k", "--json")
    assert json.loads(other.out)["rows"] == 500


@pytest.mark.parametrize("words", [("replay", "in.csv"), ("replay", "in.csv", "--json"),
                                   ("inspect", "in.csv", "--json"), ("kernels", "--json")])
def test_a_short_write_to_stdout_is_no_success(tickeng, words):
    """Without a buffer the system takes what fits, and says nothing of the rest."""
    write_tape("in.csv", 300)

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))

    with open("out", "wb") as out:
        done = subprocess.run([*COMMAND, *words], stdout=out, stderr=subprocess.PIPE, check=False,
                              env={**os.environ, "PYTHONUNBUFFERED": "1"}, preexec_fn=limited)
    assert done.returncode == 5, done.stderr
    assert b"File too large" in done.stderr


def test_an_arrow_stream_of_before_is_continued(tickeng):
    """A .arrow was a stream once; one that such a version began stays one."""
    write_tape("in.csv", 300)
    words = ("replay", "in.csv", "--checkpoint", "k", "-o")
    tickeng(*words, "whole.arrows")
    os.unlink("k")
    tickeng(*words, "o.arrows", "--limit", 120)
    os.rename("o.arrows", "o.arrow")
    state, meta = read_checkpoint("k")
    meta["sink"]["path"] = os.path.abspath("o.arrow")
    meta["sink"]["position"]["format"] = "arrow"
    write_checkpoint("k", state, {key: value for key, value in meta.items()
                                  if key not in ("generation", "engine_version")})
    assert tickeng(*words, "o.arrow", "--resume", "k").code == 0
    assert Path("o.arrow").read_bytes() == Path("whole.arrows").read_bytes()


def test_an_arrow_file_is_one_to_other_tools(tickeng):
    write_tape("in.csv", 300)
    for name in ("o.arrow", "o.feather"):
        assert tickeng("convert", "in.csv", "-o", name).code == 0
        with pa.ipc.open_file(name) as file:
            table = file.read_all()
            table.validate(full=True)
        assert table.num_rows == 300
        assert tickeng("convert", name, "-o", f"{name}.csv").code == 0
    assert Path("o.arrow.csv").read_bytes() == Path("o.feather.csv").read_bytes()
    refused = tickeng("convert", "in.csv", "-o", "o.arrow.zst")
    assert (refused.code, ".arrows.zst" in refused.err) == (2, True)


NAMES = ["@ES", "=1+1", "@SUM(A1)", "'=x", "-DOT"]


def test_names_that_a_spreadsheet_would_run_survive_a_csv(tickeng):
    rows = [f"{1_723_161_255_000_000_000 + n},{100 + n},1,buy,{name}\n"
            for n, name in enumerate(np.repeat(NAMES, 3))]
    Path("in.csv").write_text("timestamp,price,qty,side,symbol\n" + "".join(rows))
    tickeng("convert", "in.csv", "-o", "o.parquet")
    tickeng("convert", "o.parquet", "-o", "o.csv")
    cells = [line.split(",")[1] for line in Path("o.csv").read_text().splitlines()[1::3]]
    assert cells == ["@ES", "'=1+1", "'@SUM(A1)", "'=x", "-DOT"]
    tickeng("convert", "o.csv", "-o", "again.parquet")
    symbols = [pa.parquet.read_table(name)["symbol"].to_pylist()
               for name in ("o.parquet", "again.parquet")]
    assert symbols[0] == symbols[1]


@pytest.mark.parametrize("name", ["A\x1b[2J", "A\x85B", "A\x9bB", "A\x00B"])
def test_names_with_control_characters_are_rejected(tickeng, name):
    rows = [f"{1_723_161_255_000_000_000 + n},{100 + n},1,buy,{'OK' if n else name}\n"
            for n in range(9)]
    Path("in.csv").write_text("timestamp,price,qty,side,symbol\n" + "".join(rows))
    for words in (("replay",), ("convert",)):
        run = tickeng(*words, "in.csv", "-o", f"{words[0]}.csv", "--rejects", f"{words[0]}.r.csv")
        assert run.code == 0, run.err
        assert "OK" in Path(f"{words[0]}.csv").read_text()
        told = Path(f"{words[0]}.r.csv").read_text()
        assert told.isascii() or name not in told
        assert told.count("\n") == 2
    refused = tickeng("convert", "in.csv", "-o", "n.csv", "--symbol-name", "A\x1bB")
    assert (refused.code, "control character" in refused.err) == (2, True)
    assert "\x1b" not in refused.err


@pytest.mark.skipif(not shutil.which("strace"), reason="strace injects the error")
def test_a_read_error_names_the_input(tickeng):
    write_tape("in.csv", 20_000)
    tickeng("convert", "in.csv", "-o", "in.zst")
    for name in ("in.csv", "in.zst"):
        done = subprocess.run(
            ["strace", "-f", "-qq", "-o", "/dev/null", "-P", name, "-e", "trace=read",
             "-e", "inject=read:error=EIO:when=2+", *COMMAND, "replay", name, "-o", f"{name}.csv"],
            check=False, capture_output=True, text=True)
        assert done.returncode == 3, done.stderr
        assert f"{name}" in done.stderr
        assert "cannot be read: Input/output error" in done.stderr


@pytest.mark.parametrize("form", ["csv", "arrow", "parquet"])
def test_an_interrupted_replacement_waits_for_its_rest(tickeng, form):
    """The input is a pipe that stays open, so that the signal finds the run waiting for rows."""
    write_tape("in.csv", 2_000)
    out, data = Path(f"o.{form}"), Path("in.csv").read_bytes()
    tickeng("replay", "-", "-o", f"whole.{form}", stdin=data, own_process=True)
    out.write_text("yesterday's")
    words = ("replay", "-", "-o", out.name, "-f")
    with subprocess.Popen([*COMMAND, *words], stdin=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        process.stdin.write(data[:len(data) // 2])
        process.stdin.flush()
        wait_for(Path(f".{out.name}.lock"))
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        told = process.stderr.read().decode()
    assert process.returncode == 143, told
    assert f"is still the file from before; --resume {out.name}.ckpt continues the one" in told
    assert out.read_text() == "yesterday's"
    done = tickeng(*words, "--resume", f"{out.name}.ckpt", stdin=data, own_process=True)
    assert done.code == 0, done.err
    found, whole = (pa.parquet.read_table(path).select(["ts_ns", "symbol", "price", "gate"])
                    if form == "parquet" else Path(path).read_bytes()
                    for path in (out, f"whole.{form}"))
    assert found == whole
    assert [name for name in os.listdir() if name.startswith(".")] == []
