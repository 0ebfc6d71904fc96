"""Rings and workers: `bench/parallel/run.py [--rows N] [--rounds N] [--json FILE]`
(`make bench-parallel`).

Compiles bench/cpp/rings.cpp and bench/cpp/parallel.cpp, runs each and prints its line of JSON. On
fewer cores than threads the figures are those of the system's scheduler.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
from bench.build import LEVELS, compile_bench  # noqa: E402

ITEMS, ROUNDS = 1_000_000, 20  # short, so that some rounds are undisturbed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--level", choices=LEVELS, default="v3")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory(prefix="tickeng-parallel-") as folder:
        for name, size, rounds in (("rings", ITEMS, ROUNDS),
                                   ("parallel", given.rows, given.rounds)):
            binary = compile_bench(ROOT / f"bench/cpp/{name}.cpp", Path(folder, name),
                                   level=given.level)
            done = subprocess.run([binary, str(size), str(rounds)], capture_output=True,
                                  text=True, check=True)
            found[name] = json.loads(done.stdout)
            print(json.dumps({name: found[name]}), flush=True)
    if given.json:
        given.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
