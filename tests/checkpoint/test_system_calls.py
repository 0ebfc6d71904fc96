"""Each system call of a save fails, or the process is killed at it; what is read is old or new.

strace makes the faults, in a process of its own. An engine that meets an error continues, and its
next save succeeds. The suite has the calls that matter most, `make soak` all of them.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tickeng import Engine

SOAK = "TICKENG_SOAK" in os.environ
SMALL = {"kernels": "k1", "k1.window": 16}
CALLS = ("openat", "write", "fsync", "rename", "linkat,link", "unlink,unlinkat", "close",
         "ftruncate", "flock", "chmod,fchmodat", "newfstatat,fstat,stat")
ERRORS = ("EIO", "ENOSPC", "EDQUOT", "EROFS", "EINTR")
CASES = [(call, fault) for call in CALLS for fault in ("KILL", *ERRORS)] if SOAK else [
    ("write", "ENOSPC"), ("fsync", "KILL"), ("fsync", "EIO"), ("rename", "KILL"),
    ("rename", "EROFS")]
CODE = """
import sys
from tickeng import Engine, OutputError
engine = Engine.load(sys.argv[1])
engine.on_tick(10**18 + 99, 101.0, 2.0, -1)
try:
    engine.save(sys.argv[2])
except OutputError as error:
    assert sys.argv[2] in str(error), error
    assert engine.checkpoints.failures == 1
    assert engine.on_tick(10**18 + 100, 102.0, 2.0, 1).accepted
    engine.save(sys.argv[2])
    sys.exit(5)
"""
pytestmark = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")


def fed(ticks: int) -> Engine:
    engine = Engine(SMALL)
    for k in range(ticks):
        engine.on_tick(10**18 + k, 100.0 + k % 5, 1.0, 1 if k % 2 else -1)
    return engine


def faulty(folder: Path, call: str, fault: str, number: int) -> tuple[int, bool]:
    """The exit code of a save with one fault, and whether there was a call to make fail."""
    how = "signal=KILL" if fault == "KILL" else f"error={fault}"
    paths = [f"--trace-path={folder / name}" for name in (
        "", "k", "k.1", ".k.writing", ".k.1.writing", ".k.lock")]
    done = subprocess.run(
        ["strace", "-f", "-qq", f"--output={folder.parent / 'trace'}", *paths,
         f"--trace={call}", f"--inject={call}:{how}:when={number}",
         sys.executable, "-c", CODE, str(folder.parent / "start"), str(folder / "k")],
        capture_output=True, text=True, check=False)
    trace = (folder.parent / "trace").read_text()
    if "ptrace" in done.stderr.lower():
        pytest.skip("tracing is not allowed here")
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, "INJECTED" in trace or "SIGKILL" in trace


@pytest.mark.parametrize(("call", "fault"), CASES, ids=lambda word: word)
def test_old_or_new(tmp_path, call, fault):
    start = fed(20)
    start.save(tmp_path / "start")
    for number in range(1, 40):
        folder = tmp_path / str(number)
        folder.mkdir()
        fed(3).save(folder / "k")
        fed(4).save(folder / "k")
        code, met = faulty(folder, call, fault, number)
        if not met:
            assert code == 0
            break
        found = Engine.load(folder / "k").counters["0"]["processed"]
        assert found in {0: (21,), 5: (22,)}.get(code, (4, 21)), (number, code)
        if fault == "KILL":
            Engine.load(folder / "k").save(folder / "k")
        left = set(os.listdir(folder)) - {"k", "k.1"}
        assert left <= ({".k.lock"} if call.startswith(("unlink", "newfstatat")) else set()), number
    assert SOAK or number > 1, "the call was never met"
