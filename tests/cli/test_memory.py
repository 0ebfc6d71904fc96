"""Replay streams: memory does not grow with the file."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from .conftest import COMMAND, START_NS

ROWS = 3_000_000


@pytest.fixture(scope="module")
def long_tape(tmp_path_factory) -> Path:
    """Some millions of rows, written fast: one block of lines repeated under new timestamps."""
    path = tmp_path_factory.mktemp("long") / "long.csv"
    random = np.random.default_rng(5)
    price = 60_000 + np.cumsum(random.integers(-3, 4, 100_000)) / 10
    tails = [
        f",{p:.1f},{q / 1000},{s}"
        for p, q, s in zip(price, random.integers(1, 999, 100_000),
                           random.choice([-1, 1], 100_000), strict=True)
    ]
    with path.open("w") as file:
        file.write("timestamp,price,qty,side\n")
        for block in range(ROWS // 100_000):
            start_ms = START_NS // 10**6 + block * 100_000
            file.write("\n".join(f"{start_ms + n}{tail}" for n, tail in enumerate(tails)) + "\n")
    return path


def peak_mib(words: list[str]) -> float:
    """The largest resident memory of a run, as the kernel keeps it."""
    process = subprocess.Popen([*COMMAND, *words], stderr=subprocess.DEVNULL)
    status, peak_kib = Path(f"/proc/{process.pid}/status"), 0
    while process.poll() is None:
        lines = status.read_text().splitlines()
        peak_kib = max([peak_kib, *(int(n.split()[1]) for n in lines if n.startswith("VmHWM"))])
        time.sleep(0.01)
    assert process.wait() == 0
    return peak_kib / 1024


@pytest.mark.parametrize(("form", "extra"), [("parquet", ["--reorder-ms", "50"]), ("csv.zst", [])])
def test_memory_stays_under_300_mib_above_start(long_tape, tmp_path, form, extra):
    small = tmp_path / "small.csv"
    with long_tape.open() as file:
        small.write_text("".join(next(file) for _ in range(100)))
    start = peak_mib(["replay", str(small), "-o", str(tmp_path / f"s.{form}"), *extra])
    peak = peak_mib([
        "replay", str(long_tape), "-o", str(tmp_path / f"o.{form}"), *extra,
        "--plot", str(tmp_path / "p.html"),
    ])
    print(f"{form}: {start:.0f} MiB at start, {peak:.0f} MiB at most", file=sys.stderr)
    assert peak - start < 300
