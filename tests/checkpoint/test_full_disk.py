"""A disk that is full, read-only or gone never stops an engine, and ends a replay with exit 5.

The last good checkpoint stays, nothing is left lying about, and the next one is written as soon as
there is room again.
"""

import json
import os
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.cli.conftest import tickeng, write_tape  # noqa: F401, a fixture
from tickeng import Engine, OutputError, ParallelEngine
from tickeng.replay import run as replay_run

N = 4_000
TS = 1_723_161_255_000_000_000 + np.arange(N) * 10**7
PRICE = 100 + np.arange(N) % 37 / 10
QTY, SIDE = 1.0 + np.arange(N) % 11, np.where(np.arange(N) % 3, 1, -1)
SMALL = {"k1.window": 64, "k2.window": 64, "k3.window": 64, "k4.window": 64,
         "k4.norm_window": 64, "regime.step": 64}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"mounting a small disk is not allowed here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def full(place: Path) -> None:
    with open(place / "filler", "wb", buffering=0) as file, pytest.raises(OSError, match="space"):
        while True:
            file.write(bytes(4096))


def read_only(place: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)


def vanished(place: Path) -> None:
    os.rename(place / "inner", place / "elsewhere")


ENDS = {
    full: lambda place: (place / "filler").unlink(),
    read_only: lambda place: subprocess.run(["mount", "-o", "remount,rw", str(place)], check=True),
    vanished: lambda place: os.rename(place / "elsewhere", place / "inner"),
}


def stretch(engine, a: int, b: int) -> dict[str, bytes]:
    frame = engine.run(TS[a:b], PRICE[a:b], QTY[a:b], SIDE[a:b])
    return {name: frame[name].tobytes() for name in frame.columns}


@pytest.mark.parametrize("fault", ENDS, ids=lambda fault: fault.__name__)
def test_an_engine_runs_on(disk, fault):
    (disk / "inner").mkdir()
    path = disk / "inner" / "k"
    engine, twin = Engine(SMALL), Engine(SMALL)
    stretch(engine, 0, 1000)
    stretch(twin, 0, 1000)
    engine.save(path)
    engine.save(path)
    good = engine.state()
    fault(disk)
    for a in range(1000, 3000, 500):
        assert stretch(engine, a, a + 500) == stretch(twin, a, a + 500)
        with pytest.raises(OutputError, match="k: "):
            engine.save(path)
    assert engine.checkpoints == (2, 4, 0)
    if fault is not vanished:
        assert Engine.load(path).state() == good
        assert sorted(os.listdir(path.parent)) == ["k", "k.1"]
    ENDS[fault](disk)
    assert Engine.load(path).state() == good
    engine.save(path)
    assert engine.checkpoints == (3, 4, 0)
    assert Engine.load(path).state() == engine.state() != good
    assert sorted(os.listdir(path.parent)) == ["k", "k.1"]


def test_a_mark_of_many_workers(disk):
    path = disk / "k"
    with ParallelEngine(SMALL, workers=1, pin=False) as engine:
        engine.submit_batch(TS[:500], PRICE[:500], QTY[:500], SIDE[:500])
        engine.flush()
        full(disk)
        with pytest.raises(OutputError):
            engine.save(path)
        assert engine.submit(int(TS[500]), 100.0, 1.0, 1)
        (disk / "filler").unlink()
        engine.snapshot().save(path)
        assert engine.checkpoints == (1, 1, 0)
    assert Engine.load(path).counters["0"]["processed"] == 501


def test_a_fallback_is_counted(tmp_path):
    engine = Engine(SMALL)
    stretch(engine, 0, 1000)
    engine.save(tmp_path / "k")
    engine.save(tmp_path / "k")
    (tmp_path / "k").write_bytes(b"TICKCKP")
    with pytest.warns(UserWarning, match="continuing from the generation before"):
        again = Engine.load(tmp_path / "k")
    assert again.checkpoints == (0, 0, 1)
    assert again.copy().checkpoints == Engine().checkpoints == (0, 0, 0)
    with warnings.catch_warnings(), ParallelEngine.load(tmp_path / "k.1", workers=1) as many:
        assert many.checkpoints == (0, 0, 0)


def test_a_replay_ends_with_exit_5_and_continues_later(disk, tickeng, monkeypatch):  # noqa: F811
    write_tape("a.csv", 3_000, late=0.02)
    tickeng("replay", "a.csv", "-o", "whole.csv")
    words = ("replay", "a.csv", "-o", "out.csv", "--checkpoint", disk / "k",
             "--checkpoint-every", 400, "--json")
    real, calls = replay_run.write_checkpoint, []

    def writing(path, state, meta):
        calls.append(path)
        if len(calls) == 3:
            full(disk)
        return real(path, state, meta)
    monkeypatch.setattr(replay_run, "write_checkpoint", writing)
    run = tickeng(*words)
    report = json.loads(run.out)
    assert run.code == report["error"]["exit_code"] == 5
    assert f"generation 2 stays: --resume {disk / 'k'} continues from it" in run.err
    assert report["checkpoint_failures"] == len(calls) - 2 > 3
    assert report["checkpoint_fallbacks"] == 0 and report["checkpoint"]["generation"] == 2
    assert len([told for told in report["warnings"] if "checkpoint cannot" in told]) == 1
    assert Path("whole.csv").read_bytes() == Path("out.csv").read_bytes()
    assert sorted(os.listdir(disk)) == ["filler", "k", "k.1"]
    (disk / "filler").unlink()
    run = tickeng(*words, "--resume", disk / "k")
    assert run.code == json.loads(run.out)["checkpoint_failures"] == 0
    assert Path("whole.csv").read_bytes() == Path("out.csv").read_bytes()


@pytest.mark.parametrize("fault", [full, read_only], ids=lambda fault: fault.__name__)
def test_a_replay_that_could_not_write_one_does_not_begin(disk, tickeng, fault):  # noqa: F811
    write_tape("a.csv", 300)
    fault(disk)
    run = tickeng("replay", "a.csv", "-o", "out.csv", "--checkpoint", disk / "k")
    assert run.code == 5 and str(disk / "k") in run.err
    assert not Path("out.csv").exists()


def test_a_replay_whose_last_checkpoint_is_good_has_ended_well(tickeng, monkeypatch):  # noqa: F811
    write_tape("a.csv", 3_000)
    real, calls = replay_run.write_checkpoint, []

    def faulty(path, state, meta):
        calls.append(path)
        if len(calls) == 2:
            raise OutputError(28, f"{path}: the checkpoint cannot be written: No space left")
        return real(path, state, meta)
    monkeypatch.setattr(replay_run, "write_checkpoint", faulty)
    run = tickeng("replay", "a.csv", "-o", "o.csv", "--checkpoint", "k", "--checkpoint-every", 1000,
                  "--json")
    report = json.loads(run.out)
    assert run.code == 0 and len(calls) > 2
    assert report["checkpoint_failures"] == 1 and "No space left" in run.err


def content(path: str) -> object:
    """What an output holds: its bytes, or the rows of Parquet parts."""
    if path.endswith(".parquet"):
        table = pq.read_table(path)
        return [(name, table[name].to_numpy().tolist().__repr__()) for name in table.column_names]
    return Path(path).read_bytes()


@pytest.mark.parametrize("form", [
    "csv", "jsonl", "arrow", "arrows", "csv.zst", "jsonl.zst", "arrows.zst", "parquet"])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_replay_says_that_it_fell_back(tickeng, form, workers):  # noqa: F811
    write_tape("a.csv", 3_000)
    whole, out = f"whole.{form}", f"out.{form}"
    tickeng("replay", "a.csv", "-o", whole)
    words = ("replay", "a.csv", "-o", out, "--checkpoint", "k", "--workers", workers)
    assert tickeng(*words, "--checkpoint-every", 1_000, "--limit", 2_500).code == 0
    Path("k").write_bytes(Path("k").read_bytes()[:-1])
    run = tickeng(*words, "--resume", "k", "--json")
    report = json.loads(run.out)
    assert run.code == 0 and report["checkpoint_fallbacks"] == 1
    assert "generation before" in " ".join(report["warnings"])
    assert content(whole) == content(out)
