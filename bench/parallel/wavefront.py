"""One symbol's nodes over threads: `bench/parallel/wavefront.py [--rows N] [--rounds N] [--json
FILE]`, `make bench-wavefront`.

Compiles bench/cpp/wavefront.cpp. For each pipeline, all with nodes that never forget: time with one
worker over time with two, which alternate within a round; the median of the rounds counts. And
instructions, two replays less one so that set-up drops out: those that the busier of two threads
retires, and those of both beside those of one worker. Times mean something on idle cores only.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
from bench.build import LEVELS, compile_bench  # noqa: E402

COUNTED = 40_000  # rows under valgrind
FASTER, BUSIER = 1.6, 0.57  # targets for the wide pipeline
PIPELINES = {
    "100 nodes, wide": "; ".join(
        ["chain; cvd"] + [f"z{n} = z(k1, window={n * 7})" for n in range(20, 50)]
        + [f"e{n} = ema(k3, span={n})" for n in range(20, 50)]
        + [f"f{n} = 0.5*z{n} - e{n} + k4" for n in range(20, 49)]),
    "100 nodes, each reads the one before": "; ".join(
        ["e0 = ema(trade.price, span=9)"]
        + [f"e{n} = ema(e{n - 1}, span=9)" for n in range(1, 99)]),
    "chain, z of k1": "chain; z(k1, window=200)",
}


def times(binary: Path, text: str, rows: int, rounds: int) -> list[dict[str, dict[str, float]]]:
    done = subprocess.run([binary, str(rows), str(rounds), "1,2", text], capture_output=True,
                          text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def instructions(binary: Path, text: str, workers: int) -> list[float] | None:
    """A row, by thread, the busiest first; None without valgrind."""
    if not shutil.which("valgrind"):
        return None
    counts: list[dict[str, int]] = []
    for rounds in (1, 2):
        with tempfile.TemporaryDirectory(prefix="tickeng-wavefront-") as folder:
            subprocess.run(["valgrind", "--tool=callgrind", "--separate-threads=yes",
                            "--fair-sched=yes", f"--callgrind-out-file={folder}/out", binary,
                            str(COUNTED), str(rounds), str(workers), text], capture_output=True,
                           check=True)
            counts.append({path.name: int(re.search(r"^totals: (\d+)", path.read_text(), re.M)[1])
                           for path in Path(folder).glob("out-*")})
    return sorted(((count - counts[0].get(name, 0)) / COUNTED for name, count in counts[1].items()),
                  reverse=True)


def figures(binary: Path, text: str, rows: int, rounds: int) -> dict[str, float]:
    found = times(binary, text, rows, rounds)
    ratios = [r["1"]["wall"] / r["2"]["wall"] for r in found]
    most = max(found, key=lambda r: r["2"]["cpu"] / r["2"]["wall"])
    figure = {"ns a row, 1 worker": statistics.median(r["1"]["wall"] for r in found),
              "times as fast with 2": statistics.median(ratios),
              "in the round with most cores": most["1"]["wall"] / most["2"]["wall"],
              "cores that it had": most["2"]["cpu"] / most["2"]["wall"],
              "processor time with 2": statistics.median(
                  r["2"]["cpu"] / r["1"]["cpu"] for r in found)}
    one, two = (instructions(binary, text, workers) for workers in (1, 2))
    if one and two:
        figure |= {"instructions a row, 1 worker": sum(one), "both of 2": sum(two) / sum(one),
                   "the busier of 2": two[0] / sum(two)}
    return figure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--level", choices=LEVELS, default="v3")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    load = [os.getloadavg()[0]]
    found = {}
    with tempfile.TemporaryDirectory(prefix="tickeng-wavefront-") as folder:
        binary = compile_bench(ROOT / "bench/cpp/wavefront.cpp", Path(folder, "wavefront"),
                               level=given.level)
        for what, text in PIPELINES.items():
            found[what] = figures(binary, text, given.rows, given.rounds)
            print(what, *(f"  {name:32}{x:10,.2f}" for name, x in found[what].items()), sep="\n")
    wide = found["100 nodes, wide"]
    print(f"targets of the first: {FASTER} times as fast, "
          f"{'met' if wide['times as fast with 2'] >= FASTER else 'missed'}; the busier at most "
          f"{BUSIER}, {'met' if wide.get('the busier of 2', 1) <= BUSIER else 'missed'}")
    load.append(os.getloadavg()[0])
    print(f"load {load[0]:.1f} before, {load[1]:.1f} after, {os.cpu_count()} processors")
    if given.json:
        given.json.write_text(json.dumps({"load": load, "figures": found}, indent=2) + "\n")


if __name__ == "__main__":
    main()
