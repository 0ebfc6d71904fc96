"""How long a trade takes through `tickeng replay -`: from the write of its row to the read of its
decision, one row at a time, as a live feed has it.

python bench/live_pipe.py [ROWS]: the median, the 99th percentile and the worst in milliseconds,
from text to text and from text to an Arrow stream. Fails where the 99th is above TARGET_MS.
Trap: the first row also pays for the start of the program and is left out.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

TARGET_MS = 50.0
COMMAND = [sys.executable, "-m", "tickeng_cli", "replay", "-"]
START_MS = 1_723_161_255_000


def latencies(words: list[str], arrived: Callable[[int], bool], rows: int,
              process: subprocess.Popen[bytes]) -> np.ndarray:
    """Milliseconds from each row's write until `arrived` (given the row's number) sees it."""
    assert process.stdin
    found = np.empty(rows)
    process.stdin.write(b"timestamp,price,qty,side\n")
    for i in range(rows):
        begun = time.perf_counter()
        process.stdin.write(f"{START_MS + 10 * i},{100 + i % 7},1,buy\n".encode())
        while not arrived(i):
            if process.poll() is not None:
                raise SystemExit(f"{' '.join(words)}: the run ended")
        found[i] = (time.perf_counter() - begun) * 1e3
        time.sleep(0.0005)  # a feed has pauses: the reader waits when the next row comes
    return found[1:]


def to_text(rows: int) -> np.ndarray:
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
                          stderr=subprocess.DEVNULL) as process:
        assert process.stdout
        descriptor, lines = process.stdout.fileno(), 0

        def arrived(i: int) -> bool:
            nonlocal lines
            if select.select([descriptor], [], [], 1)[0]:
                lines += os.read(descriptor, 1 << 16).count(b"\n")
            return lines >= i + 2  # the header is one

        found = latencies(COMMAND, arrived, rows, process)
        process.kill()
    return found


def to_arrow(rows: int) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "o.arrows"
        words = [*COMMAND, "-o", str(out)]
        with subprocess.Popen(words, stdin=subprocess.PIPE, bufsize=0,
                              stderr=subprocess.DEVNULL) as process:
            size = 0

            def arrived(i: int) -> bool:
                nonlocal size
                time.sleep(0 if i else 1)  # the first row: until schema and row are there
                now = out.stat().st_size if out.exists() else 0
                grown = now > size
                size = now
                return grown

            found = latencies(words, arrived, rows, process)
            process.kill()
    return found


def main() -> int:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    slow = False
    for name, measure in (("text to text", to_text), ("text to Arrow", to_arrow)):
        found = measure(rows)
        p50, p99 = np.percentile(found, [50, 99])
        slow |= p99 > TARGET_MS
        print(f"{name:14} p50 {p50:7.3f} ms   p99 {p99:7.3f} ms   worst {found.max():7.3f} ms   "
              f"target p99 {TARGET_MS:.0f} ms")
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
