"""The chain in C++ against its floor, and what a call from Python adds: `bench/core.py [--rounds 3]
[--json FILE]`, `make bench-core`, and at the end of `make bench`.

Compiles bench/cpp/floor.cpp and chain.cpp, runs them in turns and quotes medians of ratios within a
round. The floor is arithmetic that no tick can do without, in one dependent chain. Calls are timed
in this process, where tickeng is installed, on tuples of Python numbers, the loop taken off.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
from bench.build import LEVELS, compile_bench  # noqa: E402

ROWS, MANY_ROWS, CALLS, WARM = 1_000_000, 2_000_000, 300_000, 12_000
SYMBOLS = {100: 2.0, 1_000: 4.0, 10_000: 6.0}  # -> times the cost of one
Row = tuple[str, float, str, float | None]  # what, figure, unit, at most


def levels() -> list[str]:
    """Those that this processor runs, the highest first."""
    wide = "avx512f" in Path("/proc/cpuinfo").read_text()
    return [level for level in reversed(LEVELS) if level == "v3" or wide]


def ns(binary: Path, *arguments: object) -> float:
    return measure(binary, *arguments)[0]


def measure(binary: Path, *arguments: object) -> tuple[float, float]:
    """What it prints, and the most memory it had, GiB."""
    with tempfile.TemporaryFile("w+") as out:
        child = subprocess.Popen([binary, *map(str, arguments)], stdout=out)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            raise SystemExit(f"{binary.name} ended with {child.returncode}")
        out.seek(0)
        return float(out.read()), usage.ru_maxrss / 2**20


def calls() -> dict[str, float] | None:
    """ns a call of on_tick with the result dropped, and with `.alpha` read; None: no tickeng."""
    try:
        from tickeng import Engine
        from tickeng.benchmark import synthetic_trades
    except ImportError:
        return None
    trades = synthetic_trades(CALLS + WARM)
    rows = list(zip(*(trades[k].tolist() for k in ("ts_ns", "price", "qty", "side")), strict=True))
    first, rest = rows[:WARM], rows[WARM:]
    took = {}
    for what in ("loop", "dropped", "alpha"):
        engine = Engine()
        engine.on_leader(first[0][0] - 1, 100.0)
        for row in first:
            engine.on_tick(*row)
        on_tick = engine.on_tick
        began = time.perf_counter()
        if what == "loop":
            for _ts_ns, _price, _qty, _side in rest:
                pass
        elif what == "dropped":
            for ts_ns, price, qty, side in rest:
                on_tick(ts_ns, price, qty, side)
        else:
            for ts_ns, price, qty, side in rest:
                on_tick(ts_ns, price, qty, side).alpha  # noqa: B018
        took[what] = (time.perf_counter() - began) / CALLS * 1e9
    return {what: took[what] - took["loop"] for what in ("dropped", "alpha")}


def one_round(built: dict[str, Path]) -> dict[str, float]:
    found = {}
    for level in levels():
        chain = built[f"chain {level}"]
        found[f"floor {level}"] = ns(built[f"floor {level}"], ROWS, 5)
        for mode in ("batch", "stream", "unled"):
            found[f"{mode} {level}"] = ns(chain, mode, ROWS, 3)
    chain = built[f"chain {levels()[0]}"]
    _, tape = measure(chain, "stream", MANY_ROWS, 1, 1)
    for symbols in SYMBOLS:
        found[f"{symbols} symbols"], memory = measure(chain, "stream", MANY_ROWS, 1, symbols)
        found[f"{symbols} symbols, GiB"] = memory - tape
        found[f"{symbols} symbols, batch"] = ns(chain, "batch", MANY_ROWS, 1, symbols)
    return found | {f"call, {k}": v for k, v in (calls() or {}).items()}


def figures(rounds: list[dict[str, float]]) -> list[Row]:
    def middle(of: str, per: str | None = None) -> float:
        return statistics.median(r[of] / (r[per] if per else 1.0) for r in rounds)

    best, rows = levels()[0], []
    for level in levels():
        rows.append((f"floor, {level}", middle(f"floor {level}"), "ns", None))
        for mode, most in (("batch", 1.3), ("stream", 1.8)):
            rows += [(f"{mode}, {level}", middle(f"{mode} {level}"), "ns", None),
                     ("  against the floor", middle(f"{mode} {level}", f"floor {level}"), "x",
                      most if level == best else None)]
    if best != "v3":
        rows.append(("batch, v3 against v4", middle("batch v3", "batch v4"), "x", 1.35))
    for symbols, most in SYMBOLS.items():
        rows += [(f"{symbols:,} symbols, streaming", middle(f"{symbols} symbols"), "ns", None),
                 ("  against one", middle(f"{symbols} symbols", f"stream {best}"), "x", most),
                 (f"{symbols:,} symbols, batch", middle(f"{symbols} symbols, batch"), "ns", None),
                 ("  against one", middle(f"{symbols} symbols, batch", f"batch {best}"), "x", 2.0)]
    most = max(SYMBOLS)
    rows.append((f"state of {most:,} symbols", middle(f"{most} symbols, GiB"), "GiB", 2.5))
    if "call, dropped" in rounds[0]:
        added = statistics.median(r["call, dropped"] - r[f"unled {best}"] for r in rounds)
        rows += [("on_tick adds, result dropped", added, "ns", 60.0),
                 ("  and with .alpha read", middle("call, alpha") - middle("call, dropped"), "ns",
                  None)]
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    load = [os.getloadavg()[0]]
    with tempfile.TemporaryDirectory(prefix="tickeng-core-") as folder:
        built = {f"{name} {level}": compile_bench(ROOT / f"bench/cpp/{name}.cpp",
                                                  Path(folder, f"{name}-{level}"), level=level)
                 for level in levels() for name in ("floor", "chain")}
        rounds = []
        for number in range(given.rounds):
            print(f"round {number + 1} of {given.rounds} ...", file=sys.stderr, flush=True)
            rounds.append(one_round(built))
    load.append(os.getloadavg()[0])
    rows = figures(rounds)
    for what, figure, unit, most in rows:
        end = f"  at most {most:g}  {'ok' if figure <= most else 'missed'}" if most else ""
        print(f"{what:32}{figure:8.2f} {unit:3}{end}")
    print(f"load {load[0]:.1f} before, {load[1]:.1f} after, {os.cpu_count()} processors")
    if given.json:
        report = {"schema": "tickeng.core/1", "rounds": rounds, "load": load,
                  "figures": [dict(zip(("what", "figure", "unit", "most"), r, strict=True))
                              for r in rows]}
        given.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
