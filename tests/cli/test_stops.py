"""Runs with workers that are stopped at any moment, or have fewer processors than they ask for.

They end in time and leave nothing behind; what continues them gives the bytes of a run that nobody
stopped.
"""

import gc
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tickeng.config import Config
from tickeng.replay import Options, Stop, replay
from tickeng.replay import stream as stream_module
from tickeng.replay.stop import Interrupted
from tickeng_cli import app

from .conftest import COMMAND, write_tape

SOAK = "TICKENG_SOAK" in os.environ
STOPS = 150 if SOAK else 6
ROWS, PATIENCE_S = 60_000, 30
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Hangs(Exception):
    """A process did not end."""


def stopped(words, wait_s, number, patience_s=PATIENCE_S):
    """The exit code and stderr of a process that gets a signal after a while."""
    with subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        try:
            process.wait(wait_s)
        except subprocess.TimeoutExpired:
            process.send_signal(number)
        try:
            err = process.communicate(timeout=patience_s)[1]
        except subprocess.TimeoutExpired:
            process.kill()
            raise Hangs(words) from None
        return process.returncode, err.decode()


def replayed(out, *more):
    return [*COMMAND, "replay", "a.csv", "-o", out, "--workers", "3", *more]


def test_signals_at_random(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_tape("a.csv", ROWS, symbols=("A", "B", "C"), late=1e-3, bad=1e-3)
    began = time.monotonic()
    subprocess.run(replayed("whole.csv"), check=True, stderr=subprocess.DEVNULL)
    took_s = time.monotonic() - began
    whole, chance, codes = Path("whole.csv").read_bytes(), random.Random(4), []
    for _ in range(STOPS):
        resume = ("--resume", "k") if Path("k").exists() else ("-f",)
        number = chance.choice(SIGNALS)
        code, err = stopped(replayed("out.csv", "--checkpoint", "k", *resume),
                            took_s * chance.uniform(0.2, 1), number)
        assert code in (0, 128 + number, -number), err
        codes.append(code)
        if code == 0:
            assert Path("out.csv").read_bytes() == whole
            Path("k").unlink()
    resume = ("--resume", "k") if Path("k").exists() else ("-f",)
    subprocess.run(replayed("out.csv", "--checkpoint", "k", *resume), check=True,
                   stderr=subprocess.DEVNULL)
    assert Path("out.csv").read_bytes() == whole
    assert any(codes), "no run was stopped; the test shows nothing"


DEAF = """
import signal, time
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
print(flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("number", SIGNALS)
def test_a_process_that_does_not_end_is_seen(number):
    with pytest.raises(Hangs):
        stopped([sys.executable, "-c", DEAF], 1, number, patience_s=1)


def threads_and_files():
    gc.collect()
    return len(os.listdir("/proc/self/task")), len(os.listdir("/proc/self/fd"))


def stop_in_the_middle(chance, workers):
    """A replay of this process that is stopped after some of its rows."""
    stop, at = Stop(), chance.randrange(ROWS)

    def progress(taken, _):
        if taken >= at:
            stop.request(signal.SIGTERM)

    return replay(Options(files=["a.csv"], config=Config(), out="out.csv", force=True,
                          workers=workers, checkpoint=Path("k")), progress=progress, stop=stop)


def left_behind(chance, count, leak=None):
    """(threads, files) more after so many replays that were stopped."""
    stop_in_the_middle(chance, 2)
    before = threads_and_files()
    for n in range(count):
        stop_in_the_middle(chance, 1 + n % 3)
        if leak is not None:
            leak.append(os.open(os.devnull, os.O_RDONLY))
    return tuple(b - a for a, b in zip(before, threads_and_files(), strict=True))


def test_a_stopped_replay_leaves_no_thread_and_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(stream_module, "ROWS_A_WORKER", 5_000)
    monkeypatch.setattr(stream_module, "_ROWS_AT_ONCE", 5_000)
    write_tape("a.csv", ROWS)
    assert left_behind(random.Random(1), 100 if SOAK else 8) == (0, 0)
    kept = []
    assert left_behind(random.Random(1), 2, kept) == (0, 2)
    for descriptor in kept:
        os.close(descriptor)


NARROW = """
import faulthandler, os, sys
faulthandler.dump_traceback_later(60, exit=True)
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
import numpy as np
from tickeng import Engine, ParallelEngine
n = 20_000
columns = (10**18 + np.arange(n) * 10**6, 100 + np.arange(n) % 50 / 8, np.ones(n),
           np.where(np.arange(n) % 3, 1, -1), [f"S{k % 9}" for k in range(n)])
want = Engine().run(*columns)
for workers in (1, 2, 8, "auto"):
    with ParallelEngine(workers=workers, ring=64, order="total", unread=1 << 15) as engine:
        engine.submit_batch(*columns)
        engine.flush()
        found = engine.poll()
        print(len(engine.workers), [w["cpu"] for w in engine.workers])
    assert all(found[name].tobytes() == want[name].tobytes() for name in want.columns)
    assert Engine().run(*columns, workers=workers)["alpha"].tobytes() == want["alpha"].tobytes()
"""


def test_one_processor_for_many_workers():
    done = subprocess.run([sys.executable, "-c", NARROW], capture_output=True, text=True,
                          env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
    assert done.returncode == 0, done.stderr
    only = min(os.sched_getaffinity(0))
    assert done.stdout.splitlines() == [
        f"1 [{only}]", f"2 {[None] * 2}", f"8 {[None] * 8}", f"1 [{only}]"]


def test_a_replay_on_one_processor(tickeng):
    write_tape("a.csv", ROWS, symbols=("A", "B"))
    assert tickeng("replay", "a.csv", "-o", "one.csv").code == 0
    words = replayed("many.csv")
    words[words.index("--workers") + 1] = "8"
    narrow = (f"import os, sys; os.sched_setaffinity(0, {{{min(os.sched_getaffinity(0))}}}); "
              "os.execv(sys.argv[1], sys.argv[1:])")
    code, err = stopped([sys.executable, "-c", narrow, *words], 120, signal.SIGTERM)
    assert code == 0, err
    assert Path("many.csv").read_bytes() == Path("one.csv").read_bytes()


def test_a_signal_while_a_class_is_made_is_no_internal_error():
    """Up to Python 3.11 it comes out as a RuntimeError with the signal as its cause."""
    interrupted = RuntimeError("Error calling __set_name__")
    interrupted.__cause__ = KeyboardInterrupt()
    assert app._exit_code(interrupted) == 130
    stop = Stop()
    with pytest.raises(Interrupted), stop.reading():
        try:
            stop.request(2)
        except Interrupted as asked:
            raise RuntimeError("Error calling __set_name__") from asked
    with pytest.raises(RuntimeError, match="other"), Stop().reading():
        raise RuntimeError("other")
