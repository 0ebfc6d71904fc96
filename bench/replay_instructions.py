"""Instructions of a replay, counted by valgrind: start-up, deciding how the file is read, rows.

    python bench/replay_instructions.py trades.csv|trades.csv.zst|trades.parquet [TREE ...]

A text has a header. Each TREE is a checkout with built extensions (this one by default), so that
two commits can be compared; counts do not depend on what else the machine does.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet
import zstandard

FEW, SAMPLE = 30, 10_000


def counted(tree: Path, file: Path) -> int:
    """Instructions of a replay of the file to CSV (AVX2), the second time: nothing is compiled."""
    paths = os.pathsep.join(str(tree / folder) for folder in ("src/engine", "cli"))
    environment = {**os.environ, "PYTHONPATH": paths, "TICKENG_LEVEL": "v3",
                   "PYTHONPYCACHEPREFIX": str(file.parent / "compiled")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    replay = [sys.executable, "-m", "tickeng_cli", "replay", str(file), "-f", "-o",
              str(file.with_suffix(".out.csv"))]
    subprocess.run(replay, env=environment, cwd=file.parent, capture_output=True, check=True)
    done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                           *replay], env=environment, cwd=file.parent, capture_output=True,
                          text=True, check=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    assert found, done.stderr
    return int(found[1])


def opened(file: Path) -> tuple[int, Callable[[Path, int], None]]:
    """How many rows a file has, and what writes the first ones of them to another."""
    if file.suffix == ".parquet":
        table = pyarrow.parquet.read_table(file)
        return len(table), lambda to, rows: pyarrow.parquet.write_table(table[:rows], to)
    packed = file.suffix == ".zst"
    text = file.read_bytes()
    if packed:
        text = zstandard.ZstdDecompressor().decompressobj().decompress(text)
    lines = text.splitlines(keepends=True)

    def write(to: Path, rows: int) -> None:
        part = b"".join(lines[:rows + 1])
        to.write_bytes(zstandard.compress(part) if packed else part)

    return len(lines) - 1, write


def main() -> None:
    """Print a line a tree."""
    file = Path(sys.argv[1])
    trees = [Path(tree).resolve() for tree in sys.argv[2:]] or [Path(__file__).parents[1]]
    size, write = opened(file)
    with tempfile.TemporaryDirectory() as folder:
        for tree in trees:
            counts = []
            for rows in (FEW, SAMPLE, size):
                part = Path(folder) / f"{rows}{''.join(file.suffixes)}"
                write(part, rows)
                counts.append(counted(tree, part))
            start, sample, whole = counts
            print(f"{tree.name}, {''.join(file.suffixes)}: start-up {start / 1e6:,.0f} M; first "
                  f"{SAMPLE:,} rows {(sample - start) / SAMPLE:,.0f} a row; the others "
                  f"{(whole - sample) / (size - SAMPLE):,.0f} a row; all {whole / 1e6:,.0f} M")


if __name__ == "__main__":
    main()
