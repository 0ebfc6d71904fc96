"""Is the working tree slower than a base commit? `python bench/perf.py [--base REF]`, `make perf`.

Builds each tree's chain bench with the same flags and runs them in turns, A B A B, in one
run. A loss is a median time ratio above 1.05 that the count of instructions confirms, or a ratio
above 1.10 in every round, as a wait for memory gives it, which no count shows: then the exit code
is 1. Counts alone never fail.
"""

import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
from bench.build import compile_bench  # noqa: E402

LOSS, LOSS_BY_TIME = 1.05, 1.10
MODES = {"batch": (1_000_000, 3), "stream": (300_000, 3)}
COUNTED = 60_000


def run(binary: Path, mode: str, rows: int, reps: int) -> float:
    """Best ns a tick."""
    done = subprocess.run([binary, mode, str(rows), str(reps)], capture_output=True, text=True,
                          check=True)
    return float(done.stdout)


def instructions(binary: Path, mode: str, rows: int = COUNTED,
                 settings: Sequence[str] = ()) -> float | None:
    """Instructions a tick: two replays less one, set-up drops out. None without valgrind.

    `settings` are words like k1.window=512.
    """
    if not shutil.which("valgrind"):
        return None
    counts = []
    for reps in (1, 2):
        done = subprocess.run(
            ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null",
             binary, mode, str(rows), str(reps), "1", *settings],
            capture_output=True, text=True, check=True)
        counts.append(int(re.search(r"I\s+refs:\s+([\d,]+)", done.stderr)[1].replace(",", "")))
    return (counts[1] - counts[0]) / rows


def compare(base: Path, ours: Path, rounds: int) -> dict[str, dict[str, float | None]]:
    found = {}
    for mode, (rows, reps) in MODES.items():
        pairs = []
        for turn in range(rounds):
            print(f"{mode}: round {turn + 1} of {rounds}", file=sys.stderr)
            pairs.append((run(base, mode, rows, reps), run(ours, mode, rows, reps)))
        before, after = instructions(base, mode), instructions(ours, mode)
        found[mode] = {
            "base_ns": statistics.median(a for a, _ in pairs),
            "ours_ns": statistics.median(b for _, b in pairs),
            "time_ratio": statistics.median(b / a for a, b in pairs),
            "least_ratio": min(b / a for a, b in pairs),
            "base_instructions": before, "ours_instructions": after,
            "instruction_ratio": after / before if before and after else None,
        }
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base", default="HEAD", help="commit to compare with (HEAD)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tickeng-perf-") as folder:
        tree, built = Path(folder, "base"), Path(folder)
        subprocess.run(["git", "worktree", "add", "-q", "--detach", tree, given.base], cwd=ROOT,
                       check=True)
        try:
            bench = "bench/cpp/chain.cpp"
            found = compare(compile_bench(tree / bench, built / "a", tree=tree),
                            compile_bench(ROOT / bench, built / "b"), given.rounds)
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", tree], cwd=ROOT, check=True)
    lost = []
    for mode, row in found.items():
        ratio = row["instruction_ratio"]
        count = "instructions not counted (valgrind is not installed)" if ratio is None else (
            f"instructions {row['base_instructions']:.0f} -> {row['ours_instructions']:.0f} "
            f"({ratio:.3f})")
        print(f"{mode:<8}{row['base_ns']:8.1f} -> {row['ours_ns']:.1f} ns a tick "
              f"({row['time_ratio']:.3f}); {count}")
        counted = ratio is not None and ratio > 1.0 + (LOSS - 1.0) / 2
        if (row["time_ratio"] > LOSS and counted) or row["least_ratio"] > LOSS_BY_TIME:
            lost.append(mode)
    if given.json:
        given.json.write_text(json.dumps(found, indent=2) + "\n")
    print(f"slower than {given.base}: {', '.join(lost)}" if lost else "no confirmed loss")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
