"""Rings and workers: `bench/parallel/run.py [--rows N] [--rounds N] [--json FILE]`
(`make bench-parallel`, and at the end of `make bench`).

Compiles bench/cpp/rings.cpp and bench/cpp/parallel.cpp, runs each, prints its line of JSON, and
then the figures that have a target. On fewer cores than threads, or a busy machine, the figures are
those of the system's scheduler.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
from bench.build import LEVELS, compile_bench  # noqa: E402

ITEMS, ROUNDS = 1_000_000, 20  # short, so that some rounds are undisturbed
Row = tuple[str, float, str, float | None, bool]  # what, figure, unit, target, more is better


def reader_ns(rows: int) -> float | None:
    """ns a row to read an own file; None where tickeng is not installed."""
    try:
        from tickeng.benchmark import synthetic_trades
        from tickeng.files.batch import EventBatch
        from tickeng.files.sources import open_source
        from tickeng.files.tickfile import TickFileWriter
    except ImportError:
        return None
    best = float("inf")
    with tempfile.TemporaryDirectory(prefix="tickeng-parallel-") as folder:
        path = str(Path(folder, "trades.zst"))
        with TickFileWriter(path) as writer:
            writer.write(EventBatch.of("trade", synthetic_trades(rows), ["SYN"]))
        for _ in range(3):
            began = time.perf_counter()
            with open_source(path) as source:
                for _batch in source.batches():
                    pass
            best = min(best, time.perf_counter() - began)
    return best / rows * 1e9


def figures(found: dict[str, Any]) -> Iterator[Row]:
    """What there is to meet. Targets are those of an idle machine; some rows have none."""
    parallel, rings = found["parallel"], found["rings"]
    chunks = parallel["one symbol's batch, ns"]
    for symbols in (100, 10_000):
        ns = parallel[f"{symbols} symbols, ns"]
        yield (f"{symbols:,} symbols, 2 workers against 1", ns["workers 1"] / ns["workers 2"], "x",
               1.75, True)
    yield ("one symbol's batch, 2 workers against 1", chunks["workers 1"] / chunks["workers 2"],
           "x", 1.7, True)
    if found["reader"]:
        yield "  reading it from an own file, apart", found["reader"], "ns/tick", None, False
    yield "ring, 32 bytes, batch 64", rings["32 bytes, M/s"]["64"], "M/s", None, True
    yield "ring, 64 bytes, batch 64", rings["64 bytes, M/s"]["64"], "M/s", 200.0, True
    yield "ring, one way, p50", rings["one way, ns"]["p50"], "ns", 100.0, False
    for symbols in (1, 100):
        ns = parallel[f"{symbols} symbols, ns"]
        name = "1 symbol" if symbols == 1 else f"{symbols} symbols"
        yield (f"{name}: a worker adds to Engine", ns["burst worker"] - ns["engine cpu"], "ns/tick",
               15.0, False)
        yield (f"{name}: submit and poll", ns["burst submit"] + ns["burst poll"], "ns/tick", None,
               False)
    yield ("10,000 symbols live, a worker's core", 1e3 / parallel["10000 symbols, ns"][
        "burst worker"], "M/s", 6.0, True)


def print_figures(found: dict[str, Any]) -> None:
    for what, figure, unit, target, more in figures(found):
        end = ""
        if target is not None:
            met = figure >= target if more else figure <= target
            end = f"  target {target:g}  {'ok' if met else 'missed'}"
        print(f"{what:44}{figure:8.2f} {unit:8}{end}")
    before, after = found["load"]
    print(f"load {before:.1f} before, {after:.1f} after, {os.cpu_count()} processors")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--level", choices=LEVELS, default="v3")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    found: dict[str, Any] = {"load": [os.getloadavg()[0]]}
    with tempfile.TemporaryDirectory(prefix="tickeng-parallel-") as folder:
        for name, size, rounds in (("rings", ITEMS, ROUNDS),
                                   ("parallel", given.rows, given.rounds)):
            binary = compile_bench(ROOT / f"bench/cpp/{name}.cpp", Path(folder, name),
                                   level=given.level)
            done = subprocess.run([binary, str(size), str(rounds)], capture_output=True,
                                  text=True, check=True)
            found[name] = json.loads(done.stdout)
            print(json.dumps({name: found[name]}), flush=True)
    found["reader"] = reader_ns(given.rows)
    found["load"].append(os.getloadavg()[0])
    print_figures(found)
    if given.json:
        given.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
