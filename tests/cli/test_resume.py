"""Stopping and going on: the appended output equals the unsplit run's, byte for byte."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from .conftest import COMMAND, START_NS, write_tape

WARM = ("--set", "warmup=expanding")
FORMATS = ("csv", "jsonl", "arrow", "arrows", "csv.zst", "jsonl.zst", "arrows.zst")
POLICIES = {
    "plain": (),
    "leader": ("--leader", "leader.csv"),
    "reorder": ("--reorder-ms", "20"),
    "dedupe": ("--dedupe", "id"),
    "filtered": ("--symbol", "A", "--reorder-ms", "5", "--dedupe", "id"),
}


@pytest.fixture
def tapes(tickeng):
    """Two overlapping files of two symbols with every kind of trouble, a third later, a leader."""
    trouble = {"late": 0.05, "bad": 0.01, "repeated": 0.02, "symbols": ("A", "B")}
    newest_ns = write_tape("a.csv", 3_000, seed=1, **trouble)
    write_tape("b.csv", 3_000, seed=2, start_ns=START_NS + 3_000_000_000, **trouble)
    write_tape("c.csv", 2_000, seed=3, start_ns=newest_ns + 10**9, **trouble)
    write_tape("leader.csv", 5_000, seed=4, symbols=("L",))
    return ("a.csv", "b.csv", "c.csv")


@pytest.mark.parametrize("form", FORMATS)
def test_split_twice(tickeng, tapes, form):
    whole, split = f"whole.{form}", f"split.{form}"
    assert tickeng("replay", *tapes, *WARM, "-o", whole).code == 0
    first = tickeng("replay", *tapes, *WARM, "-o", split, "--limit", 1_234, "--checkpoint", "k")
    assert first.code == 0
    again = ("--checkpoint", "k", "--resume", "k")
    assert tickeng("replay", *tapes, *WARM, "-o", split, *again, "--limit", 2_233).code == 0
    assert tickeng("replay", *tapes, *WARM, "-o", split, *again).code == 0
    assert Path(whole).read_bytes() == Path(split).read_bytes()


@pytest.mark.parametrize("policy", POLICIES)
def test_split_under_every_policy(tickeng, tapes, policy):
    words = ("replay", *tapes, *WARM, *POLICIES[policy])
    whole = tickeng(*words, "-o", "whole.csv", "--json")
    tickeng(*words, "-o", "split.csv", "--limit", 1_235, "--checkpoint", "k")
    rest = tickeng(*words, "-o", "split.csv", "--resume", "k", "--json")
    assert Path("whole.csv").read_bytes() == Path("split.csv").read_bytes()
    counters = [json.loads(run.out)["counters"] for run in (whole, rest)]
    assert counters[0] == counters[1]


def test_parquet_continues_in_parts(tickeng, tapes):
    tickeng("replay", *tapes, *WARM, "-o", "whole.parquet")
    tickeng("replay", *tapes, *WARM, "-o", "split.parquet", "--limit", 3_000, "--checkpoint", "k")
    tickeng("replay", *tapes, *WARM, "-o", "split.parquet", "--resume", "k")
    assert len(list(Path("split.parquet").iterdir())) == 2
    whole, split = pq.read_table("whole.parquet"), pq.read_table("split.parquet")
    for name in whole.column_names:
        ours, theirs = (np.asarray(table[name].to_numpy()) for table in (whole, split))
        assert ours.dtype == theirs.dtype
        assert ours.tolist() == theirs.tolist() or ours.tobytes() == theirs.tobytes()


def test_next_day_carries_the_state(tickeng, tapes):
    tickeng("replay", "a.csv", "c.csv", *WARM, "-o", "whole.csv")
    tickeng("replay", "a.csv", *WARM, "-o", "days.csv", "--checkpoint", "k")
    assert tickeng("replay", "c.csv", *WARM, "-o", "days.csv", "--resume", "k").code == 0
    assert Path("whole.csv").read_bytes() == Path("days.csv").read_bytes()


def test_the_tick_rule_goes_on_in_the_next_file(tickeng, tapes):
    """Sides are inferred; the first trades of a file take the side of the file before."""
    for name in tapes:
        lines = [line.split(",") for line in Path(name).read_text().splitlines()]
        kept = [",".join([*line[:3], *line[4:]]) for line in lines]
        Path(name).write_text("\n".join(kept) + "\n")
    words = ("--infer-side", "tick")
    tickeng("replay", "a.csv", "c.csv", *words, "-o", "whole.csv")
    tickeng("replay", "a.csv", *words, "-o", "days.csv", "--checkpoint", "k")
    more = ("--checkpoint", "k", "--resume", "k")
    tickeng("replay", "c.csv", *words, "-o", "days.csv", *more, "--limit", 700)
    assert tickeng("replay", "c.csv", *words, "-o", "days.csv", *more).code == 0
    assert Path("whole.csv").read_bytes() == Path("days.csv").read_bytes()
    assert tickeng("replay", "c.csv", "--resume", "k").code == 4


def test_split_by_time(tickeng):
    write_tape("a.csv", 3_000)
    at = "2024-08-08T23:54:19"
    tickeng("replay", "a.csv", *WARM, "-o", "whole.csv")
    tickeng("replay", "a.csv", *WARM, "-o", "split.csv", "--to", at, "--checkpoint", "k")
    tickeng("replay", "a.csv", *WARM, "-o", "split.csv", "--from", at, "--resume", "k")
    assert Path("whole.csv").read_bytes() == Path("split.csv").read_bytes()


def test_checkpoint_every(tickeng):
    write_tape("a.csv", 3_000, late=0.02)
    words = ("replay", "a.csv", "--checkpoint", "k", "--checkpoint-every", 400)
    run = tickeng(*words, "-o", "often.csv", "--json")
    assert json.loads(run.out)["checkpoint"]["generation"] == 8
    tickeng("replay", "a.csv", "-o", "never.csv")
    assert Path("often.csv").read_bytes() == Path("never.csv").read_bytes()
    shown = json.loads(tickeng("checkpoint", "show", "k.1", "--json").out)
    assert shown["meta"]["sources"][0]["row"] == 2_800


def test_damaged_checkpoint_falls_back(tickeng):
    write_tape("a.csv", 3_000)
    tickeng("replay", "a.csv", "-o", "whole.csv")
    words = ("replay", "a.csv", "-o", "out.csv", "--checkpoint", "k")
    tickeng(*words, "--checkpoint-every", 1_000, "--limit", 2_500)
    damaged = bytearray(Path("k").read_bytes())
    damaged[-9] ^= 4
    Path("k").write_bytes(damaged)
    run = tickeng("replay", "a.csv", "-o", "out.csv", "--resume", "k")
    assert run.code == 0
    assert "k.1" in run.err
    assert Path("whole.csv").read_bytes() == Path("out.csv").read_bytes()


def test_refusals(tickeng):
    write_tape("a.csv", 500)
    tickeng("replay", "a.csv", "-o", "out.csv", "--checkpoint", "k", "--limit", 300)
    other = tickeng("replay", "a.csv", "--resume", "k", "--set", "eps=relative")
    assert other.code == 4
    assert "eps: was absolute, is relative" in other.err
    assert tickeng("replay", "a.csv", "--resume", "k", "--reorder-ms", 5).code == 4
    write_tape("a.csv", 500, seed=9)
    changed = tickeng("replay", "a.csv", "--resume", "k")
    assert changed.code == 4
    assert "a.csv" in changed.err
    assert tickeng("replay", "a.csv", "--resume", "missing").code == 2
    Path("k").write_bytes(b"nonsense")
    assert tickeng("replay", "a.csv", "--resume", "k").code == 4


def test_a_file_that_grew_continues(tickeng):
    write_tape("a.csv", 3_000)
    whole = Path("a.csv").read_bytes()
    tickeng("replay", "a.csv", "-o", "whole.csv")
    Path("a.csv").write_bytes(b"".join(whole.splitlines(keepends=True)[:1_501]))
    tickeng("replay", "a.csv", "-o", "out.csv", "--checkpoint", "k")
    Path("a.csv").write_bytes(whole)
    tickeng("replay", "a.csv", "-o", "out.csv", "--resume", "k")
    assert Path("whole.csv").read_bytes() == Path("out.csv").read_bytes()


def test_warm_primes_without_output(tickeng, tapes):
    tickeng("replay", "a.csv", "c.csv", "-o", "whole.csv")
    first = tickeng("replay", "a.csv", "-o", "first.csv")
    warmed = tickeng("replay", "c.csv", "-o", "second.csv", "--warm", "a.csv", "--json")
    assert first.code == warmed.code == 0
    rows = Path("second.csv").read_bytes().partition(b"\n")[2]
    assert Path("whole.csv").read_bytes() == Path("first.csv").read_bytes() + rows
    assert json.loads(warmed.out)["conserved"]


def test_the_list_of_rejects_goes_on(tickeng, tapes):
    words = ("replay", "a.csv", "--rejects")
    tickeng(*words, "whole_rejects.csv", "-o", "whole.csv")
    more = ("-o", "split.csv", "--checkpoint", "k")
    tickeng(*words, "rejects.csv", *more, "--limit", 1_500)
    tickeng(*words, "rejects.csv", *more, "--resume", "k")
    assert Path("whole_rejects.csv").read_bytes() == Path("rejects.csv").read_bytes()


def test_killed_at_random_moments(tickeng):
    """kill -9, again and again, until a run comes through; the output is the undisturbed one."""
    write_tape("a.csv", 60_000, late=0.02)
    tickeng("replay", "a.csv", "-o", "whole.csv")
    random, runs = np.random.default_rng(7), 0
    words = [*COMMAND, "replay", "a.csv", "-o", "out.csv", "--checkpoint", "k",
             "--checkpoint-every", "1000"]
    while True:
        again = ["--resume", "k"] if os.path.exists("k") else ["-f"]
        with subprocess.Popen([*words, *again], stderr=subprocess.DEVNULL) as process:
            try:
                process.wait(0.6 + 0.3 * random.random() if runs < 8 else None)
            except subprocess.TimeoutExpired:
                process.kill()
        runs += 1
        if process.returncode == 0:
            break
    assert Path("whole.csv").read_bytes() == Path("out.csv").read_bytes()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("asked", [True, False])
def test_signal_in_the_middle(tickeng, number, asked):
    """The input is a pipe that stays open, so that the signal finds the run waiting for rows."""
    write_tape("a.csv", 4_000, late=0.02)
    tickeng("replay", "a.csv", "-o", "whole.csv", "--reorder-ms", 10)
    data = Path("a.csv").read_bytes()
    checkpoint = ("--checkpoint", "k") if asked else ()
    words = [*COMMAND, "replay", "-", "-o", "out.csv", "--reorder-ms", "10", *checkpoint]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin and process.stderr
        process.stdin.write(data[: len(data) // 2 // 4096 * 4096])
        process.stdin.flush()
        wait_for(Path("out.csv"))
        time.sleep(0.3)
        process.send_signal(number)
        assert process.wait(20) == 128 + number, process.stderr.read()
    kept = "k" if asked else "out.csv.ckpt"
    assert os.path.exists(kept)
    done = tickeng("replay", "-", "-o", "out.csv", "--reorder-ms", 10, "--resume", kept,
                   stdin=data, own_process=True)
    assert done.code == 0, done.err
    assert Path("whole.csv").read_bytes() == Path("out.csv").read_bytes()


def wait_for(path: Path) -> None:
    """Until the run has opened its output."""
    for _ in range(400):
        if path.exists() and path.stat().st_size:
            return
        time.sleep(0.05)
    raise TimeoutError(path)
