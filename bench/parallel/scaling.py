"""Scaling over cores: `make scaling`, or this file with [--json FILE] [--plot FILE].

Measures what each part of a tick costs (memory.cpp, rings.cpp, parallel.cpp, replay.py), puts that
into the model (model.py) and prints, for 1 to 24 threads, million ticks a second and what ends the
scaling, low and high: the two machines of ASSUMED. What was measured with one and two workers in
the same run stands beside what the model says of it. docs/scaling.md explains both.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
from bench.build import LEVELS, compile_bench  # noqa: E402
from bench.parallel import model  # noqa: E402

THREADS = (1, 2, 4, 8, 12, 16, 24)
CORES = 12  # of the machine that is asked for; it has two threads a core
# (what a second thread adds to a core, bandwidth as a multiple of what threads get here)
ASSUMED = {"low": (0.0, 1.0), "high": (0.3, 4.0)}
SYMBOLS = (100, 10_000)
LONG = 48_000_000  # rows of a batch that fills 24 stretches
CACHES = ["--I1=32768,8,64", "--D1=49152,12,64"]
LAST_LEVEL = 64 << 20  # bytes
RING, NAMES = 64, 12  # bytes: a record; sequence number and symbol of a decision
INPUT = 25  # bytes: ts_ns, price, qty, side


def lines_a_tick(binary: Path, symbols: int, ticks: int) -> float:
    """Lines that a tick brings into a last level of 64 MiB, over the second half of a tape.

    Counted by valgrind, of a streaming Engine: the same on a busy machine.
    """
    found = []
    for rows in (ticks // 2, ticks):
        done = subprocess.run(
            ["valgrind", "--tool=cachegrind", "--cache-sim=yes", *CACHES,
             f"--LL={LAST_LEVEL},16,64", "--cachegrind-out-file=/dev/null", binary, "stream",
             str(rows), "1", str(symbols)],
            capture_output=True, text=True, check=True)
        found.append(int(re.search(r"LLd misses:\s+([\d,]+)", done.stderr)[1].replace(",", "")))
    return 2 * (found[1] - found[0]) / ticks


def run_json(*command: object) -> dict[str, Any]:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def replays(folder: Path, rows: int, rounds: int) -> dict[str, Any]:
    """{output: {"parts": ns by stage, "workers 1", "workers 2": ns of wall time}} of own files."""
    found: dict[str, Any] = {}
    for workers in ("1", "1,2"):  # one worker alone: in time of the thread
        out = folder / "replay.json"
        subprocess.run([sys.executable, ROOT / "bench/replay.py", "--rows", str(rows), "--rounds",
                        str(rounds), "--workers", workers, "--kinds", "zst", "--outputs",
                        "none,parquet", "--json", out], check=True, stdout=sys.stderr)
        for name, case in json.loads(out.read_text())["cases"].items():
            target, _, many = name.removeprefix("zst -> ").partition(", ")
            of = found.setdefault(target, {})
            if workers == "1":
                of["parts"] = case
            else:
                of["workers 2" if many else "workers 1"] = case["whole"]
    return found


def measure(given: argparse.Namespace) -> dict[str, Any]:
    """Everything that the model is built on or compared with."""
    load = [os.getloadavg()[0]]
    with tempfile.TemporaryDirectory(prefix="tickeng-scaling-") as name:
        folder = Path(name)
        built = {bench: compile_bench(ROOT / f"bench/cpp/{bench}.cpp", folder / bench,
                                      level=given.level)
                 for bench in ("memory", "rings", "parallel")}
        found: dict[str, Any] = {
            "memory": run_json(built["memory"]),
            "rings": run_json(built["rings"], 1_000_000, 20),
            "parallel": run_json(built["parallel"], given.rows, given.rounds),
            "replay": replays(folder, given.rows, given.rounds)}
        if shutil.which("valgrind"):  # knows no AVX-512
            chain = compile_bench(ROOT / "bench/cpp/chain.cpp", folder / "chain", level="v3")
            found["lines"] = {str(n): lines_a_tick(chain, n, given.counted) for n in SYMBOLS}
    return found | {"load": [*load, os.getloadavg()[0]], "cpus": os.cpu_count()}


def live_parts(found: dict[str, Any], symbols: int) -> dict[str, float]:
    ns = found["parallel"][f"{symbols} symbols, ns"]
    output = found["parallel"]["one symbol's batch, ns"]["output bytes"]
    state = 2 * 64 * found.get("lines", {}).get(str(symbols), 0.0)  # read, and written back
    return {"engine": ns["engine cpu"], "submit": ns["burst submit"], "poll": ns["burst poll"],
            "worker": ns["burst worker"], "ring": 2 * RING, "outbox": 3 * (output + NAMES),
            "state": state, "bytes": state + INPUT + 4 + output + NAMES}


def chunk_parts(found: dict[str, Any]) -> dict[str, float]:
    batch = found["parallel"]["one symbol's batch, ns"]
    return {"batch": batch["workers 1 cpu"], "start": found["memory"]["thread, ns"],
            "memory": batch["memory rows"], "bytes": INPUT + batch["output bytes"]}


def replay_parts(found: dict[str, Any], output: str) -> dict[str, float]:
    from tickeng.replay.stream import ROWS_A_WORKER

    batch, parts = chunk_parts(found), found["replay"][output]["parts"]
    stages = {name: parts[name] for name in ("decode", "around", "engine", "output")}
    return stages | {"repeat": batch["memory"] / ROWS_A_WORKER, "bytes": 2 * batch["bytes"]}


def bandwidth(found: dict[str, Any]) -> float:
    """GB a second: two threads get less than one only where something else is busy."""
    return max(found["memory"]["triad, GB/s"].values())


def machines(found: dict[str, Any]) -> dict[str, model.Machine]:
    most = bandwidth(found)
    return {name: model.Machine(CORES, smt, times * most) for name, (smt, times) in ASSUMED.items()}


def predict(found: dict[str, Any]) -> dict[str, Any]:
    """Case -> threads -> {"low", "high": (million ticks a second, what ends it)}."""
    def over(rate: Any) -> dict[int, dict[str, model.Rate]]:
        return {n: {name: rate(n, m) for name, m in machines(found).items()} for n in THREADS}

    cases: dict[str, Any] = {}
    for symbols in SYMBOLS:
        parts = live_parts(found, symbols)
        cases[f"live, {symbols:,} symbols, Zipf"] = over(
            lambda n, m, p=parts, s=symbols: model.live(n, p, model.busiest(s, max(n - 1, 1)), m))
        cases[f"live, {symbols:,} symbols, even"] = over(
            lambda n, m, p=parts: model.live(n, p, None, m))
    for rows in (2_000_000, LONG):
        cases[f"one symbol's batch, {rows // 1_000_000} M rows"] = over(
            lambda n, m, r=rows: model.chunks(n, r, chunk_parts(found), m))
    for output in found["replay"]:
        cases[f"replay, own file to {output}"] = over(
            lambda n, m, o=output: model.replay(n, replay_parts(found, o), m))
    return cases


def compare(found: dict[str, Any]) -> list[dict[str, Any]]:
    """What the model says of this machine's two cores, and what was measured, ns a tick.

    `model` is of an idle machine, `shared` of the cores that one or two busy threads got here.
    """
    here = model.Machine(2, 0.0, bandwidth(found))
    rows = []

    def add(what: str, threads: int, says: float, measured: float) -> None:
        shared = says * threads / found["memory"]["cores got"][str(threads)]
        rows.append({"what": what, "model": says, "shared": shared, "measured": measured,
                     "error": says / measured - 1, "error shared": shared / measured - 1})

    for symbols in SYMBOLS:
        parts, ns = live_parts(found, symbols), found["parallel"][f"{symbols} symbols, ns"]
        for workers in (1, 2):
            add(f"live, {symbols:,} symbols, {workers} workers", 2, model.live_on_two(
                workers, parts, model.busiest(symbols, workers)), ns[f"workers {workers}"])
    batch = found["parallel"]["one symbol's batch, ns"]
    add("one symbol's batch, 2 workers", 2, 1e3 / model.chunks(
        2, batch["rows"], chunk_parts(found), here)[0], batch["workers 2"])
    for output, ns in found["replay"].items():
        for workers in (1, 2):
            add(f"replay, own file to {output}, {workers} workers", workers, 1e3 / model.replay(
                workers, replay_parts(found, output), here)[0], ns[f"workers {workers}"])
    return rows


def total_work(found: dict[str, Any]) -> dict[str, float]:
    """Processor time of one symbol's batch by two workers, which load changes less than wall time:
    what the model says (the work of one, and the rows that are run twice) and what was measured."""
    batch, parts = found["parallel"]["one symbol's batch, ns"], chunk_parts(found)
    return {"model": parts["batch"] * (1 + parts["memory"] / batch["rows"]),
            "measured": batch["workers 2 cpu"]}


def print_table(report: dict[str, Any]) -> None:
    found = report["measured"]
    print(f"load {found['load'][0]:.1f} before, {found['load'][1]:.1f} after, "
          f"{found['cpus']} processors\nparts, ns a tick:")
    for symbols in SYMBOLS:
        parts = live_parts(found, symbols)
        print(f"  {symbols:,} symbols: " + ", ".join(
            f"{k} {v:.1f}" for k, v in parts.items() if k in ("engine", "submit", "worker", "poll"))
            + "; bytes: " + ", ".join(f"{k} {v:.0f}" for k, v in parts.items()
                                      if k in ("ring", "outbox", "state", "bytes")))
    ring = found["rings"]["64 bytes, M/s"]["64"]
    print(f"  ring, 64 bytes, batch 64: {1e3 / ring:.1f} ns a record\n  chunks: "
          + ", ".join(f"{k} {v:.1f}" for k, v in chunk_parts(found).items())
          + f"\n  triad, GB/s: {found['memory']['triad, GB/s']}")
    print("\nmillion ticks a second, low - high, and what ends it (in the low case):")
    print(f"{'threads':32}" + "".join(f"{n:>16}" for n in THREADS))
    for case, by_threads in report["model"].items():
        cells = [f"{c['low'][0]:.1f} - {c['high'][0]:.1f}" for c in by_threads.values()]
        print(f"{case:32}" + "".join(f"{cell:>16}" for cell in cells))
        print(" " * 32 + "".join(f"{c['low'][1]:>16}" for c in by_threads.values()))
    got = found["memory"]["cores got"]
    print("\nns a tick here; shared: with the cores that one and two busy threads got, "
          f"{got['1']:.2f} and {got['2']:.2f}:")
    for row in report["compared"]:
        print(f"{row['what']:44} measured {row['measured']:7.1f}  model {row['model']:7.1f} "
              f"({row['error']:+.0%}), shared {row['shared']:7.1f} ({row['error shared']:+.0%})")
    work = report["work"]
    print(f"processor time of one symbol's batch, 2 workers: measured {work['measured']:.1f}, "
          f"model {work['model']:.1f} ({work['model'] / work['measured'] - 1:+.0%})")


def draw(report: dict[str, Any], out: Path) -> None:
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 3, figsize=(13, 4.2), layout="constrained")
    measured: dict[str, list[tuple[int, float]]] = {}
    for row in report["compared"]:  # where each thread of the case had a core of its own
        what, _, count = row["what"].rpartition(", ")
        workers = int(count.split()[0])
        threads = workers + (1 if what.startswith("live") else 0)
        if threads <= 2:
            measured.setdefault(what, []).append((threads, 1e3 / row["measured"]))
    for ax, kind in zip(axes, ("live", "one symbol's batch", "replay"), strict=True):
        for case, by_threads in report["model"].items():
            if not case.startswith(kind):
                continue
            low, high = ([c[end][0] for c in by_threads.values()] for end in ("low", "high"))
            line, = ax.plot(list(by_threads), low, label=case.partition(", ")[2])
            ax.fill_between(list(by_threads), low, high, alpha=0.2, color=line.get_color())
            for name, points in measured.items():
                if case.startswith(name) and not case.endswith(("even", "48 M rows")):
                    ax.plot(*zip(*points, strict=True), "o", color=line.get_color())
        ax.set(title=f"{kind} (dots: measured)", xlabel="threads", ylabel="million ticks a second",
               xscale="log", yscale="log", xticks=THREADS, xticklabels=THREADS)
        ax.minorticks_off()
        ax.grid(alpha=0.3)
        ax.legend(fontsize=8)
    figure.savefig(out, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--counted", type=int, default=600_000, help="ticks under valgrind")
    parser.add_argument("--level", choices=LEVELS, default="v3")
    parser.add_argument("--measured", type=Path, help="a JSON of an earlier run: no measuring")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plot", type=Path)
    given = parser.parse_args()
    found = (json.loads(given.measured.read_text())["measured"] if given.measured
             else measure(given))
    report = {"schema": "tickeng.scaling/1", "measured": found, "model": predict(found),
              "compared": compare(found), "work": total_work(found)}
    print_table(report)
    if given.json:
        given.json.write_text(json.dumps(report, indent=1) + "\n")
    if given.plot:
        draw(report, given.plot)


if __name__ == "__main__":
    main()
