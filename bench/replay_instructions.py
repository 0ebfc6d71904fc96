"""Instructions of a replay, counted by valgrind: start-up, deciding how the file is read, rows.

    python bench/replay_instructions.py [--times] FILE.csv|FILE.csv.zst|FILE.parquet [TREE ...]

A text has a header. Each TREE is a checkout with built extensions (this one by default), so that
two commits can be compared; counts do not depend on what else the machine does. With --times the
trees run in turn instead, and their medians are beside the first one's: to a new output, and in
place of one that is there (-f).
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet
import zstandard

FEW, SAMPLE = 30, 10_000
ROUNDS = 9


def command(tree: Path, file: Path, out: Path) -> tuple[list[str], dict[str, str]]:
    """The words of a replay to CSV (AVX2) and its environment, in which compiled modules stay."""
    paths = os.pathsep.join(str(tree / folder) for folder in ("src/engine", "cli"))
    environment = {**os.environ, "PYTHONPATH": paths, "TICKENG_LEVEL": "v3",
                   "PYTHONPYCACHEPREFIX": str(out.parent / "compiled")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return [sys.executable, "-m", "tickeng_cli", "replay", str(file), "-f", "-o",
            str(out)], environment


def counted(tree: Path, file: Path) -> int:
    """Instructions of a replay of the file, the second time: nothing is compiled."""
    replay, environment = command(tree, file, file.with_suffix(".out.csv"))
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


def print_times(trees: list[Path], file: Path, folder: Path) -> None:
    """Medians of a tree and of its ratio to the first, round by round."""
    for replaces in (False, True):
        seconds: dict[Path, list[float]] = {tree: [] for tree in trees}
        for _ in range(ROUNDS + 1):  # the first compiles
            for tree in trees:
                out = folder / f"{trees.index(tree)}.csv"
                if not replaces:
                    out.unlink(missing_ok=True)
                replay, environment = command(tree, file, out)
                began = time.perf_counter()
                subprocess.run(replay, env=environment, cwd=folder, capture_output=True,
                               check=True)
                seconds[tree].append(time.perf_counter() - began)
        for tree, taken in seconds.items():
            ratios = [a / b for a, b in zip(taken[1:], seconds[trees[0]][1:], strict=True)]
            print(f"{tree.name}, {''.join(file.suffixes)}, {'-f' if replaces else 'new output'}: "
                  f"{statistics.median(taken[1:]):.3f} s, {statistics.median(ratios):.3f} of the "
                  "first tree's")


def main() -> None:
    """Print a line a tree."""
    words = [word for word in sys.argv[1:] if word != "--times"]
    file = Path(words[0]).resolve()
    trees = [Path(tree).resolve() for tree in words[1:]] or [Path(__file__).parents[1]]
    if len(words) < len(sys.argv) - 1:
        with tempfile.TemporaryDirectory() as folder:
            print_times(trees, file, Path(folder))
        return
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
