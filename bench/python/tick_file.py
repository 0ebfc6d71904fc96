"""Bytes per tick and speed of a tick file: `python bench/python/tick_file.py FILE.zst`.

Reads the file three times from memory, writes it once, and prints the best reading rate.
"""

import io
import sys
import time
from pathlib import Path

from tickeng.files.tickfile import TickFileReader, TickFileWriter


def main(path: str) -> None:
    data = Path(path).read_bytes()
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        rows = sum(len(batch.ts_ns) for batch in TickFileReader(io.BytesIO(data)).batches())
        seconds.append(time.perf_counter() - start)
    batches = list(TickFileReader(io.BytesIO(data)).batches())
    start = time.perf_counter()
    with TickFileWriter(io.BytesIO()) as writer:
        for batch in batches:
            writer.write(batch)
    written = time.perf_counter() - start
    print(f"{rows} ticks, {len(data) / rows:.3f} B/tick")
    print(f"read {rows / min(seconds) / 1e6:.1f} M ticks/s, write {rows / written / 1e6:.1f}")


if __name__ == "__main__":
    main(sys.argv[1])
