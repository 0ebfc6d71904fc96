"""Instructions of a replay, counted by valgrind: start-up, deciding how the file is read, rows.

    python bench/replay_instructions.py trades.csv [TREE ...]

The file is a plain CSV with a header. Each TREE is a checkout with built extensions (this one by
default), so that two commits can be compared; counts do not depend on what else the machine does.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

FEW, SAMPLE = 30, 10_000


def counted(tree: Path, file: Path) -> int:
    """Instructions of a replay of the file to CSV (AVX2), the second time: nothing is compiled."""
    paths = os.pathsep.join(str(tree / folder) for folder in ("src/engine", "cli"))
    environment = {**os.environ, "PYTHONPATH": paths, "TICKENG_LEVEL": "v3"}
    replay = [sys.executable, "-m", "tickeng_cli", "replay", str(file), "-f", "-o",
              str(file.with_suffix(".out.csv"))]
    subprocess.run(replay, env=environment, cwd=file.parent, capture_output=True, check=True)
    done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                           *replay], env=environment, cwd=file.parent, capture_output=True,
                          text=True, check=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    assert found, done.stderr
    return int(found[1])


def main() -> None:
    """Print a line a tree."""
    lines = Path(sys.argv[1]).read_text().splitlines(keepends=True)
    trees = [Path(tree).resolve() for tree in sys.argv[2:]] or [Path(__file__).parents[1]]
    with tempfile.TemporaryDirectory() as folder:
        for tree in trees:
            counts = []
            for rows in (FEW, SAMPLE, len(lines) - 1):
                file = Path(folder) / f"{rows}.csv"
                file.write_text("".join(lines[:rows + 1]))
                counts.append(counted(tree, file))
            start, sample, whole = counts
            rest = len(lines) - 1 - SAMPLE
            print(f"{tree.name}: start-up {start / 1e6:,.0f} M; first {SAMPLE:,} rows "
                  f"{(sample - start) / SAMPLE:,.0f} a row; the others "
                  f"{(whole - sample) / rest:,.0f} a row; all {whole / 1e6:,.0f} M")


if __name__ == "__main__":
    main()
