"""Single rolling primitives beside peers: `make bench-primitives`, or this file with a Python that
has tickeng and the `primitives` extra (screamer wants 3.12). `--json FILE` keeps everything.

Batch: 1,000,000 doubles, each library's own call, its fastest of five. Streaming: 200,000 updates
from a Python list in a plain loop, after 12,000 of warm-up, fastest of three. Every contestant runs
in a fresh process, in turn, round after round; the table has medians over rounds and the median of
the ratios within a round. On a shared machine the processor's speed changes between two processes,
so the best peer of each cell is timed once more beside tickeng in one process, in short turns: the
last column is the median of those ratios. Each answer is compared with tickeng's first.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
ROWS, UPDATES, WARM = 1_000_000, 200_000, 12_000


def values(n: int) -> np.ndarray:
    """Quantities as trades have them: lognormal, continuous."""
    return np.exp(1.5 * np.random.default_rng(7).standard_normal(n))


def fastest(repeat: int, work) -> float:
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def drive(update, rest) -> None:
    for value in rest:
        update(value)


def one(name: str) -> dict[str, dict[str, float]]:
    """Every cell of one contestant: ns a value, and the largest difference to tickeng."""
    from bench.python.primitive_peers import ALL, OPS, SCALE

    batch, stream = ALL[name]()
    ours, _ = ALL["tickeng"]()
    x = values(ROWS)
    head, rest = x[:WARM].tolist(), x[WARM: WARM + UPDATES].tolist()
    cells: dict[str, dict[str, float]] = {}
    for op in OPS:
        scale = SCALE.get((name, op), (1.0, ""))[0]
        want = ours[op](x) if name != "tickeng" else None
        if op in batch:
            got = np.asarray(batch[op](x)) * scale
            seconds = fastest(5, lambda op=op: batch[op](x))
            cells[f"batch {op}"] = {"ns": seconds / ROWS * 1e9, "error": error(got, want)}
        if op in stream:
            update = stream[op](head)
            got = np.array([update(v) for v in rest], dtype=float) * scale
            after = None if want is None else want[: WARM + UPDATES]
            seconds = min(timed(stream[op](head), rest) for _ in range(3))
            cells[f"stream {op}"] = {"ns": seconds / UPDATES * 1e9, "error": error(got, after)}
    return cells


def pair(name: str) -> dict[str, float]:
    """Peer / tickeng for every cell of a peer: the two in turns of a few milliseconds."""
    from bench.python.primitive_peers import ALL, OPS

    sides = [ALL["tickeng"](), ALL[name]()]
    x = values(ROWS)
    head, block = x[:WARM].tolist(), x[WARM: WARM + 20_000].tolist()
    ratios: dict[str, float] = {}
    for op in OPS:
        if op in sides[1][0]:
            calls = [lambda f=side[0][op]: f(x) for side in sides]
            ratios[f"batch {op}"] = in_turns(calls)
        if op in sides[1][1]:
            updates = [side[1][op](head) for side in sides]
            ratios[f"stream {op}"] = in_turns([lambda u=u: drive(u, block) for u in updates])
    return ratios


def in_turns(calls: list) -> float:
    """Median of (second / first) over about a second of turns, after one that is not counted."""
    once = sum(fastest(1, call) for call in calls)
    turns = max(9, min(201, int(1.0 / once)))
    both = [[fastest(1, call) for call in calls] for _ in range(turns)]
    return statistics.median(theirs / ours for ours, theirs in both)


def timed(update, rest) -> float:
    start = time.perf_counter()
    drive(update, rest)
    return time.perf_counter() - start


def error(got: np.ndarray, want: np.ndarray | None) -> float:
    """Largest |difference| / max(1, |ours|) over the last half: starts differ by design."""
    if want is None:
        return 0.0
    n = min(len(got), len(want)) // 2
    got, want = got[-n:], want[-n:]
    return float(np.max(np.abs(got - want) / np.maximum(1.0, np.abs(want))))


def measure(name: str, how: str = "--one") -> dict:
    done = subprocess.run(
        [sys.executable, __file__, how, name], capture_output=True, text=True, cwd=ROOT,
        env=os.environ | {"POLARS_MAX_THREADS": "1", "PYTHONPATH": str(ROOT)})
    if done.returncode != 0:
        print(f"{name}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return {}
    return json.loads(done.stdout)


def table(rounds: list[dict], names: list[str]) -> list[dict]:
    """One row a cell: median ns, the best peer, the median of peer / ours within a round."""
    from bench.python.primitive_peers import OPS

    rows = []
    for cell in (f"{mode} {op}" for mode in ("batch", "stream") for op in OPS):
        ns = {n: statistics.median([r[n][cell]["ns"] for r in rounds])
              for n in names if all(cell in r[n] for r in rounds)}
        peers = {n: v for n, v in ns.items() if n != "tickeng"}
        if "tickeng" not in ns or not peers:
            continue
        best = min(peers, key=peers.__getitem__)
        ratio = statistics.median(r[best][cell]["ns"] / r["tickeng"][cell]["ns"] for r in rounds)
        rows.append({"cell": cell, "ns": ns, "best": best, "ratio": ratio,
                     "error": {n: rounds[0][n][cell]["error"] for n in peers}})
    return rows


def show(rows: list[dict], names: list[str]) -> None:
    from bench.python.primitive_peers import NOTES, version

    print(f"Python {platform.python_version()}; " + ", ".join(
        f"{n} {version(n)}" for n in names))
    print(f"\n| cell | {' | '.join(names)} | best peer / tickeng | in turns |")
    print("|---|" + "---|" * (len(names) + 2))
    for row in rows:
        cells = [f"{row['ns'][n]:.1f}" if n in row["ns"] else "" for n in names]
        print(f"| {row['cell']} | {' | '.join(cells)} | {row['best']} {row['ratio']:.1f} | "
              f"{row['in_turns']:.2f} |")
    off = [f"{row['cell']} {n}: {e:.1e}" for row in rows for n, e in row["error"].items()
           if not e <= 1e-9]
    print("\nAnswers that differ from ours by more than 1e-9: " + (", ".join(off) or "none"))
    for name in names:
        if name in NOTES:
            print(f"{name}: {NOTES[name]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--pair", help=argparse.SUPPRESS)
    given = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if given.one or given.pair:
        json.dump(one(given.one) if given.one else pair(given.pair), sys.stdout)
        return
    from bench.python.primitive_peers import ALL, version

    names = [n for n in ALL if version(n)]
    for name in ALL.keys() - set(names):
        print(f"{name} is not installed and left out", file=sys.stderr)
    rounds = []
    for number in range(given.rounds):
        print(f"round {number + 1} of {given.rounds} ...", file=sys.stderr, flush=True)
        rounds.append({name: measure(name) for name in names})
    rows = table(rounds, names)
    print("the best peers in turns ...", file=sys.stderr, flush=True)
    turns = {name: measure(name, "--pair") for name in sorted({row["best"] for row in rows})}
    for row in rows:
        row["in_turns"] = turns[row["best"]].get(row["cell"], float("nan"))
    show(rows, names)
    if given.json:
        given.json.write_text(json.dumps(
            {"schema": "tickeng.primitives/1", "python": platform.python_version(),
             "versions": {n: version(n) for n in names}, "rounds": rounds, "cells": rows},
            indent=1))


if __name__ == "__main__":
    main()
