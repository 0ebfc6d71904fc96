"""Any number of workers: the same rows, counters and engine state; the same errors; bounded memory.

The tapes are long enough that a stretch of one symbol is cut into chunks, and each has late and
unreadable rows, so that stretches end where nobody chose.
"""

import errno
import gzip
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from tickeng import Engine
from tickeng.checkpoint import read_checkpoint
from tickeng.config import Config
from tickeng.files.disk import output
from tickeng.replay import Options, Stop, replay
from tickeng.replay import inputs as inputs_module
from tickeng.replay import stream as stream_module
from tickeng.replay.overlap import Ahead
from tickeng.replay.stream import ROWS_A_WORKER

from .conftest import START_NS, write_tape
from .test_memory import long_tape, peak_mib  # noqa: F401, the former is a fixture

ROWS = 90_000
FORMS = ("csv", "arrow")
RUNS = {
    "one symbol": ("one.csv",),
    "leader": ("one.csv", "--leader", "leader.csv"),
    "mixed": ("mixed.csv",),
    "mixed, leader": ("mixed.csv", "--leader", "leader.csv"),
    "files that overlap": ("one.csv", "mixed.csv", "--reorder-ms", "5"),
    "limit": ("one.csv", "--limit", "70001"),
    "checkpoints on the way": ("one.csv", "--checkpoint-every", "31000"),
    "ids": ("mixed.csv", "--dedupe", "id"),
}


@pytest.fixture(scope="module")
def tapes(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("tapes")
    trouble = {"late": 3e-5, "bad": 2e-5, "repeated": 1e-5}
    write_tape(str(folder / "one.csv"), ROWS, seed=1, symbols=("A",), **trouble)
    write_tape(str(folder / "mixed.csv"), ROWS, seed=2, symbols=("A", "B", "C"), **trouble)
    write_tape(str(folder / "leader.csv"), ROWS // 2, seed=3, symbols=("L",), start_ns=START_NS + 1)
    return folder


@pytest.fixture(autouse=True)
def at_hand(tapes, tmp_path):
    for path in tapes.iterdir():
        (tmp_path / path.name).symlink_to(path)


def left_by(out: str, checkpoint: str) -> tuple[bytes, bytes, object]:
    """The rows, the engine's state and what the checkpoint says of counters and places."""
    state, meta = read_checkpoint(checkpoint)
    told = {name: meta[name] for name in ("counters", "came_in", "sources", "leaders", "names",
                                          "held", "warm", "config_hash")}
    return Path(out).read_bytes(), state, told


@pytest.mark.parametrize("run", RUNS)
def test_the_same_rows_and_state(tickeng, run):
    found, reports = {}, {}
    for workers in ("1", "2", "3", "auto"):
        out, kept = f"o{workers}.csv", f"k{workers}"
        done = tickeng("replay", *RUNS[run], "-o", out, "--checkpoint", kept, "--workers", workers,
                       "--json")
        assert done.code == 0, done.err
        found[workers] = left_by(out, kept)
        report = json.loads(done.out)
        reports[workers] = {name: report[name] for name in ("counters", "gate", "size", "warmup")}
    for workers in found:
        assert found[workers] == found["1"], workers
        assert reports[workers] == reports["1"], workers


@pytest.mark.parametrize("workers", [2, 3])
def test_workers_get_rows_that_are_worth_sharing(tickeng, monkeypatch, workers):
    run, sizes = Engine._feed, []

    def count(self: Engine, ts_ns: object, *given: object, **named: object) -> object:
        sizes.append(len(ts_ns))
        return run(self, ts_ns, *given, **named)

    monkeypatch.setattr(Engine, "_feed", count)
    monkeypatch.setattr(inputs_module, "_ROWS_AT_ONCE", 8_192)  # a source gives few at once
    assert tickeng("replay", "one.csv", "-o", "o.csv", "--workers", workers).code == 0
    assert max(sizes) >= min(workers * ROWS_A_WORKER, ROWS * 0.9)


def test_many_symbols_wait_for_one_another(tickeng):
    """With many symbols more rows run at once; between checkpoints no more than those."""
    symbols = tuple(f"S{i}" for i in range(500))
    write_tape("many.csv", 70_000, seed=4, symbols=symbols, late=3e-5, bad=2e-5)
    found = []
    for turn, more in enumerate(((), ("--checkpoint-every", "9000"))):
        out, kept = f"o{turn}.csv", f"k{turn}"
        done = tickeng("replay", "many.csv", "-o", out, "--checkpoint", kept, *more)
        assert done.code == 0, done.err
        found.append(left_by(out, kept))
    assert found[0] == found[1]


@pytest.mark.parametrize("form", FORMS)
def test_going_on_with_other_workers(tickeng, form):
    words = ("replay", "one.csv", "--leader", "leader.csv")
    tickeng(*words, "-o", f"whole.{form}", "--checkpoint", "k")
    whole = left_by(f"whole.{form}", "k")
    for turn, (before, behind) in enumerate(((1, 2), (2, 3), (3, 1))):
        out, kept = f"split{turn}.{form}", f"k{turn}"
        tickeng(*words, "-o", out, "--checkpoint", kept, "--limit", 61_234, "--workers", before)
        done = tickeng(*words, "-o", out, "--checkpoint", kept, "--resume", kept,
                       "--workers", behind)
        assert done.code == 0, done.err
        assert left_by(out, kept) == whole


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_in_the_middle(tmp_path, monkeypatch, number):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(stream_module, "ROWS_A_WORKER", 10_000)  # several stretches

    def run(out: str, **more: object) -> object:
        stop = Stop()

        def progress(taken: int, _: float | None) -> None:
            if "resume" not in more and out != "whole.csv" and taken > ROWS // 3:
                stop.request(number)

        options = Options(files=["one.csv"], config=Config(), out=out, checkpoint=Path("k"), **more)
        return replay(options, progress=progress, stop=stop)

    run("whole.csv")
    monkeypatch.setattr(stream_module, "_ROWS_AT_ONCE", 10_000)
    stopped = run("out.csv", workers=2)
    assert stopped.signal == number
    assert 0 < stopped.report["ticks"] < ROWS * 0.9
    assert run("out.csv", workers=3, resume=Path("k")).error is None
    assert Path("out.csv").read_bytes() == Path("whole.csv").read_bytes()


def test_an_error_while_reading_ahead(tickeng):
    packed = gzip.compress(Path("one.csv").resolve().read_bytes())
    Path("cut.csv.gz").write_bytes(packed[: len(packed) * 2 // 3])
    runs = [tickeng("replay", "cut.csv.gz", "-o", f"o{workers}.csv", "--workers", workers)
            for workers in (1, 2, 3)]
    assert {run.code for run in runs} == {3}
    assert len({run.err.splitlines()[-1] for run in runs}) == 1
    assert "truncated" in runs[0].err
    assert len(Path("o1.csv").read_bytes().splitlines()) > ROWS // 2
    assert {Path(f"o{workers}.csv").read_bytes() for workers in (2, 3)} == {
        Path("o1.csv").read_bytes()}


def test_a_late_tick_as_an_error(tickeng):
    runs = [tickeng("replay", "one.csv", "-o", f"o{workers}.csv", "--on-late", "error",
                    "--workers", workers) for workers in (1, 2)]
    assert {run.code for run in runs} == {3}
    assert "is older than the tick before it" in runs[0].err
    assert runs[0].err.splitlines()[-1] == runs[1].err.splitlines()[-1]
    assert Path("o1.csv").read_bytes() == Path("o2.csv").read_bytes()


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("good", [1, 2])
def test_an_error_while_writing_behind(tickeng, monkeypatch, workers, good):
    monkeypatch.setattr(stream_module, "ROWS_A_WORKER", 10_000)
    write, calls = output.write_all, []

    def full_disk(descriptor: int, data: bytes) -> None:
        calls.append(len(data))
        if len(calls) > good:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(descriptor, data)

    monkeypatch.setattr(output, "write_all", full_disk)
    run = tickeng("replay", "one.csv", "-o", "o.csv", "--workers", workers)
    assert run.code == 5
    assert "o.csv: cannot be written: No space left on device" in run.err


def test_reading_ahead_keeps_order_depth_and_errors():
    taken = []

    def numbers():
        for number in range(20):
            taken.append(number)
            yield number
        raise ValueError("the end")

    ahead = Ahead(depth=3)
    try:
        batches, got = ahead(numbers()), []
        for _ in range(20):
            got.append(next(batches))
            assert len(taken) <= len(got) + 4
        with pytest.raises(ValueError, match="the end"):
            next(batches)
    finally:
        ahead.close()
    assert got == list(range(20))


def test_memory_is_bounded(long_tape, tmp_path):  # noqa: F811
    small = tmp_path / "small.csv"
    with long_tape.open() as file:
        small.write_text("".join(next(file) for _ in range(100)))
    words = ["--workers", "2", "-o"]
    start = peak_mib(["replay", str(small), *words, str(tmp_path / "s.parquet")])
    peak = peak_mib(["replay", str(long_tape), *words, str(tmp_path / "o.parquet")])
    print(f"workers: {start:.0f} MiB at start, {peak:.0f} MiB at most", file=sys.stderr)
    assert peak - start < 400
