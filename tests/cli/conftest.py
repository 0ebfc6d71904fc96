"""Runs the command as a user does: words in, exit code, stdout and stderr out.

Most runs are made inside the test's process, in an empty folder, through the same `main` that the
installed script calls; what needs a process of its own (signals, pipes, memory) starts one.
"""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tickeng_cli import app

START_NS = 1_723_161_255_000_000_000
COMMAND = [sys.executable, "-m", "tickeng_cli"]


@dataclass(frozen=True)
class Run:
    """What a run left."""

    code: int
    out: bytes
    err: str


@pytest.fixture
def tickeng(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Callable[..., Run]:
    """Run the command in an empty folder; `own_process` gives it a process and stdin."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object, stdin: bytes = b"", own_process: bool = False) -> Run:
        arguments = [str(word) for word in words]
        if own_process:
            done = subprocess.run([*COMMAND, *arguments], input=stdin, check=False,
                                  capture_output=True)
            return Run(done.returncode, done.stdout, done.stderr.decode())
        monkeypatch.setattr(sys, "argv", ["tickeng", *arguments])
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as stopped:
            app.main()
        out, err = capfdbinary.readouterr()
        assert b"Traceback" not in err
        return Run(int(stopped.value.code or 0), out, err.decode())

    return run


def write_tape(
    path: str,
    rows: int,
    *,
    seed: int = 1,
    start_ns: int = START_NS,
    late: float = 0.0,
    symbols: tuple[str, ...] = ("BTCUSDT",),
    bad: float = 0.0,
    repeated: float = 0.0,
) -> int:
    """A CSV of trades, some of them late, unreadable or with a repeated id; its newest time."""
    random = np.random.default_rng(seed)
    ts_ns = start_ns + np.cumsum(random.integers(0, 5_000_000, rows))
    newest_ns = int(ts_ns.max())
    ts_ns = ts_ns - (random.random(rows) < late) * random.integers(0, 50_000_000, rows)
    price = 100 + np.cumsum(random.integers(-1, 2, rows)) / 10
    qty, side = random.integers(1, 9, rows) / 8, random.choice([-1, 1], rows)
    ids = np.where(random.random(rows) < repeated, 0, np.arange(1, rows + 1))
    named = random.integers(len(symbols), size=rows)
    broken = random.random(rows) < bad
    lines = ["timestamp,price,qty,side,symbol,id"]
    for row in range(rows):
        lines.append(
            f"{ts_ns[row]},{'oops' if broken[row] else price[row]},{qty[row]},{side[row]},"
            f"{symbols[named[row]]},{ids[row]}"
        )
    Path(path).write_text("\n".join(lines) + "\n")
    return newest_ns
